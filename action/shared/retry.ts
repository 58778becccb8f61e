/** A call failed in a way that may pass. `waitMs`: how long the other side asked to wait. */
export class Passing extends Error {
  override name = "Passing";
  readonly waitMs: number | null;

  constructor(message: string, waitMs: number | null = null) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** How long all attempts may take together, in milliseconds. */
export const TIME_LIMIT = 60_000;

// Tests shorten the wait; workflows cannot set it through an input.
const FIRST_WAIT = Number(process.env.ZEKT_ACTION_FIRST_WAIT_MS ?? 1000);
const LONGEST_WAIT = 15_000;

/**
 * Calls until it succeeds, waiting longer each time and at random, while what fails is {@link Passing}
 * and time is left. Any other error, and the last one, is thrown.
 */
export async function retry<T>(
  call: (attempt: number) => Promise<T>,
  onRetry: (message: string) => void,
): Promise<T> {
  const startedAt = Date.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(attempt);
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      const backoff = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1));
      const waitMs = error.waitMs ?? Math.round(backoff * (0.5 + Math.random() / 2));
      if (Date.now() - startedAt + waitMs > TIME_LIMIT) throw error;
      onRetry(`${error.message} Trying again in ${(waitMs / 1000).toFixed(1)} s.`);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
