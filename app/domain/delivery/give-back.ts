import { iso } from "../clock.ts";
import type { Delivery } from "../records/delivery.ts";
import { type ConsumerRun, decidingWorkflow, isInferredOwner } from "./ownership.ts";

/**
 * Gives back a run that was inferred to be a delivery's, and which is known by now to be of another one. Where nothing
 * else had confirmed the delivery, its wait for a confirm begins anew. What is finalized stays as it is. Returns the
 * delivery itself where it has no such run.
 */
export function giveBack(
  delivery: Delivery,
  run: Pick<ConsumerRun, "workflow" | "runId">,
  now: number,
): Delivery {
  if (delivery.isFinalized || !isInferredOwner(delivery, run)) return delivery;
  const { durable } = delivery;
  const { workflow } = run;
  const { [workflow]: _, ...owners } = delivery.owners;
  const wasDeciding = decidingWorkflow(delivery) === workflow;
  const left = { ...delivery, owners, firstOwner: wasDeciding ? null : delivery.firstOwner };
  if (durable === null || !wasDeciding || delivery.dueFor !== "completion") return left;
  const dueAt = iso(now + durable.confirmWithin * 1000);
  return { ...left, status: "Dispatched", confirmedAt: null, dueFor: "confirmation", dueAt };
}
