import type { Delivery, Owner } from "../records/delivery.ts";

/** A run of a consumer's workflow, as its token or its webhook names it. */
export interface ConsumerRun {
  workflow: string;
  runId: string;
  runAttempt: number;
  /** The job that spoke, where its token named it. */
  jobId?: string | null;
}

/** The workflow whose result finalizes a delivery: the one its subscription names, else the first that took it on. */
export const decidingWorkflow = (delivery: Delivery): string | null =>
  delivery.workflow ?? delivery.firstOwner;

export type Ownership = "owner" | "duplicate" | "free";

/**
 * Returns the recorded owner that a run is, or null. A re-run keeps its run id, so it owns what its first
 * attempt did.
 */
export function newOwner(delivery: Delivery, run: ConsumerRun): Owner | null {
  const owner = delivery.owners[run.workflow];
  return owner?.runId === run.runId ? owner : null;
}

/** Returns whether a run is only inferred to own a delivery: nothing that it said, and no name, says so. */
export function isInferredOwner(
  { owners }: Pick<Delivery, "owners">,
  { workflow, runId }: Pick<ConsumerRun, "workflow" | "runId">,
): boolean {
  const owner = owners[workflow];
  return owner?.runId === runId && owner.via === "inferred";
}

/**
 * Returns whether a run owns a delivery for its workflow. A merely inferred owner gives way to a run that can
 * prove that it has the delivery.
 */
export function ownershipOf(delivery: Delivery, run: ConsumerRun, via: Owner["via"]): Ownership {
  const owner = delivery.owners[run.workflow];
  if (!owner) return "free";
  if (owner.runId === run.runId) return "owner";
  return owner.via === "inferred" && via !== "inferred" ? "free" : "duplicate";
}

/**
 * Returns the workflow whose result counts where the subscription names none, now that a run has come. The first
 * one keeps that, unless it never spoke of the delivery and another does: what speaks beats what is inferred.
 */
function leading({ firstOwner, owners, isFinalized }: Delivery, workflow: string, via: Owner["via"]): string {
  if (firstOwner === null || isFinalized || via !== "action") return firstOwner ?? workflow;
  const first = owners[firstOwner];
  return first && first.via !== "action" ? workflow : firstOwner;
}

/**
 * Sets what is known of a workflow's owner, beginning it where there is none or another run was. Its result
 * counts only where it `decides`: not where another workflow is known to speak for the delivery.
 */
export function withOwner(
  delivery: Delivery,
  run: ConsumerRun,
  change: Partial<Owner> & Pick<Owner, "via">,
  decides = true,
): Delivery {
  const owner: Owner = {
    workflow: run.workflow,
    runId: run.runId,
    runAttempt: run.runAttempt,
    confirmedAt: null,
    completedAt: null,
    conclusion: null,
    duplicates: [],
    ...newOwner(delivery, run),
    ...change,
  };
  return {
    ...delivery,
    owners: { ...delivery.owners, [run.workflow]: owner },
    firstOwner: decides ? leading(delivery, run.workflow, owner.via) : delivery.firstOwner,
  };
}

/** Returns the text that records that a run's attempt released a delivery. */
export const releaseOf = ({ runId, runAttempt }: ConsumerRun): string => `${runId}/${runAttempt}`;

/** The run that {@link releaseOf} keeps in mind. */
export const runIdOf = (released: string): string => released.split("/", 1)[0] as string;

/**
 * Returns whether a failed attempt of a run released the delivery for another dispatch: its repeated calls
 * change nothing.
 */
export const isReleased = (delivery: Delivery, run: ConsumerRun): boolean =>
  (delivery.releasedRuns ?? []).includes(releaseOf(run));
