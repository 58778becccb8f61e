import { SECOND } from "../domain/clock.ts";

/** A failure this soon after a call leaves it the time for another start: GitHub waits 10 seconds for an answer. */
const SOON = 2.5 * SECOND;

/**
 * Starts something with the function's own start and gives it to every call. The next call starts a failed one again,
 * so that a passing fault does not last as long as the instance. Lambda may start an instance ahead of its first call,
 * and freezes it in between. A request that was under way then fails as the call comes, which starts anew at once.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | null = null;
  const begin = (): Promise<T> => {
    started = start().catch((error: unknown) => {
      started = null;
      throw error;
    });
    return started;
  };
  // The call that comes is told of a failure; nobody listens before.
  begin().catch(() => {});
  return async () => {
    if (started === null) return await begin();
    const called = Date.now();
    try {
      return await started;
    } catch (error) {
      if (Date.now() - called > SOON) throw error;
      return await (started ?? begin());
    }
  };
}
