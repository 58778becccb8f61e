import type { WorkerDeps } from "../../deps.ts";
import { countFailure, giveUp, isEndless, recordEnqueued } from "../../domain/delivery/stall.ts";
import { forEachConcurrently } from "../../domain/for-each-concurrently.ts";
import { MAX_FAILURES } from "../../domain/jobs/due-again.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { outageOf } from "../../github/outage.ts";
import { type DeliveryJob, deliveryJob } from "../../store/queues.ts";
import { deliver } from "../delivery/deliver.ts";
import { recordDelivery, replaceDelivery } from "../delivery/update-delivery.ts";

/** Deliveries that the sweep writes at once. */
const AT_ONCE = 16;

/**
 * Works on a delivery. What fails is counted with the delivery, which is given up after ten failures: the sweep
 * enqueues it no more.
 *
 * @throws whatever the work threw, so that the queue message is received again
 */
export async function workDelivery(deps: WorkerDeps, job: DeliveryJob): Promise<void> {
  try {
    await deliver(deps, job);
  } catch (error) {
    await recordWorkFailure(deps, job, error).catch((unrecorded: unknown) => {
      throw new AggregateError([error, unrecorded], "A delivery failed, and that could not be recorded.");
    });
    throw error;
  }
}

/** Counts a failure of the work on a delivery, and gives it up after the tenth; an outage of GitHub's counts for nothing. */
export async function recordWorkFailure(
  deps: WorkerDeps,
  { deliveryId }: Pick<Delivery, "deliveryId">,
  error: unknown,
): Promise<void> {
  if (outageOf(error)) return;
  for (;;) {
    const current = await deps.store.deliveries.get(deliveryId);
    if (!current) return;
    const next = countFailure(current, deps.clock.now());
    if (next === current) return;
    const failures = (current.stall?.failures ?? 0) + 1;
    if (failures < MAX_FAILURES) {
      if (await replaceDelivery(deps, current, next)) return;
    } else if (await bury(deps, current, next, failures)) return;
  }
}

/** Ends a delivery that cannot be worked on, and says so; false where somebody else changed it first. */
export async function bury(
  deps: WorkerDeps,
  before: Delivery,
  after: Delivery,
  failures = before.stall?.failures ?? 0,
): Promise<boolean> {
  if (!(await replaceDelivery(deps, before, after))) return false;
  const { correlationId, deliveryId } = after;
  deps.log.error(
    { event: "job.dead", job: "delivery", correlationId, deliveryId, failures },
    "Delivery is dead",
  );
  if (!before.isFinalized) await recordDelivery(deps, after);
  return true;
}

/**
 * Enqueues deliveries that are past due; each is due again after a wait, should this come to nothing. One that was
 * enqueued for 14 days and ended its workers each time is dead.
 */
export async function sweepDeliveries(
  deps: WorkerDeps,
  due: readonly Delivery[],
  isTimeLeft: () => boolean,
): Promise<void> {
  const now = deps.clock.now();
  const marked: Delivery[] = [];
  const sweepOne = async (delivery: Delivery): Promise<void> => {
    if (isEndless(delivery, now)) await bury(deps, delivery, giveUp(delivery, now));
    else if (await replaceDelivery(deps, delivery, recordEnqueued(delivery, now))) marked.push(delivery);
  };
  await forEachConcurrently(due, { atOnce: AT_ONCE, goesOn: isTimeLeft }, async (delivery) => {
    const { correlationId, deliveryId } = delivery;
    await sweepOne(delivery).catch((error: unknown) =>
      deps.log.error(
        { event: "overdue.failed", err: error, correlationId, deliveryId },
        "Overdue delivery could not be enqueued; the next sweep tries again",
      ),
    );
  });
  await deps.store.queues.enqueueDeliveries(marked.map(deliveryJob));
}
