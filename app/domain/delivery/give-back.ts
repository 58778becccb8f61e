import { iso } from "../clock.ts";
import type { Delivery } from "../records/delivery.ts";
import { type ConsumerRun, decidingWorkflow } from "./ownership.ts";

/**
 * Gives back a run that was inferred to be a delivery's, and which is known by now to be of another one. Where nothing
 * else had confirmed the delivery, its wait for a confirm begins anew. What is finalized stays as it is. Returns the
 * delivery itself where it has no such run.
 */
export function giveBack(
  delivery: Delivery,
  { workflow, runId }: Pick<ConsumerRun, "workflow" | "runId">,
  now: number,
): Delivery {
  const { durable } = delivery;
  const owner = delivery.owners[workflow];
  if (delivery.isFinalized || owner?.runId !== runId || owner.via !== "inferred") return delivery;
  const { [workflow]: _, ...owners } = delivery.owners;
  const wasDeciding = decidingWorkflow(delivery) === workflow;
  const left = { ...delivery, owners, firstOwner: wasDeciding ? null : delivery.firstOwner };
  if (durable === null || !wasDeciding || delivery.dueFor !== "completion") return left;
  const dueAt = iso(now + durable.confirmWithin * 1000);
  return { ...left, status: "Dispatched", confirmedAt: null, dueFor: "confirmation", dueAt };
}
