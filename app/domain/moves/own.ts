import type { Delivery, Owner } from "../delivery.ts";

/** A run of a consumer's workflow, as its token or its webhook names it. */
export interface ConsumerRun {
  workflow: string;
  runId: string;
  runAttempt: number;
}

/** The workflow whose result finalizes a delivery: the one its subscription names, else the first that took it on. */
export const decidingWorkflow = (delivery: Delivery): string | null =>
  delivery.workflow ?? delivery.firstOwner;

export type Ownership = "owner" | "duplicate" | "free";

/** Whether a run owns a delivery for its workflow. A re-run keeps its run id, so it owns what its first attempt did. */
export function ownershipOf(delivery: Delivery, run: ConsumerRun): Ownership {
  const owner = delivery.owners[run.workflow];
  if (!owner) return "free";
  return owner.runId === run.runId ? "owner" : "duplicate";
}

/** Sets what is known of a workflow's owner, beginning it where there is none. */
export function withOwner(
  delivery: Delivery,
  run: ConsumerRun,
  change: Partial<Owner> & Pick<Owner, "via">,
): Delivery {
  const owner: Owner = {
    ...run,
    confirmedAt: null,
    completedAt: null,
    conclusion: null,
    duplicates: [],
    ...delivery.owners[run.workflow],
    ...change,
  };
  return {
    ...delivery,
    owners: { ...delivery.owners, [run.workflow]: owner },
    firstOwner: delivery.firstOwner ?? run.workflow,
  };
}
