import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { complete as completed } from "../../domain/delivery/complete.ts";
import type { ConsumerRun } from "../../domain/delivery/ownership.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import type { Delivery, DeliveryStatus, Owner } from "../../domain/records/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { RunIdentity } from "../../github/oidc.ts";
import { runOf } from "./confirm.ts";
import { findWithRepository } from "./find-delivery.ts";
import { recordOwner, recordRunEnd } from "./record-owner.ts";
import { afterConsumerUpdate, updateDelivery, withoutRepetition } from "./update-delivery.ts";

export interface CompleteInput {
  correlationId: string | null;
  deliveryId: string | null;
  success: boolean;
  conclusion: string | null;
}

/** Returns whether all that a run's end changes of a delivery is recorded with it. */
const isEndOf = ({ owners }: Delivery, run: ConsumerRun, conclusion: string): boolean => {
  const owner = owners[run.workflow];
  return (
    owner?.runId === run.runId &&
    owner.conclusion === conclusion &&
    owner.completedAt !== null &&
    owner.runAttempt >= run.runAttempt
  );
};

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
export async function complete(
  deps: WorkerDeps,
  identity: RunIdentity,
  input: CompleteInput,
): Promise<Completed> {
  const { delivery: found, repository } = await findWithRepository(deps, identity, input);
  const run = runOf(identity);
  const now = deps.clock.now();
  const result = {
    success: input.success,
    conclusion: input.conclusion ?? (input.success ? "success" : "failure"),
  };
  let foreignOwner: Owner | null = null;
  let before = found;
  const update = (): Promise<Delivery> =>
    updateDelivery(deps, found, (current) => {
      before = current;
      const answer = completed(current, run, result, now, Math.random);
      foreignOwner = "foreignOwner" in answer ? answer.foreignOwner : null;
      return "foreignOwner" in answer ? current : answer.delivery;
    });
  // A step calls again for a minute, and one machine may be away for longer. A webhook would tell the end once more.
  const isRepeated = deps.settings.soleWorker === null || repository.tracking;
  const delivery = await (isRepeated ? update() : withoutRepetition(update));
  if (foreignOwner !== null) {
    const { runId } = foreignOwner as Owner;
    throw new Refusal(
      "conflict",
      `Run ${runId} of this workflow owns the delivery; only it may complete it.`,
    );
  }
  const { repositoryId } = identity;
  const isOver = delivery.isFinalized && isEndOf(delivery, run, result.conclusion);
  // The webhook of a run that GitHub's answer did not name settles more than its own delivery.
  const isEnd = isOver && !startsWorkflow(delivery);
  // What a run confirmed is recorded as its own.
  if (!isEnd || before.owners[run.workflow]?.runId !== run.runId)
    await recordOwner(deps, { repositoryId, ...run }, delivery.deliveryId, "action");
  if (isEnd) await recordRunEnd(deps, { repositoryId, ...run }, delivery.deliveryId, result.conclusion);
  await afterConsumerUpdate(deps, before, delivery);
  deps.log.info(
    {
      event: "delivery.completed",
      correlationId: delivery.correlationId,
      deliveryId: delivery.deliveryId,
      status: delivery.status,
    },
    "Delivery completed",
  );
  return {
    deliveryId: delivery.deliveryId,
    status: delivery.status,
    completedAt: delivery.completedAt ?? iso(now),
    isFinalized: delivery.isFinalized,
  };
}
