import type { Zekt } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { confirm as confirmed } from "../../domain/delivery/confirm.ts";
import type { DeliveryStatus } from "../../domain/delivery/delivery.ts";
import type { ConsumerRun } from "../../domain/delivery/own.ts";
import { RUN_TTL } from "../../domain/limits.ts";
import type { StepIdentity } from "../../github/oidc.ts";
import { workflowOf } from "../intake/receive.ts";
import { afterConsumerMove } from "./after-consumer-move.ts";
import { findDelivery } from "./find-delivery.ts";
import { noteOwner } from "./find-trace.ts";
import { move } from "./move.ts";

/** The run that a verified token speaks for. */
export const runOf = (identity: StepIdentity): ConsumerRun => ({
  workflow: workflowOf(identity),
  runId: identity.runId,
  runAttempt: identity.runAttempt,
});

export interface Confirmation {
  deliveryId: string;
  status: DeliveryStatus;
  confirmedAt: string;
  confirmationAttempts: number;
  duplicate: boolean;
}

/** A consumer's run confirms that it has a delivery; the first of each workflow owns it. */
export async function confirm(
  zekt: Zekt,
  identity: StepIdentity,
  named: { correlationId: string | null; deliveryId: string | null },
): Promise<Confirmation> {
  const found = await findDelivery(zekt, identity, named);
  const run = runOf(identity);
  const now = zekt.clock.now();
  let duplicate = false;
  let before = found;
  const delivery = await move(zekt, found, (current) => {
    before = current;
    const answer = confirmed(current, run, now);
    duplicate = answer.duplicate;
    return answer.delivery;
  });
  // Of a duplicate, too, it is known now whose dispatch started it: it is not taken for another delivery's run.
  await noteOwner(
    zekt,
    { repositoryId: identity.repositoryId, runId: run.runId },
    delivery.deliveryId,
    RUN_TTL,
  );
  if (!duplicate) {
    await zekt.store.accounts.saveRepository({ repositoryId: identity.repositoryId, confirmedAt: iso(now) });
  }
  await afterConsumerMove(zekt, before, delivery);
  zekt.log.info(
    { correlationId: delivery.correlationId, deliveryId: delivery.deliveryId, duplicate },
    "confirmed",
  );
  return {
    deliveryId: delivery.deliveryId,
    status: delivery.status,
    confirmedAt: delivery.owners[run.workflow]?.confirmedAt ?? delivery.confirmedAt ?? iso(now),
    confirmationAttempts: delivery.confirmationAttempts,
    duplicate,
  };
}
