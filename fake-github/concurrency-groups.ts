/** The concurrency group of a workflow or a job, as its file names it. */
export interface ConcurrencyGroup {
  name: string;
  /** `max` lets so many wait as {@link LONGEST_QUEUE} says; `single` one, in place of the one before. */
  queue: "single" | "max";
  /** True where the next one cancels the one in progress. */
  cancelsInProgress: boolean;
}

/** Runs that wait in a group with `queue: max`: https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency */
const LONGEST_QUEUE = 100;

interface Waiting {
  start(): void;
  cancel(): void;
}

interface Group {
  /** Cancels the one in progress. */
  inProgress: AbortController;
  waiting: Waiting[];
}

/** Executes one run or job of each concurrency group at a time: runs and jobs share a repository's groups. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  /**
   * Executes a task once the group is free. Its signal is aborted where another cancels it in progress. Where another
   * takes its place in the queue, `cancel` is called instead.
   */
  async run<T>(
    key: string,
    { queue, cancelsInProgress }: ConcurrencyGroup,
    task: (cancelled: AbortSignal) => Promise<T>,
    cancel: () => Promise<T>,
  ): Promise<T> {
    const inProgress = new AbortController();
    const group = this.#groups.get(key);
    if (group) {
      const room = queue === "max" ? LONGEST_QUEUE : 1;
      const turn = new Promise<boolean>((resolve) =>
        group.waiting.push({ start: () => resolve(true), cancel: () => resolve(false) }),
      );
      // The newest waits; those before it give way.
      while (group.waiting.length > room) group.waiting.shift()?.cancel();
      if (cancelsInProgress) group.inProgress.abort(new Error(higherPriority(key)));
      if (!(await turn)) return await cancel();
      group.inProgress = inProgress;
    } else this.#groups.set(key, { inProgress, waiting: [] });
    try {
      return await task(inProgress.signal);
    } finally {
      const next = this.#groups.get(key)?.waiting.shift();
      if (next) next.start();
      else this.#groups.delete(key);
    }
  }
}

/** GitHub's words for what gave way to another. */
const higherPriority = (key: string): string =>
  `Canceling since a higher priority waiting request for '${key.slice(key.indexOf(" ") + 1)}' exists`;
