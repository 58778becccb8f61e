/** A run that fits more than one delivery, or did when it was first seen. */
export interface BookedRun {
  runId: string;
  runAttempt: number;
  createdAt: string;
  /** Event types that its workflow listens to on its commit; null for any. */
  types: string[] | null;
  /** False while it is queued: it is there, and that is all. */
  began: boolean;
  /** Null until it has ended. */
  conclusion: string | null;
  /** The burst it was paired in: the id of that burst's first run; null while it is open. */
  burst: string | null;
  /** The delivery it is taken for; null while it is open, and where its burst has more runs than deliveries. */
  deliveryId: string | null;
  /** Where it is taken for none: deliveries whose dispatch may or may not have started it. */
  unsure?: string[];
}

/** The runs of one workflow that its deliveries are paired with, all in one item so that one write pairs them. */
export interface RunBook {
  runs: BookedRun[];
  version: number;
}
