import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, setStage } from "../../../harness/stage.ts";
import { silent } from "../../../harness/world.ts";

const run = promisify(execFile);

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ log: silent });
  stage.github.control.createAccount({ login: "octo" });
});
afterAll(() => stage.close());

/** The shell lines of the documentation, for the fake GitHub. */
function documented(heading: string): string {
  const text = readFileSync(new URL("../../../docs/api.md", import.meta.url), "utf8");
  const block = text.slice(text.indexOf(heading)).match(/```sh\n([\s\S]*?)```/)?.[1] ?? "";
  expect(block).toContain("https://github.com/login/device/code");
  return block.replaceAll("https://github.com", stage.github.url);
}

test("the documented lines get a user token on a device, and the API takes it", async () => {
  const [app] = stage.github.world.apps.values();
  const env = { ...process.env, CLIENT_ID: app?.clientId, ZEKT: stage.server.url };
  const [ask = "", fetchToken = "", use = ""] = documented("### On a device")
    .split(/^# .*$/m)
    .map((part) => part.trim())
    .filter(Boolean);
  const shell = async (script: string, more: Record<string, string> = {}) =>
    (await run("sh", ["-c", script], { env: { ...env, ...more } })).stdout;
  const { device_code, user_code } = JSON.parse(await shell(ask));
  const pending = JSON.parse(await shell(fetchToken, { DEVICE_CODE: device_code }));
  expect(pending.error).toBe("authorization_pending");
  stage.github.control.approveDevice(user_code, "octo");
  const { access_token } = JSON.parse(await shell(fetchToken, { DEVICE_CODE: device_code }));
  expect(JSON.parse(await shell(use, { TOKEN: access_token }))).toMatchObject({ login: "octo" });
});

test("where a device signs in is answered as all data is: with a tag, and as no page", async () => {
  const address = `${stage.server.url}/api/device-flow`;
  const { headers } = await fetch(address);
  expect(Object.fromEntries(headers)).toMatchObject({
    "cache-control": "public, max-age=300",
    "x-content-type-options": "nosniff",
    "x-request-id": expect.any(String),
  });
  const again = await fetch(address, { headers: { "if-none-match": headers.get("etag") ?? "" } });
  expect(again.status).toBe(304);
});
