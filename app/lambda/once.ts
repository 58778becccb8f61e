/**
 * Starts something with the function's own start and gives it to every call. The next call starts a failed one again,
 * so that a passing fault does not last as long as the instance.
 */
export function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | null = null;
  const get = (): Promise<T> => {
    started ??= start().catch((error: unknown) => {
      started = null;
      throw error;
    });
    return started;
  };
  // The call that comes is told of a failure; nobody listens before.
  get().catch(() => {});
  return get;
}
