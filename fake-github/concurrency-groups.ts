/** A workflow's concurrency group, as its file names it. */
export interface ConcurrencyGroup {
  name: string;
  /** `max` lets so many runs wait as {@link LONGEST_QUEUE} says; `single` one, in place of the one before. */
  queue: "single" | "max";
}

/** Runs that wait in a group with `queue: max`: https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency */
const LONGEST_QUEUE = 100;

interface Waiting {
  start(): void;
  cancel(): void;
}

/** Executes one run of each concurrency group at a time. Runs in progress are never cancelled here. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Waiting[]>();

  /** Executes a task once the group is free; where another run takes its place in the queue, cancels it. */
  async run(
    key: string,
    { queue }: ConcurrencyGroup,
    task: () => Promise<void>,
    cancel: () => Promise<unknown>,
  ): Promise<void> {
    const waiting = this.#groups.get(key);
    if (waiting) {
      const room = queue === "max" ? LONGEST_QUEUE : 1;
      const turn = new Promise<boolean>((resolve) =>
        waiting.push({ start: () => resolve(true), cancel: () => resolve(false) }),
      );
      // The newest waits; those before it give way.
      while (waiting.length > room) waiting.shift()?.cancel();
      if (!(await turn)) return void (await cancel());
    } else this.#groups.set(key, []);
    try {
      await task();
    } finally {
      const next = this.#groups.get(key)?.shift();
      if (next) next.start();
      else this.#groups.delete(key);
    }
  }
}
