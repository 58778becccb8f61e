import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { blockWith, ROOT } from "./documents.ts";

const SECRET = `whsec_${Buffer.from("0".repeat(24)).toString("base64")}`;
let folder: string;
let receiver: Server;

beforeEach(async () => {
  vi.stubEnv("ZEKT_WEBHOOK_SECRET", SECRET);
  // Among the packages, so that it finds them.
  folder = mkdtempSync(join(ROOT, "node_modules/.zekt-docs-"));
  const file = join(folder, "receiver.ts");
  writeFileSync(file, blockWith("docs/notifications.md", "createServer"));
  ({ receiver } = (await import(file)) as { receiver: Server });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
});
afterEach(() => {
  receiver.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test("the receiver of notifications.md takes what is signed, and nothing else", async () => {
  const said = vi.spyOn(console, "log").mockReturnValue();
  const { port } = receiver.address() as AddressInfo;
  const at = new Date();
  const send = async (body: string): Promise<number> => {
    const signed = new Webhook(SECRET).sign("notice-1", at, JSON.stringify(BODY));
    const headers = {
      "webhook-id": "notice-1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": signed,
    };
    return (await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body })).status;
  };
  const BODY = { type: "delivery.failed", data: { reason: "GitHub answered 404: Not Found" } };
  expect(await send(JSON.stringify(BODY))).toBe(204);
  expect(said).toHaveBeenCalledWith("delivery.failed: GitHub answered 404: Not Found");
  expect(await send('{"type": "delivery.failed"}')).toBe(401);
});
