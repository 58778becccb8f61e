import type { Zekt } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { complete as completed } from "../../domain/delivery/complete.ts";
import type { DeliveryStatus, Owner } from "../../domain/delivery/delivery.ts";
import { RUN_TTL } from "../../domain/limits.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { StepIdentity } from "../../github/oidc.ts";
import { afterConsumerMove } from "./after-consumer-move.ts";
import { runOf } from "./confirm.ts";
import { findDelivery } from "./find-delivery.ts";
import { noteOwner } from "./find-trace.ts";
import { move } from "./move.ts";

export interface CompleteInput {
  correlationId: string | null;
  deliveryId: string | null;
  success: boolean;
  conclusion: string | null;
}

export interface Completed {
  deliveryId: string;
  status: DeliveryStatus;
  completedAt: string;
  isFinalized: boolean;
}

/**
 * A consumer's run says how it ended.
 *
 * @throws Refusal conflict where another run of the same workflow owns the delivery
 */
export async function complete(zekt: Zekt, identity: StepIdentity, input: CompleteInput): Promise<Completed> {
  const found = await findDelivery(zekt, identity, input);
  const run = runOf(identity);
  const now = zekt.clock.now();
  const result = {
    success: input.success,
    conclusion: input.conclusion ?? (input.success ? "success" : "failure"),
  };
  let foreignOwner: Owner | null = null;
  let before = found;
  const delivery = await move(zekt, found, (current) => {
    before = current;
    const answer = completed(current, run, result, now, Math.random);
    foreignOwner = "foreignOwner" in answer ? answer.foreignOwner : null;
    return "foreignOwner" in answer ? current : answer.delivery;
  });
  if (foreignOwner !== null) {
    const { runId } = foreignOwner as Owner;
    throw new Refusal(
      "conflict",
      `Run ${runId} of this workflow owns the delivery; only it may complete it.`,
    );
  }
  await noteOwner(
    zekt,
    { repositoryId: identity.repositoryId, runId: run.runId },
    delivery.deliveryId,
    RUN_TTL,
  );
  await afterConsumerMove(zekt, before, delivery);
  zekt.log.info(
    { correlationId: delivery.correlationId, deliveryId: delivery.deliveryId, status: delivery.status },
    "completed",
  );
  return {
    deliveryId: delivery.deliveryId,
    status: delivery.status,
    completedAt: delivery.completedAt ?? iso(now),
    isFinalized: delivery.isFinalized,
  };
}
