const MINUTE_MS = 60_000;

/** Cancels a job with its run, or when its time is up. */
export class JobCancel implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    if (outer.aborted) this.#onOuter();
    else outer.addEventListener("abort", this.#onOuter);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  after(minutes: number): void {
    const reason = new Error(`The job has exceeded the maximum execution time of ${minutes} minutes.`);
    this.#timer = setTimeout(() => this.#controller.abort(reason), minutes * MINUTE_MS);
  }

  readonly #onOuter = (): void => this.#controller.abort(this.#outer.reason);

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#onOuter);
  }
}
