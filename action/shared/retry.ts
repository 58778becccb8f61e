import { say } from "./one-line.ts";
import { StepError } from "./step-error.ts";

/**
 * A failed call that may succeed later. `waitMs`: the wait that the other side asked for. `isCut`: the step's own
 * time ended the call, which says nothing of the other side.
 */
export class Passing extends Error {
  override name = "Passing";
  readonly waitMs: number | null;
  readonly isCut: boolean;

  constructor(message: string, waitMs: number | null = null, isCut = false) {
    super(message);
    this.waitMs = waitMs;
    this.isCut = isCut;
  }
}

/** The time of a step; `now` is in milliseconds since the step began. */
export interface StepClock {
  now(): number;
  wait(ms: number): Promise<void>;
  random(): number;
}

const startedAt = performance.now();
const stepClock: StepClock = {
  now: () => performance.now() - startedAt,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

// Tests shorten these; workflows cannot set them through an input.
/** The time limit for all calls of a step together, in milliseconds. */
const TIME_LIMIT = Number(process.env.ZEKT_ACTION_TIME_LIMIT_MS ?? 60_000);
const FIRST_WAIT = Number(process.env.ZEKT_ACTION_FIRST_WAIT_MS ?? 1000);
const LONGEST_WAIT = 15_000;

/** Returns the time in which the step may still call, in milliseconds. */
export const timeLeft = (clock: StepClock = stepClock): number => TIME_LIMIT - clock.now();

/**
 * Calls until it succeeds, waiting longer each time and at random, while what fails is {@link Passing}
 * and the step has time left. Says so each time. Any other error is thrown as it is.
 *
 * @throws StepError with the last failure that says something of the other side, once the time is up
 */
export async function retry<T>(call: (attempt: number) => Promise<T>, clock = stepClock): Promise<T> {
  let last: Passing | null = null;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(attempt);
    } catch (error) {
      // What the time left did not suffice for, this call or one within it, hides why there was a next one.
      if (last && isCutShort(error)) throw givenUp(attempt, last);
      if (!(error instanceof Passing)) throw error;
      last = error;
      const waitMs = error.waitMs ?? backoff(attempt, clock.random());
      if (waitMs >= timeLeft(clock)) throw givenUp(attempt, error);
      say(`${error.message} Trying again in ${seconds(waitMs)} s.`);
      await clock.wait(waitMs);
    }
  }
}

const isCutShort = (error: unknown): boolean =>
  error instanceof Error && ((error instanceof Passing && error.isCut) || isCutShort(error.cause));

/** Twice as long each time, of which a half is left to chance, so that many runs do not come at once. */
const backoff = (attempt: number, random: number): number =>
  Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1)) * (0.5 + random / 2);

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

function givenUp(attempt: number, error: Passing): StepError {
  const tried = `Given up after ${attempt} attempt${attempt === 1 ? "" : "s"}`;
  const asked =
    error.waitMs === null ? "" : ` as the wait asked for, ${seconds(error.waitMs)} s, is longer than is left`;
  return new StepError(`${tried}${asked}: ${error.message}`, { cause: error });
}
