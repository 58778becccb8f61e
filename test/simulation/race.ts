import { setImmediate as turn } from "node:timers/promises";
import { MINUTE, SECOND } from "../../app/domain/clock.ts";
import { runEveryMinute } from "../../app/steps/jobs/run-every-minute.ts";
import { randomOf } from "../support/random.ts";
import { ConsumerRuns } from "./consumer-runs.ts";
import { areAtRest, type Judged, judge } from "./judge.ts";
import { type ConsumerKind, startSimulation } from "./world.ts";

const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 8, retryOnFailure: false };
/** Events that come together, and the time between such bursts. */
const BURST = 10;
const BETWEEN = 5 * MINUTE;
const STEP = 5 * SECOND;
/** The longest time until all is at rest. */
const LONGEST = 180 * MINUTE;

/** The result of a race. */
export interface Race extends Judged {
  seed: number;
  events: number;
  consumers: number;
  /** Simulated minutes until all was at rest. */
  minutes: number;
}

/**
 * Makes two workers race for each message and each sweep on one store, while events come in bursts of ten. Of the
 * consumers half have plain workflows, without the confirm action and the delivery's id in the run-name.
 *
 * @throws Error naming each invariant that does not hold
 */
export async function race(events: number, consumers: number, seed: number): Promise<Race> {
  const random = randomOf(seed);
  const others = ["plain", "named", "plain", "speaks", "plain", "followed"] as const satisfies ConsumerKind[];
  const world = await startSimulation({
    consumers: Array.from({ length: consumers }, (_, n) => others[n % others.length] as ConsumerKind),
    durable: DURABLE,
    workers: 2,
    decide: async (kind) => {
      // Others' requests come between.
      for (let turns = Math.floor(random() * 3); turns > 0; turns--) await turn();
      return kind === "send" ? "messages-twice" : "done";
    },
  });
  const { time } = world;
  const runs = new ConsumerRuns(world, random, {
    late: 20 * SECOND,
    queued: 2 * MINUTE,
    takes: 8 * MINUTE,
    failing: 0,
  });
  try {
    const sent = new Set<string>();
    const publish = async (): Promise<void> => void sent.add(await world.publish());
    let nextBurst = 0;
    for (let sweptAt = 0; time.passed < LONGEST; time.pass(STEP)) {
      if (sent.size < events && time.passed >= nextBurst) {
        nextBurst += BETWEEN;
        await Promise.all(Array.from({ length: Math.min(BURST, events - sent.size) }, publish));
      }
      await runs.advance();
      await world.work();
      if (time.passed < sweptAt + MINUTE) continue;
      sweptAt = time.passed;
      const workers = [await world.worker(0), await world.worker(1)];
      await Promise.all(workers.map(({ deps }) => runEveryMinute(deps)));
      await world.work();
      if (sent.size === events && runs.isIdle && (await areAtRest(world, events))) break;
    }
    const judged = await judge(world, sent, runs.all);
    return { seed, events, consumers, minutes: Math.round(time.passed / MINUTE), ...judged };
  } finally {
    await world.close();
  }
}
