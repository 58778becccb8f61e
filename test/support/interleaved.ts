import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";

/** Points at which a step waits for its turn. */
export type Point = () => Promise<void>;

/** The share of turns before which requests on their way to GitHub are let arrive. */
const ARRIVES = 0.1;
/** Real milliseconds that they take. */
const ON_ITS_WAY = 2;

/**
 * Runs steps at once, one request at a time: each waits at its points until chance picks it. Returns how each step
 * ended.
 *
 * @param within - calls the point that it is given before each request, until it is stopped
 */
export async function interleaved<T>(
  steps: readonly (() => Promise<T>)[],
  random: () => number,
  within: (point: Point) => () => void,
): Promise<PromiseSettledResult<T>[]> {
  const waiting: (() => void)[] = [];
  const stop = within(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  });
  let running = steps.length;
  const ends = Promise.allSettled(
    steps.map(async (step) => {
      try {
        return await step();
      } finally {
        running -= 1;
      }
    }),
  );
  while (running > 0) {
    await turn();
    if (random() < ARRIVES) await wait(ON_ITS_WAY);
    const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
    next?.();
  }
  stop();
  return await ends;
}
