import { setTimeout } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startServer } from "../../app/main/start-server.ts";
import { type Stage, setStage, until } from "../../harness/stage.ts";
import { bringOn, callAs, silent, tokenOf, WORKFLOW } from "../../harness/world.ts";

let stage: Stage;
/** The lines of the server's log, warnings and worse. */
let lines: Record<string, unknown>[];
beforeEach(async () => {
  lines = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  stage = await setStage({ log });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stage.close();
});

const health = async () => await (await fetch(`${stage.server.url}/healthz`)).json();
const askAsApp = async () => await (await stage.server.deps.github.asApp()).request("GET /app");

test.each([
  [-90_000, /^The clock is off by (89|90|91) s: ahead of GitHub's\.$/],
  [3_600_000, /^The clock is off by (3599|3600|3601) s: behind GitHub's\.$/],
])(
  "a clock that GitHub's is %i ms ahead of is told by /healthz and the log until it is right",
  async (ms, sentence) => {
    expect(await health()).toEqual({ status: "ok" });
    stage.github.control.advanceClock(ms);
    await askAsApp();
    expect(await health()).toEqual({ status: "ok", clock: expect.stringMatching(sentence) });
    stage.github.control.advanceClock(-ms);
    await askAsApp();
    expect(await health()).toEqual({ status: "ok" });
    const said = lines.filter(({ event }) => event === "clock.off").map(({ msg }) => `${msg}.`);
    expect(said).toEqual([expect.stringMatching(sentence), "The clock is right again."]);
  },
);

test("signing keys that GitHub does not give are warned of in the log, and the step is told to come again", async () => {
  const provider = await bringOn(stage, "acme/provider");
  await stage.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
  const run = await stage.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const token = await tokenOf(stage, run.id);
  stage.github.faults.add({ route: "**/openid-configuration", status: 503, count: -1 });
  const body = { eventType: "built", payload: {}, workflowRunId: String(run.id) };
  const answer = await callAs(stage, token, "POST", "/events/receive", body);
  expect(answer.status).toBe(503);
  // A step has a minute in all: it would give up at once if it were to wait for longer.
  expect(Number(answer.headers.get("retry-after"))).toBeLessThanOrEqual(5);
  expect(lines.filter(({ event }) => event === "signing-keys.unavailable")).toMatchObject([
    { level: 40, issuer: stage.github.oidcIssuer, reason: expect.stringContaining("answered 503") },
  ]);
});

test("/livez says that the process answers, /readyz why it is not ready", async () => {
  const ask = async (path: string) => {
    const response = await fetch(`${stage.server.url}${path}`);
    return [response.status, await response.json()];
  };
  expect(await ask("/livez")).toEqual([200, { status: "ok" }]);
  expect(await ask("/readyz")).toEqual([200, { status: "ready" }]);
  vi.spyOn(stage.server.deps.store.facts, "get").mockRejectedValue(new Error("gone"));
  expect(await ask("/readyz")).toEqual([
    503,
    { status: "not-ready", reasons: ["The store does not answer."] },
  ]);
  expect(await ask("/livez")).toEqual([200, { status: "ok" }]);
});

test("a server that could not store something lately is not ready, and goes on", async () => {
  const problem = "The data folder cannot be written to (database or disk is full). Check its disk.";
  stage.server.storage.problem = () => problem;
  const ready = await fetch(`${stage.server.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: "not-ready", reasons: [problem] }]);
  // A restart would not help.
  expect(await health()).toEqual({ status: "ok" });
});

test("minutes whose work takes longer than their rhythm do not pile up, and a stop waits for one alone", async () => {
  const busy = await setStage({
    log: silent,
    start: (config, listener, options) => startServer(config, listener, { ...options, sweepEvery: 10 }),
  });
  const { jobs } = busy.server.deps.store;
  const pastDue = jobs.pastDue.bind(jobs);
  const held = Promise.withResolvers<void>();
  let minutes = 0;
  jobs.pastDue = async (limit) => {
    minutes += 1;
    await held.promise;
    return await pastDue(limit);
  };
  await until(() => minutes === 1);
  await setTimeout(300);
  const closing = busy.close();
  held.resolve();
  await closing;
  expect(minutes).toBe(1);
});

test("a sweep that has not ended for five minutes makes the server not ready", async () => {
  const now = performance.now();
  vi.spyOn(performance, "now").mockReturnValue(now + 301_000);
  const { reasons } = (await (await fetch(`${stage.server.url}/readyz`)).json()) as { reasons: string[] };
  expect(reasons).toEqual(["The minute's work has not ended for 5 minutes."]);
});

test("a workflow step's token is good by GitHub's clock, however wrong ours is", async () => {
  const provider = await bringOn(stage, "acme/provider");
  await stage.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
  stage.github.control.advanceClock(-1_800_000);
  await askAsApp();
  const run = await stage.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const body = { eventType: "built", payload: {}, workflowRunId: String(run.id) };
  const sent = await callAs(stage, await tokenOf(stage, run.id), "POST", "/events/receive", body);
  expect(sent.status, sent.text).toBe(202);
});
