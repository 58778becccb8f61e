import type { Delivery } from "../api/types.ts";

/** One bar of a delivery's waterfall; times in milliseconds since the epoch. */
export interface Bar {
  name: string;
  kind: "wait" | "attempt" | "failed" | "confirmation" | "run";
  from: number;
  /** Null while it goes on. */
  to: number | null;
}

const at = (moment: string): number => Date.parse(moment);

/** Returns the bars of a delivery, in the order of their beginnings: attempts, waits, confirmation and runs. */
export function waterfallOf(delivery: Delivery): Bar[] {
  const bars: Bar[] = [];
  const { attempts, owners, isFinalized } = delivery;
  let free = at(delivery.createdAt);
  for (const { number, startedAt, endedAt, outcome } of attempts) {
    const from = at(startedAt);
    if (from > free)
      bars.push({ name: number === 1 ? "Queued" : "Wait", kind: "wait", from: free, to: from });
    const to = endedAt === null ? null : at(endedAt);
    const kind = outcome === "failed" || outcome === "unknown" ? "failed" : "attempt";
    bars.push({ name: `Attempt ${number}`, kind, from, to });
    free = to ?? from;
  }
  const { confirmedAt } = delivery;
  const end = delivery.completedAt;
  if (confirmedAt !== null && at(confirmedAt) > free)
    bars.push({ name: "Confirmation", kind: "confirmation", from: free, to: at(confirmedAt) });
  else if (confirmedAt === null && delivery.durable && delivery.next?.what === "confirmation")
    bars.push({ name: "Waits for confirmation", kind: "wait", from: free, to: null });
  else if (confirmedAt === null && delivery.failure?.stage === "confirmation" && end !== null)
    bars.push({ name: "Waited for confirmation", kind: "wait", from: free, to: at(end) });
  else if (!isFinalized && delivery.next?.what === "dispatch")
    bars.push({ name: attempts.length === 0 ? "Queued" : "Wait", kind: "wait", from: free, to: null });
  for (const owner of owners) {
    if (owner.confirmedAt === null) continue;
    const to = owner.completedAt === null ? null : at(owner.completedAt);
    bars.push({ name: `Run ${owner.runId}`, kind: "run", from: at(owner.confirmedAt), to });
  }
  // Behind the consumer's curtain the provider sees only that a run went on.
  if (owners.length === 0 && confirmedAt !== null)
    bars.push({ name: "Run", kind: "run", from: at(confirmedAt), to: end === null ? null : at(end) });
  return bars.sort((a, b) => a.from - b.from);
}
