/** The fate of a message: Zekt said that it stored it, or nobody heard its answer. */
type Sent = "stored" | "unheard";

/** The record of a run of chaos, to be compared with its result. */
export interface Happened {
  seed: number;
  /** Runs that finished. */
  all: Set<string>;
  /** Those whose event was answered 2xx. */
  accepted: Set<string>;
  /** The messages that runs sent. */
  messages: Map<string, Sent>;
  /** Deliveries that a consumer's run completed, and was told so. */
  completed: Set<string>;
  /** Runs of the durable consumer that ended before Zekt answered their confirmation. */
  silent: Set<string>;
  /** The texts that no log line may hold, each with its meaning. */
  secrets: Map<string, string>;
}

/** The event type of what runs send. */
export const MESSAGE_TYPE = "chaos-message";

/** Returns a text that occurs in a run's message, and nowhere else. */
export const needleOf = (runId: string): string => `needle-in-${runId}-haystack`;

/** Fails a run of chaos that something does not hold for. */
export function check(holds: boolean, { seed }: Happened, what: string): void {
  if (!holds) throw new Error(`${what} (seed ${seed})`);
}
