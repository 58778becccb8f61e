/**
 * Carries the AWS SDK's requests to a server of this process by calling it: over a socket both of its
 * ends would be ours, and would take more time than what is asked for.
 */
export class InProcess<Request, Response> {
  readonly metadata = { handlerProtocol: "in-process" };
  readonly #answer: (request: Request) => Promise<Response>;
  readonly #asked = new Set<Promise<Response>>();
  #ended = false;

  constructor(answer: (request: Request) => Promise<Response>) {
    this.#answer = answer;
  }

  /** @throws Error once it has ended, or what the request was aborted with */
  async handle(
    request: Request,
    { abortSignal }: { abortSignal?: AbortSignal } = {},
  ): Promise<{ response: Response }> {
    if (this.#ended) throw new Error("The embedded AWS has ended.");
    abortSignal?.throwIfAborted();
    const asked = this.#answer(request).finally(() => this.#asked.delete(asked));
    this.#asked.add(asked);
    return { response: await orAborted(asked, abortSignal) };
  }

  /** Takes no more requests, and waits for those that are at work: what they ask is closed next. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#asked);
  }

  httpHandlerConfigs(): object {
    return {};
  }

  updateHttpClientConfig(): void {}

  destroy(): void {}
}

/** Waits no longer than until it is aborted; what was asked goes on. */
export async function orAborted<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await asked;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([asked, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
