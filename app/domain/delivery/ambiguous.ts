import type { Delivery } from "../records/delivery.ts";

/** Runs noted at most: more tell nothing that these do not. */
const MAX_RUNS = 20;

/** Records that a run fits this delivery and another alike. That alone moves nothing. */
export const markAmbiguous = (delivery: Delivery, runId: string): Delivery => {
  const runs = delivery.ambiguousRuns ?? [];
  if (runs.includes(runId) || runs.length >= MAX_RUNS) return delivery;
  return { ...delivery, ambiguousRuns: [...runs, runId] };
};
