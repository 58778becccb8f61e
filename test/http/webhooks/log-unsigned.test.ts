import { beforeEach, expect, test } from "vitest";
import { type UnsignedWebhook, unsignedLog } from "../../../app/http/webhooks/log-unsigned.ts";
import type { Log, LogFacts } from "../../../app/log/events.ts";
import { startAppWorld } from "../../main/app-world.ts";

/* An operator whose secret is not GitHub's finds it in the log, which strangers cannot fill. */

let now: number;
let lines: LogFacts[];
let log: (webhook: Partial<UnsignedWebhook>) => void;
const begin = (smee?: string): void => {
  const warn: Log["warn"] = (facts) => void lines.push(facts);
  const logUnsigned = unsignedLog(
    { log: { warn, debug: warn, info: warn, error: warn }, clock: { now: () => now } },
    smee,
  );
  log = (webhook) =>
    logUnsigned({ repositoryId: null, isSigned: true, webhookEvent: "push", delivery: "1", ...webhook });
};
beforeEach(() => {
  now = 1_000_000;
  lines = [];
  begin();
});
const told = () => lines.map(({ event, before }) => [event, before]);

test("a flood is a line a minute, which counts those that had none", () => {
  for (let n = 0; n < 1000; n++) log({ delivery: String(n) });
  expect(lines).toEqual([
    { event: "webhook.mismatched", repositoryId: null, webhookEvent: "push", delivery: "0", before: 0 },
  ]);
  now += 60_000;
  for (let n = 0; n < 10; n++) log({});
  expect(told()).toEqual([
    ["webhook.mismatched", 0],
    ["webhook.mismatched", 999],
  ]);
});

test("a flood at repositories' addresses does not hide the App's own webhook, nor one without a signature", () => {
  for (let n = 1; n < 1000; n++) log({ repositoryId: String(n) });
  log({});
  log({ isSigned: false });
  log({ isSigned: false });
  expect(told()).toEqual([
    ["webhook.mismatched", 0],
    ["webhook.mismatched", 0],
    ["webhook.unsigned", 0],
  ]);
});

test("a clock that is set back holds no line up", () => {
  log({});
  now -= 3_600_000;
  log({});
  expect(lines).toHaveLength(2);
});

test("by a smee channel the channel may be why a signature does not fit, and not why there is none", () => {
  begin("https://smee.example/a");
  log({});
  log({ isSigned: false });
  expect(lines).toMatchObject([
    { event: "smee.mismatched", smee: "https://smee.example/a" },
    { event: "webhook.unsigned" },
  ]);
});

test("a webhook signed by another secret, or by none, is in the log; its body and signature are not", async () => {
  const world = await startAppWorld();
  try {
    const wish = { path: "/github/webhooks", event: "push", payload: { secret: "hush" } };
    expect((await world.post({ ...wish, secret: "another" })).status).toBe(401);
    expect((await world.post({ ...wish, secret: null })).status).toBe(401);
    const path = "/github/webhooks/repositories/123";
    expect((await world.post({ ...wish, path, secret: "another" })).status).toBe(401);
    const seen = world.log.map((line) => JSON.parse(line)).filter(({ event }) => /^webhook\./.test(event));
    const delivery = expect.any(String);
    expect(seen).toMatchObject([
      { event: "webhook.mismatched", repositoryId: null, webhookEvent: "push", delivery, before: 0 },
      { event: "webhook.unsigned", repositoryId: null, webhookEvent: "push", delivery, before: 0 },
      { event: "webhook.mismatched", repositoryId: "123", webhookEvent: "push", delivery, before: 0 },
    ]);
    expect(seen[0].msg).toContain("WEBHOOK_SECRET");
    expect(world.log.join("\n")).not.toMatch(/hush|sha256=/);
  } finally {
    await world.close();
  }
});
