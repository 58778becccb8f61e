import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { SECOND, timeShare } from "../../../app/domain/clock.ts";
import { recheckFailedWebhooks } from "../../../app/steps/hooks/recheck-failed-webhooks.ts";
import { runEveryMinute } from "../../../app/steps/jobs/run-every-minute.ts";
import { openStore } from "../../../app/store/store.ts";
import { startWorld, type World } from "../../../harness/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

test("a part of the minute's work that throws stops no other, and is told of at the end", async () => {
  const { deps } = world.server;
  vi.spyOn(deps.store.runs, "pastDue").mockRejectedValueOnce(new Error("the sweep's error"));
  const hooks = vi.spyOn(deps.store.accounts, "pastDue");
  const ended = runEveryMinute(deps);
  await expect(ended).rejects.toThrow(AggregateError);
  await expect(ended).rejects.toMatchObject({ errors: [{ message: "the sweep's error" }] });
  expect(hooks).toHaveBeenCalled();
});

test("a failed webhook that cannot be scheduled is kept for the next minute, and holds up no other", async () => {
  const { deps } = world.server;
  deps.failedWebhooks.add("111").add(world.provider);
  const schedule = vi.spyOn(deps.store.accounts, "scheduleRepository");
  schedule.mockRejectedValueOnce(new Error("refused"));
  await runEveryMinute(deps);
  expect([...deps.failedWebhooks]).toEqual(["111"]);
  schedule.mockRestore();
  await runEveryMinute(deps);
  expect(deps.failedWebhooks.size).toBe(0);
});

test("failed webhooks that find no time are left for the next time", async () => {
  const { deps } = world.server;
  for (const id of ["111", "112", "113"]) deps.failedWebhooks.add(id);
  let at = 0;
  const schedule = vi.spyOn(deps.store.accounts, "scheduleRepository").mockImplementation(async () => {
    at += 1.5 * SECOND;
  });
  await recheckFailedWebhooks(
    deps,
    timeShare({ ...deps.clock, now: () => at, monotonic: () => at }, 2 * SECOND),
  );
  expect([...deps.failedWebhooks]).toEqual(["113"]);
  schedule.mockRestore();
  deps.failedWebhooks.clear();
});

test("a minute whose work takes several is no downtime, however often it comes", async () => {
  const { deps, storage } = world.server;
  const clock = { at: Date.now(), now: () => clock.at, monotonic: () => clock.at };
  const store = openStore(storage, clock);
  const warn = vi.spyOn(deps.log, "warn");
  const takes = (seconds: number) => async () => {
    clock.at += seconds * SECOND;
    return [];
  };
  store.jobs.pastDue = takes(100);
  store.accounts.pastDue = takes(70);
  for (let minutes = 0; minutes < 4; minutes++) {
    await runEveryMinute({ ...deps, clock, store });
    clock.at += 30 * SECOND;
  }
  const keys = warn.mock.calls.map(([facts]) => (facts as { event?: string }).event);
  expect(keys).not.toContain("downtime.ended");
  clock.at += 200 * SECOND;
  await runEveryMinute({ ...deps, clock, store });
  expect(warn.mock.calls.map(([facts]) => (facts as { event?: string }).event)).toContain("downtime.ended");
});
