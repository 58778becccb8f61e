import type { Delivery, Failure } from "../records/delivery.ts";

/** Something that happened to a delivery. */
export interface Happening {
  at: string;
  what:
    | "made"
    | "attempt-began"
    | "dispatched"
    | "attempt-failed"
    | "attempt-unknown"
    | "confirmed"
    | "run-completed"
    | "completed"
    | "failed"
    | "paused";
  /** The attempt's number, where it is about one. */
  attempt: number | null;
  failure: Failure | null;
  /** The consumer's run, where it is about one. */
  run: { workflow: string; runId: string; conclusion: string | null } | null;
}

const OUTCOMES = {
  leased: null,
  dispatched: "dispatched",
  failed: "attempt-failed",
  unknown: "attempt-unknown",
} as const;

/** In the order of what leads to what, for things of one moment. */
const ORDER: readonly Happening["what"][] = [
  "made",
  "paused",
  "attempt-began",
  "dispatched",
  "attempt-failed",
  "attempt-unknown",
  "confirmed",
  "run-completed",
  "completed",
  "failed",
];

/** All that happened to a delivery, oldest first, as it is known from the delivery itself. */
export function timelineOf(delivery: Delivery): Happening[] {
  const happenings: Happening[] = [];
  const add = (at: string | null, what: Happening["what"], more: Partial<Happening> = {}): void => {
    if (at !== null) happenings.push({ at, what, attempt: null, failure: null, run: null, ...more });
  };
  add(delivery.createdAt, "made");
  for (const { number, startedAt, endedAt, outcome, failure } of delivery.attempts) {
    add(startedAt, "attempt-began", { attempt: number });
    const came = OUTCOMES[outcome];
    // Where GitHub's answer was never recorded, nobody knows when it was.
    if (came) add(endedAt ?? startedAt, came, { attempt: number, failure });
  }
  for (const { workflow, runId, conclusion, confirmedAt, completedAt } of Object.values(delivery.owners)) {
    const run = { workflow, runId, conclusion };
    add(confirmedAt, "confirmed", { run });
    add(completedAt, "run-completed", { run });
  }
  add(delivery.parkedAt ?? null, "paused");
  const ended = delivery.status === "Failed" ? "failed" : "completed";
  if (delivery.isFinalized) add(delivery.completedAt, ended, { failure: delivery.failure });
  const rank = ({ what }: Happening): number => ORDER.indexOf(what);
  return happenings.sort((a, b) => (a.at === b.at ? rank(a) - rank(b) : a.at < b.at ? -1 : 1));
}
