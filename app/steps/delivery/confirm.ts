import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { type Confirmed, confirm as confirmed } from "../../domain/delivery/confirm.ts";
import { planRunRequest } from "../../domain/delivery/exact-run.ts";
import type { ConsumerRun } from "../../domain/delivery/ownership.ts";
import type { DeliveryStatus } from "../../domain/records/delivery.ts";
import type { RunIdentity } from "../../github/oidc.ts";
import { workflowOf } from "../../github/oidc.ts";
import { findWithRepository } from "./find-delivery.ts";
import { recordOwner } from "./record-owner.ts";
import { afterConsumerUpdate, updateDelivery } from "./update-delivery.ts";

/** The run that a verified token speaks for. */
export const runOf = (identity: RunIdentity): ConsumerRun => ({
  workflow: workflowOf(identity),
  runId: identity.runId,
  runAttempt: identity.runAttempt,
  jobId: identity.jobId,
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
  deps: WorkerDeps,
  identity: RunIdentity,
  named: { correlationId: string | null; deliveryId: string | null },
): Promise<Confirmation> {
  const { delivery: found, repository } = await findWithRepository(deps, identity, named);
  const run = runOf(identity);
  const now = deps.clock.now();
  let answer!: Confirmed;
  let before = found;
  const delivery = await updateDelivery(deps, found, (current) => {
    before = current;
    answer = confirmed(current, run, now);
    // Without a webhook GitHub is asked how the run goes, whether or not it says so itself.
    const isAsked = !repository.tracking && answer.delivery !== current;
    return isAsked ? planRunRequest(answer.delivery, now) : answer.delivery;
  });
  const { duplicate } = answer;
  // Of a duplicate, too, it is known now whose dispatch started it: it is not taken for another delivery's run.
  await recordOwner(deps, { repositoryId: identity.repositoryId, ...run }, delivery.deliveryId, "action");
  if (!duplicate && repository.confirmedAt === null) {
    await deps.store.accounts.setRepository({ repositoryId: identity.repositoryId, confirmedAt: iso(now) });
  }
  await afterConsumerUpdate(deps, before, delivery);
  deps.log.info(
    {
      event: "delivery.confirmed",
      correlationId: delivery.correlationId,
      deliveryId: delivery.deliveryId,
      duplicate,
    },
    "Delivery confirmed",
  );
  return {
    deliveryId: delivery.deliveryId,
    status: delivery.status,
    confirmedAt: delivery.owners[run.workflow]?.confirmedAt ?? delivery.confirmedAt ?? iso(now),
    confirmationAttempts: delivery.confirmationAttempts,
    duplicate,
  };
}
