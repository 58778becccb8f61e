import { createHmac } from "node:crypto";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import { SmeeChannel } from "../../app/main/smee.ts";
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
  const lines: { level: number; msg: string; smee?: string; webhookEvent?: string }[] = [];
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
  await until(async () => lines.some(({ webhookEvent }) => webhookEvent === "ping"));
  expect(lines.find(({ webhookEvent }) => webhookEvent === "ping")).toMatchObject({
    smee: channel.url,
    msg: expect.stringMatching(
      /smee writes JSON anew.* use an address that GitHub reaches \(ZEKT_PUBLIC_URL\)/,
    ),
  });
});

const readiness = async (): Promise<[number, { reasons?: string[] }]> => {
  const answer = await fetch(`${stage.server.url}/readyz`);
  return [answer.status, (await answer.json()) as { reasons?: string[] }];
};

test("a channel that ends and then answers 502 is tried for ever, and what it lost is asked for", async () => {
  channel = await startSmeeChannel();
  stage = await setStage({ log: silent, smeeUrl: channel.url });
  stage.github.world.settings.runWorkflows = false;
  const provider = await bringOn(stage, "acme/provider");
  await stage.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
  const { accounts, runs } = stage.server.deps.store;
  await until(async () => (await accounts.getRepository(provider))?.hook?.pingedAt !== null);
  expect(await readiness()).toEqual([200, { status: "ready" }]);
  channel.status = 502;
  channel.asked = 0;
  channel.cut();
  await until(async () => (await readiness())[0] === 503);
  expect((await readiness())[1].reasons).toEqual([
    expect.stringContaining(`${channel.url} is not connected`),
  ]);
  // The channel takes both and answers 200, though nobody listens.
  const run = await stage.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await stage.github.control.completeRun(run.id, "success");
  stage.github.control.createAccount({ login: "initech", type: "Organization" });
  stage.github.control.createRepository({ owner: "initech", name: "consumer" });
  await stage.github.control.install({ app: "zekt-demo", account: "initech" });
  await stage.github.control.idle();
  await until(() => channel.asked > 1);
  channel.status = 200;
  await until(async () => (await readiness())[0] === 200);
  const key = { repositoryId: provider, runId: String(run.id) };
  await until(async () => (await runs.load(key)).events.length === 1);
  const consumer = stage.repositoryId("initech/consumer");
  await until(async () => (await accounts.getRepository(consumer))?.reachable === true);
});

test("a channel that cannot be reached at the start is tried again, with one plain sentence a try", async () => {
  channel = await startSmeeChannel();
  channel.status = 502;
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  stage = await setStage({ log, smeeUrl: channel.url });
  expect((await readiness())[0]).toBe(503);
  expect((await fetch(`${stage.server.url}/healthz`)).status).toBe(200);
  expect(lines.map(({ msg }) => msg)).toEqual(["The smee channel cannot be reached; trying again in 1 s"]);
  channel.status = 200;
  await until(async () => (await readiness())[0] === 200);
});

test.each([
  ["answers 503", () => {}],
  ["takes no connection", () => channel.close()],
])("where a channel %s, waits between tries grow to a minute and no further", async (_, fail) => {
  channel = await startSmeeChannel();
  channel.status = 503;
  fail();
  stage = { close: async () => {} } as Stage;
  const waits: number[] = [];
  const smee = new SmeeChannel({
    source: channel.url,
    target: "http://127.0.0.1:1/",
    log: silent,
    clock: systemClock,
    since: null,
    onBack: async () => {},
    wait: async (ms) => void waits.push(ms),
  });
  await smee.start();
  await until(() => waits.length >= 8);
  await smee.stop();
  expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
});

test("a channel whose connection stands and that falls silent is connected again, and what it lost since is asked for", async () => {
  channel = await startSmeeChannel();
  stage = { close: async () => {} } as Stage;
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const silences: (() => void)[] = [];
  const lost: string[] = [];
  let now = Date.parse("2026-11-27T10:00:00Z");
  let heard = 0;
  const smee = new SmeeChannel({
    source: channel.url,
    target: "http://127.0.0.1:1/",
    log,
    clock: {
      now: () => {
        heard += 1;
        return now;
      },
    },
    since: null,
    onBack: async (since) => void lost.push(since),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (ms < 60_000) return resolve(null);
        silences.push(() => resolve(null));
        signal.addEventListener("abort", resolve, { once: true });
      }),
  });
  /** Passes a minute, after the channel said what it says. */
  const pass = async (): Promise<void> => {
    const waiting = silences.length;
    now += 60_000;
    silences.at(-1)?.();
    await until(() => silences.length > waiting || channel.asked > 1);
  };
  await smee.start();
  await until(() => silences.length === 1);
  // A server that does not say ping is never taken for silent.
  await pass();
  await pass();
  expect(channel.asked).toBe(1);
  const before = heard;
  channel.ping();
  await until(() => heard > before);
  const at = new Date(now).toISOString();
  await pass();
  channel.mute();
  await pass();
  await until(() => lost.length === 1);
  expect([channel.asked, lost]).toEqual([2, [at]]);
  expect(lines).toMatchObject([{ event: "smee.silent" }, { event: "smee.disconnected" }]);
  expect(smee.problem).toBeNull();
  await smee.stop();
});
