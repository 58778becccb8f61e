import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runEveryMinute } from "../../../app/steps/jobs/run-every-minute.ts";
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
