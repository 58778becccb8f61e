import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../app/domain/clock.ts";
import { runEveryMinute } from "../../app/steps/jobs/run-every-minute.ts";
import { ConsumerRuns } from "./consumer-runs.ts";
import { areAtRest, judge } from "./judge.ts";
import { type SimulatedWorld, startSimulation } from "./world.ts";

let world: SimulatedWorld;

beforeAll(async () => {
  const durable = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 4, retryOnFailure: false };
  world = await startSimulation({ consumers: ["plain"], durable, workers: 1, decide: () => "done" });
});
afterAll(() => world.close());

test("a figure that came after its hour was folded is judged once that is folded anew", async () => {
  const { time, github } = world;
  // The hour in which the delivery is made ends at once, and its run goes on until that is folded.
  time.pass(HOUR - (time.now() % HOUR) - MINUTE);
  const habits = { late: 2 * SECOND, queued: 5 * SECOND, takes: 110 * MINUTE, failing: 0 };
  const runs = new ConsumerRuns(world, () => 0.65, habits);
  const sent = new Set([await world.publish()]);
  let isLost = false;
  let isOnlyJustAtRest = false;
  for (const end = time.passed + 4 * HOUR; time.passed < end && !isOnlyJustAtRest; time.pass(MINUTE)) {
    await runs.advance();
    await world.work();
    // Its end is told by a webhook that is lost, and asked for again by the minute's last part.
    if (runs.all[0]?.state === "in_progress" && !isLost) {
      isLost = true;
      github.faults.add({ target: "webhook", count: 1, drop: "before" });
    }
    await runEveryMinute((await world.worker(0)).deps);
    isOnlyJustAtRest = !(await areAtRest(world, 1));
    await world.work();
    isOnlyJustAtRest &&= runs.isIdle && (await areAtRest(world, 1));
  }
  expect(isOnlyJustAtRest).toBe(true);
  expect(await judge(world, sent, runs.all)).toMatchObject({ deliveries: 1, completed: 1 });
});
