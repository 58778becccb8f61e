import { createHmac } from "node:crypto";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { type Stage, setStage, until } from "../../harness/stage.ts";
import { bringOn, silent, WORKFLOW } from "../../harness/world.ts";
import { startSmeeChannel } from "../support/smee-channel.ts";

let stage: Stage;
let channel: Awaited<ReturnType<typeof startSmeeChannel>>;
afterEach(async () => {
  await stage.close();
  channel.close();
});

test("by a smee channel both the App's webhook and those of repositories arrive, and are verified as ever", async () => {
  channel = await startSmeeChannel();
  stage = await setStage({ log: silent, smeeUrl: channel.url });
  stage.github.world.settings.runWorkflows = false;
  // That the repository is known at all came by the App's webhook.
  const provider = await bringOn(stage, "acme/provider");
  await stage.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
  const { accounts, runs } = stage.server.deps.store;
  // And its ping by its own, told apart by the channel's query.
  await until(async () => (await accounts.getRepository(provider))?.hook?.pingedAt !== null);
  const [hook] = stage.github.control.repository("acme/provider").hooks;
  expect(hook?.url).toBe(`${channel.url}?repository=${provider}`);
  const run = await stage.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await stage.github.control.completeRun(run.id, "success");
  const key = { repositoryId: provider, runId: String(run.id) };
  await until(async () => (await runs.load(key)).events.length === 1);
  expect(channel.passed.length).toBeGreaterThan(3);
});

test("a webhook whose JSON the channel changed is warned of, with what to do", async () => {
  channel = await startSmeeChannel();
  const lines: { level: number; msg: string; smee?: string; webhook?: string }[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  stage = await setStage({ log, smeeUrl: channel.url });
  // A body that GitHub may write so, and that no JSON.stringify does.
  const body = '{"zen": "1.0", "hook_id": 1.0}';
  const [app] = stage.github.world.apps.values();
  const signature = createHmac("sha256", app?.hook.secret ?? "")
    .update(body)
    .digest("hex");
  await fetch(channel.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "ping",
      "x-github-delivery": "delivery-1",
      "x-hub-signature-256": `sha256=${signature}`,
    },
    body,
  });
  await until(async () => lines.some(({ webhook }) => webhook === "ping"));
  expect(lines.find(({ webhook }) => webhook === "ping")).toMatchObject({
    smee: channel.url,
    msg: expect.stringContaining("smee writes JSON anew"),
  });
});
