import { afterEach, expect, test } from "vitest";
import { DAY, HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import { recordRefusals } from "../../../app/steps/hooks/downtime.ts";
import { runEveryMinute } from "../../../app/steps/jobs/run-every-minute.ts";
import { HOOK_LOG, LAST_SWEEP } from "../../../app/store/fact-kinds.ts";
import { pages } from "../../../app/store/pages.ts";
import type { Run } from "../../../fake-github/state.ts";
import { type AppWorld, startAppWorld, WORKFLOW } from "../../main/app-world.ts";

/* After a downtime: everything that GitHub still knows is brought in, within the quota, or named as lost. */

let world: AppWorld;
afterEach(() => world.close());

/** Starts a Zekt with providers, all of one owner, that has swept once. */
async function startProviders(...names: string[]): Promise<void> {
  world = await startAppWorld();
  world.organisation("acme", ...names);
  await world.install("acme");
  for (const name of names) await enableProvider(world.deps, world.repositoryId(`acme/${name}`), "mona");
  await world.settle();
  await runEveryMinute(world.deps);
}

/** Ends runs while GitHub cannot reach Zekt. */
async function miss(name: string, count: number): Promise<Run[]> {
  const { control, faults } = world.github;
  const fault = faults.add({ target: "webhook", drop: "before", count: -1 });
  const runs: Run[] = [];
  for (let n = 0; n < count; n++) {
    const run = await control.startRun({ repository: `acme/${name}`, workflow: WORKFLOW });
    await control.completeRun(run.id, "success");
    runs.push(run);
  }
  faults.clear(fault.id);
  return runs;
}

/** The runs of a repository whose events are stored. */
async function stored(name: string): Promise<Set<string>> {
  const found = new Set<string>();
  const { runs } = world.deps.store;
  const list = pages((cursor) => runs.ofRepository(world.repositoryId(`acme/${name}`), { cursor }));
  for await (const items of list) for (const { runId } of items) found.add(runId);
  return found;
}

/** Sweeps so many times, a minute apart; answers the requests that GitHub got meanwhile. */
async function sweeps(times: number): Promise<{ method: string; path: string }[]> {
  const before = world.github.control.requests().length;
  for (let n = 0; n < times; n++) {
    await runEveryMinute(world.deps);
    world.pass(MINUTE);
    await world.github.control.idle();
  }
  return world.github.control.requests().slice(before) as never;
}

const events = (key: string) =>
  world.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ event }) => event === key);

test("500 runs of one repository in 40 hours off are brought in, by few requests", {
  timeout: 120_000,
}, async () => {
  await startProviders("tools");
  const missed = await miss("tools", 500);
  world.pass(40 * HOUR);
  const requests = await sweeps(3);
  expect((await stored("tools")).size).toBe(missed.length);
  expect(
    requests.filter(({ method }) => method === "POST").filter(({ path }) => path.endsWith("/attempts")),
  ).toEqual([]);
  expect(requests.length).toBeLessThan(60);
  expect(events("missed-runs.ingested")).toMatchObject([{ found: 500 }]);
  expect(events("missed-runs.lost")).toEqual([]);
});

test("what failed before a downtime, and no look had found yet, is brought in with what it missed", async () => {
  await startProviders("tools");
  world.pass(5 * MINUTE);
  await sweeps(1);
  world.github.faults.add({ target: "webhook", drop: "before", count: 3 });
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/tools", workflow: WORKFLOW });
  await control.completeRun(run.id, "success");
  // Long before the next look at this webhook's log.
  for (let n = 0; n < 6; n++) await sweeps(1);
  expect((await stored("tools")).size).toBe(0);
  world.pass(5 * MINUTE);
  await sweeps(2);
  expect(events("downtime.ended")).not.toEqual([]);
  expect(await stored("tools")).toEqual(new Set([String(run.id)]));
});

/** Makes the next sweep look at a repository's webhook. */
const lookSoon = (name: string): Promise<void> =>
  world.deps.store.accounts.scheduleRepository(
    world.repositoryId(`acme/${name}`),
    iso(world.deps.clock.now() - MINUTE),
  );

test("a webhook that was asked for, and failed again in a downtime, is brought in too", async () => {
  await startProviders("tools");
  const [run] = (await miss("tools", 1)) as [Run];
  const { control, faults } = world.github;
  // Its log is read long enough after it that the downtime's gap does not reach so far back.
  await sweeps(9);
  control.advanceClock(9 * MINUTE);
  const fault = faults.add({ target: "webhook", drop: "before", count: -1 });
  await lookSoon("tools");
  await sweeps(1);
  expect(events("lost-webhooks.requested")).toMatchObject([{ lost: 1 }]);
  world.pass(2 * HOUR);
  control.advanceClock(2 * HOUR);
  faults.clear(fault.id);
  await sweeps(8);
  expect(events("downtime.ended")).not.toEqual([]);
  expect(await stored("tools")).toEqual(new Set([String(run.id)]));
});

test("a webhook that GitHub does not deliver again is looked for in the list of runs", async () => {
  await startProviders("tools");
  const [run] = (await miss("tools", 1)) as [Run];
  world.github.faults.add({ method: "POST", route: "^.*/attempts$", status: 404, count: -1 });
  await sweeps(3);
  await lookSoon("tools");
  await sweeps(2);
  expect(await stored("tools")).toEqual(new Set([String(run.id)]));
  expect(events("missed-runs.lost")).toEqual([]);
});

test("a webhook that GitHub neither delivers again nor lists as a run is named", async () => {
  await startProviders("tools");
  const [run] = (await miss("tools", 1)) as [Run];
  world.github.world.runs.delete(run.id);
  world.github.faults.add({ method: "POST", route: "^.*/attempts$", status: 404, count: -1 });
  await sweeps(3);
  await lookSoon("tools");
  await sweeps(2);
  expect(events("missed-runs.lost")).toMatchObject([{ lost: 1 }]);
  expect((await world.repository("acme/tools")).missedRuns).toMatchObject({ runs: 1 });
});

test("50 repositories of one installation are caught up within two sweeps, each once", {
  timeout: 120_000,
}, async () => {
  const names = Array.from({ length: 50 }, (_, n) => `r${n}`);
  await startProviders(...names);
  for (const name of names) await miss(name, 2);
  world.pass(40 * HOUR);
  const requests = await sweeps(2);
  for (const name of names) expect((await stored(name)).size).toBe(2);
  expect(requests.length).toBeLessThan(50 * 6);
});

test("what GitHub's list of runs does not show is asked for webhook by webhook", async () => {
  await startProviders("tools");
  const { control } = world.github;
  const old = await control.startRun({ repository: "acme/tools", workflow: WORKFLOW });
  await control.completeRun(old.id, "failure");
  old.createdAt -= 3 * DAY;
  world.github.faults.add({ target: "webhook", drop: "before", count: 2 });
  await control.rerun(old.id);
  await control.completeRun(old.id, "success");
  world.pass(2 * HOUR);
  await sweeps(2);
  const { runs } = world.deps.store;
  const run = { repositoryId: world.repositoryId("acme/tools"), runId: String(old.id) };
  expect((await runs.load(run)).events.map(({ runAttempt }) => runAttempt)).toEqual([1, 2]);
});

test("earlier attempts that ended in a downtime are brought in too", async () => {
  await startProviders("tools");
  const [run] = (await miss("tools", 1)) as [Run];
  world.github.faults.add({ target: "webhook", drop: "before", count: 3 });
  await world.github.control.rerun(run.id);
  await world.github.control.completeRun(run.id, "success");
  world.pass(2 * HOUR);
  const requests = await sweeps(1);
  const key = { repositoryId: world.repositoryId("acme/tools"), runId: String(run.id) };
  expect((await world.deps.store.runs.load(key)).events.map(({ runAttempt }) => runAttempt)).toEqual([1, 2]);
  // From GitHub's list of runs, without a redelivery.
  expect(requests.filter(({ method }) => method === "POST").map(({ path }) => path)).not.toContainEqual(
    expect.stringMatching(/\/deliveries\/\d+\/attempts$/),
  );
});

test("webhooks that were refused before they reached Zekt are looked for as soon as an alarm says so", async () => {
  await startProviders("tools");
  await miss("tools", 2);
  expect((await sweeps(2)).filter(({ path }) => path.endsWith("/actions/runs"))).toEqual([]);
  await recordRefusals(world.deps, new Date(world.deps.clock.now() - HOUR).toISOString());
  await sweeps(1);
  expect((await stored("tools")).size).toBe(2);
  expect(events("refusals.reported")).toHaveLength(1);
});

test("a webhook that nobody could look at for longer than GitHub's log reaches is caught up from the list of runs", async () => {
  await startProviders("tools");
  await sweeps(2);
  const missed = await miss("tools", 2);
  const { accounts, facts } = world.deps.store;
  const later = iso(world.deps.clock.now() + 5 * DAY);
  await accounts.scheduleRepository(world.repositoryId("acme/tools"), later);
  world.pass(4 * DAY);
  // Others were looked after all the time, so that there was no downtime.
  await facts.set(LAST_SWEEP.of(), { at: iso(world.deps.clock.now()) });
  await lookSoon("tools");
  await sweeps(3);
  expect(events("downtime.ended")).toEqual([]);
  expect(await stored("tools")).toEqual(new Set(missed.map(({ id }) => String(id))));
});

test("one odd run drops no other, and is asked for by its webhook", async () => {
  await startProviders("tools");
  const missed = await miss("tools", 5);
  Object.assign(missed[2] as object, { headBranch: 7 });
  world.pass(2 * HOUR);
  await sweeps(1);
  expect(events("missed-runs.ingested")).toMatchObject([{ found: 4 }]);
  expect(events("run.unreadable")).toMatchObject([{ runId: String(missed[2]?.id), place: "head_branch" }]);
  expect((await stored("tools")).size).toBe(5);
});

test("a gap that GitHub's outage interrupts goes on where it was", { timeout: 60_000 }, async () => {
  await startProviders("tools");
  await miss("tools", 250);
  world.pass(40 * HOUR);
  world.github.faults.add({ route: "^.*/actions/runs\\?.*page=3", status: 502, count: 1 });
  await sweeps(1);
  expect((await stored("tools")).size).toBe(200);
  const requests = await sweeps(11);
  expect((await stored("tools")).size).toBe(250);
  expect(requests.filter(({ path }) => path.endsWith("/actions/runs"))).toHaveLength(1);
});

test("what GitHub does not have any more is named: in the log, with the repository and as a notice", async () => {
  await startProviders("tools");
  const repositoryId = world.repositoryId("acme/tools");
  await world.deps.store.accounts.setRepository({ repositoryId, notifications: { by: "issue" } as never });
  await miss("tools", 3);
  for (const [id, run] of world.github.world.runs)
    if (run.repositoryId === Number(repositoryId)) world.github.world.runs.delete(id);
  world.github.faults.add({ method: "POST", route: "^.*/attempts$", status: 404, count: -1 });
  world.pass(2 * HOUR);
  await sweeps(1);
  expect(events("missed-runs.lost")).toMatchObject([{ repositoryId, lost: 3 }]);
  expect((await world.repository("acme/tools")).missedRuns).toMatchObject({ runs: 3 });
  const subject = (await world.repository("acme/tools")).missedRuns?.since as string;
  expect(await world.deps.store.notices.isOpen({ repositoryId, kind: "runs-missed", subject })).toBe(true);
});

test("a webhook of a refused shape leaves a warning, and its run is read from the list of runs", async () => {
  await startProviders("tools");
  const repositoryId = world.repositoryId("acme/tools");
  const [run] = (await miss("tools", 1)) as [Run];
  const payload = {
    action: "completed",
    workflow_run: null,
    repository: { id: Number(repositoryId), owner: { id: 1 } },
  };
  const wish = {
    path: `/github/webhooks/repositories/${repositoryId}`,
    event: "workflow_run",
    payload,
    secret: world.deps.hookSecrets.secret(repositoryId, 1),
    headers: { "x-github-delivery": "odd-1" },
  };
  expect((await world.post(wish)).status).toBe(400);
  expect(events("webhook.refused")).toMatchObject([
    { delivery: "odd-1", repositoryId, place: "workflow_run" },
  ]);
  await sweeps(1);
  expect(await stored("tools")).toEqual(new Set([String(run.id)]));
});

test("a run that GitHub calls completed before its time is an event when it has ended", async () => {
  await startProviders("tools");
  const { control } = world.github;
  control.configure({ earlyCompleted: true });
  const run = await control.startRun({ repository: "acme/tools", workflow: WORKFLOW });
  await control.completeRun(run.id, "failure");
  const key = { repositoryId: world.repositoryId("acme/tools"), runId: String(run.id) };
  const { events: told } = await world.deps.store.runs.load(key);
  expect(told.map((one) => one.run.conclusion)).toEqual(["failure"]);
});

test("a run without a title is an event all the same", async () => {
  await startProviders("tools");
  const { control } = world.github;
  control.configure({ untitledRuns: true });
  const run = await control.startRun({ repository: "acme/tools", workflow: WORKFLOW });
  await control.completeRun(run.id, "success");
  const key = { repositoryId: world.repositoryId("acme/tools"), runId: String(run.id) };
  expect((await world.deps.store.runs.load(key)).events[0]?.run.display_title).toBe(run.name);
});

test("a listed run that the store would not take is asked for by its webhook, though others were found", async () => {
  await startProviders("tools");
  const missed = await miss("tools", 3);
  // Of two GitHub has no failed webhook any more, so that not more failed than are found.
  for (const hook of world.github.control.repository("acme/tools").hooks)
    hook.deliveries = hook.deliveries.filter(({ request }) => request.body.includes(`"id":${missed[2]?.id}`));
  world.pass(2 * HOUR);
  const { runs } = world.deps.store;
  const add = runs.addEvent.bind(runs);
  let isRefused = false;
  runs.addEvent = async (event, ...rest) => {
    if (event.runId !== String(missed[2]?.id) || isRefused) return await add(event, ...rest);
    isRefused = true;
    throw new Error("throttled");
  };
  await sweeps(3);
  expect(isRefused).toBe(true);
  expect((await stored("tools")).size).toBe(3);
});

test("what a clock that was ahead has marked as read is read again once it is set back", async () => {
  await startProviders("tools");
  world.pass(DAY);
  await sweeps(3);
  world.pass(-DAY);
  const missed = await miss("tools", 2);
  await sweeps(1);
  // As any log it is read within the hour.
  world.pass(HOUR);
  await sweeps(2);
  expect(await stored("tools")).toEqual(new Set(missed.map(({ id }) => String(id))));
  const { readTo } =
    (await world.deps.store.facts.get(HOOK_LOG.of({ of: world.repositoryId("acme/tools") }))) ?? {};
  expect(Date.parse(readTo ?? "")).toBeLessThan(world.deps.clock.now());
});
