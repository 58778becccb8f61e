import { CANCELLED_BY_STEP } from "./step-scope.ts";

const MINUTE_MS = 60_000;

/** Why a step was stopped before its end. */
type StopReason = "cancelled" | "timed out";

/**
 * Stops a step when its job is cancelled, unless its `if` holds even then. Stops it also when its time is up, and
 * when the step that holds it is stopped.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
 */
export class StepStop implements Disposable {
  readonly #controller = new AbortController();
  readonly #cleanups: (() => void)[] = [];
  reason: StopReason | null = null;

  constructor(cancel: AbortSignal, outer: AbortSignal, holdsStill: () => boolean, minutes: number | null) {
    const onCancel = (): void => {
      if (!holdsStill()) this.#stop("cancelled");
    };
    const onOuter = (): void =>
      this.#stop(cancel.aborted || outer.reason === CANCELLED_BY_STEP ? "cancelled" : "timed out");
    if (outer.aborted) onOuter();
    else outer.addEventListener("abort", onOuter);
    this.#cleanups.push(() => outer.removeEventListener("abort", onOuter));
    // A step that starts in a cancelled job was asked for by its `if`: it is not stopped for that.
    if (!cancel.aborted) cancel.addEventListener("abort", onCancel);
    this.#cleanups.push(() => cancel.removeEventListener("abort", onCancel));
    if (minutes !== null) {
      const timer = setTimeout(() => this.#stop("timed out"), minutes * MINUTE_MS);
      this.#cleanups.push(() => clearTimeout(timer));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #stop(reason: StopReason): void {
    this.reason ??= reason;
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    for (const cleanup of this.#cleanups) cleanup();
  }
}
