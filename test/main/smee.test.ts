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
