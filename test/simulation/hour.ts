import { HOUR, MINUTE, SECOND } from "../../app/domain/clock.ts";
import { runEveryMinute } from "../../app/steps/jobs/run-every-minute.ts";
import { randomOf } from "../support/random.ts";
import { ConsumerRuns } from "./consumer-runs.ts";
import { areAtRest, type Judged, judge } from "./judge.ts";
import { Weather } from "./weather.ts";
import { startSimulation } from "./world.ts";

const DURABLE = { confirmWithin: 600, completeWithin: 7200, maxAttempts: 8, retryOnFailure: false };
const STEP = 5 * SECOND;
/** The steps of time once the weather is over, and the longest until all is at rest: longer than any wait. */
const CALM_STEP = 20 * SECOND;
const LONGEST = 30 * HOUR;
/** The share of steps in which events come, and how many at once at most. */
const COMES = 0.025;
const TOGETHER = 8;

/** The result of an hour. */
export interface Hour extends Judged {
  seed: number;
  events: number;
  /** Processes that ended. */
  crashes: number;
  /** Spells of bad weather, by kind. */
  weather: Record<string, number>;
  /** Simulated minutes from the end of the weather until all was at rest. */
  restAfter: number;
}

/**
 * Lives through simulated time in which everything goes wrong that can, and then until all is at rest. Two workers and
 * one process that takes webhooks in share a store, and die at any request of it.
 *
 * @throws Error naming each invariant that does not hold
 */
export async function hour(seed: number, minutes = 60): Promise<Hour> {
  const random = randomOf(seed);
  const weather = new Weather(random, () => world.time);
  const world = await startSimulation({
    consumers: ["plain", "named", "speaks", "followed", "default"],
    durable: DURABLE,
    workers: 2,
    decide: weather.decide,
  });
  const { time, github } = world;
  github.control.configure({ runListDelayMs: 10 * SECOND });
  const habits = { late: 40 * SECOND, queued: 3 * MINUTE, takes: 10 * MINUTE, failing: 0.05 };
  const runs = new ConsumerRuns(world, random, habits);
  const sent = new Set<string>();
  try {
    const publish = async (): Promise<void> => void sent.add(await world.publish());
    let sweptAt = 0;
    const step = async (): Promise<void> => {
      await runs.advance();
      await world.work();
      if (time.passed < sweptAt + MINUTE) return;
      sweptAt = time.passed;
      const { deps } = await world.worker(random() < 0.5 ? 0 : 1);
      await runEveryMinute(deps).catch(() => {});
      await world.work();
    };
    for (const end = time.passed + minutes * MINUTE; time.passed < end; time.pass(STEP)) {
      weather.change(github);
      if (random() < COMES)
        await Promise.all(Array.from({ length: Math.ceil(random() * TOGETHER) }, publish));
      await step();
    }
    weather.end(github);
    const cleared = time.passed;
    for (; time.passed < cleared + LONGEST; time.pass(CALM_STEP)) {
      await step();
      if (sweptAt === time.passed && runs.isIdle && (await areAtRest(world, sent.size))) break;
    }
    const judged = await judge(world, sent, runs.all).catch((cause: Error) => {
      throw new Error(`${cause.message}\nThe weather was: ${weather.spells.join(", ")}`, { cause });
    });
    const restAfter = Math.round((time.passed - cleared) / MINUTE);
    const crashes = world.ended();
    return {
      seed,
      events: sent.size,
      crashes,
      weather: Object.fromEntries(weather.seen),
      restAfter,
      ...judged,
    };
  } finally {
    await world.close();
  }
}
