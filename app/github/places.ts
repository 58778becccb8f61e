/** The way to wait for a place. */
export interface WaitOptions {
  /** Goes before all that wait without this, in order among its like. */
  precedes: boolean;
  /** The longest wait, in milliseconds. */
  longest: number;
  /** Ends the wait. */
  signal?: AbortSignal | null | undefined;
}

/** The requests of one quota. */
interface Lane {
  underWay: number;
  /** Those that wait, each the first first: it is called when its place is free. */
  preceding: Set<() => void>;
  others: Set<() => void>;
}

/** Counts the requests of each quota that are under way; those that would be too many wait. */
export class Places {
  readonly #most: number;
  readonly #lanes = new Map<string, Lane>();

  /** Makes places for so many of each quota. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Occupies a place, which is to be left again; waits for one where none is free. Returns false where none became free
   * in time.
   *
   * @throws the signal's reason
   */
  async take(quota: string, { precedes, longest, signal }: WaitOptions): Promise<boolean> {
    signal?.throwIfAborted();
    const lane = this.#lanes.get(quota) ?? { underWay: 0, preceding: new Set(), others: new Set() };
    this.#lanes.set(quota, lane);
    if (lane.underWay < this.#most) {
      lane.underWay += 1;
      return true;
    }
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const waiting = precedes ? lane.preceding : lane.others;
    const begin = (): void => resolve(true);
    // At once out of the queue: a place that is given to nobody would be lost.
    const giveUp = (): void => void (waiting.delete(begin) && resolve(false));
    const abort = (): void => void (waiting.delete(begin) && reject(signal?.reason));
    waiting.add(begin);
    const timer = setTimeout(giveUp, longest);
    signal?.addEventListener("abort", abort);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Leaves a place, to whoever has waited for it the longest. */
  leave(quota: string): void {
    const lane = this.#lanes.get(quota) as Lane;
    const waiting = lane.preceding.size > 0 ? lane.preceding : lane.others;
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      next();
    } else {
      lane.underWay -= 1;
      if (lane.underWay === 0) this.#lanes.delete(quota);
    }
  }
}
