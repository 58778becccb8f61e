import { AsyncLocalStorage } from "node:async_hooks";
import type { WorkerDeps } from "../../deps.ts";
import { dueUntilRecorded, isUncertain } from "../../domain/delivery/attempt.ts";
import { deliveryFacts } from "../../domain/delivery/delivery-facts.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { deliveryJob, MAX_DELAY_SECONDS } from "../../store/queues.ts";
import { raiseDeadLetter } from "../notices/raise-notice.ts";
import { recordSuccess } from "./record-outcome.ts";
import { recordSteps } from "./record-spans.ts";

/** Set while deliveries are changed by what nobody repeats after a crash. */
const unrepeated = new AsyncLocalStorage<true>();

/**
 * Does what nobody repeats after a crash: the sweep follows runs whose webhooks were lost, for deliveries that are due.
 * One that completes meanwhile is due no more, so it stays due until its figures are recorded.
 */
export const withoutRepetition = <T>(work: () => T): T => unrepeated.run(true, work);

/**
 * Changes a delivery by one conditional write. `next` gets the delivery as it is and returns the next state. It is
 * called again where somebody else changed the delivery first. The same object means no change.
 */
export async function updateDelivery(
  deps: WorkerDeps,
  delivery: Delivery,
  next: (current: Delivery) => Delivery,
): Promise<Delivery> {
  let current = delivery;
  for (;;) {
    const changed = next(current);
    const isKept = unrepeated.getStore() && changed.status === "Completed" && current.status !== "Completed";
    const moved = isKept ? dueUntilRecorded(changed, deps.clock.now()) : changed;
    if (moved === current || (await replaceDelivery(deps, current, moved))) {
      // All are written where nothing moved: the facts of the move before may have been lost to a crash.
      await recordDelivery(deps, moved, moved === current ? null : current);
      return moved === current ? current : { ...moved, version: current.version + 1 };
    }
    const reread = await deps.store.deliveries.get(delivery.deliveryId);
    if (!reread) throw new Error(`Delivery ${delivery.deliveryId} went away while it was moved.`);
    current = reread;
  }
}

/**
 * Records a delivery's counts and, where it failed, the failure, and raises the notice. Called after every change,
 * with the delivery `before` it, and again without when a change is repeated: a crash may have come between the two.
 * So may one have between an end and its record, which the next change then makes. Twice has the effect of once. One
 * that failed, or that the sweep found completed, stays due until all is recorded.
 */
export async function recordDelivery(
  deps: WorkerDeps,
  delivery: Delivery,
  before: Delivery | null = null,
): Promise<void> {
  const { meters } = deps.store;
  if (before && !lacksRecord(before)) await meters.recordGrowing(deliveryFacts(delivery, before));
  else await meters.recordMissing(deliveryFacts(delivery));
  const { status, isTest, dueAt } = delivery;
  if (status !== "Failed" && status !== "Completed") return;
  if (status === "Failed") {
    if (!isTest) await deps.store.failures.record(delivery);
    await raiseDeadLetter(deps, delivery);
  }
  if (dueAt !== null) await deps.store.deliveries.endRecording(delivery);
}

/** Returns whether the worker that ended a delivery may have died before it recorded that. */
const lacksRecord = ({ isFinalized, dueAt }: Delivery): boolean => isFinalized && dueAt !== null;

/**
 * Replaces a delivery by its next state. Returns false where somebody else changed it since it was read. Every
 * change goes through here: the write that makes a delivery fail, and no other, logs `delivery.failed`.
 * Failures are counted by that line, so a repeated or late write must not log it again.
 */
export async function replaceDelivery(deps: WorkerDeps, before: Delivery, after: Delivery): Promise<boolean> {
  if (!(await deps.store.deliveries.replace(before, after))) return false;
  recordSteps(deps, before, after);
  if (before.status !== "Failed" && after.status === "Failed") {
    const { correlationId, deliveryId, failure } = after;
    deps.log.warn(
      {
        event: "delivery.failed",
        correlationId,
        deliveryId,
        stage: failure?.stage,
        reason: failure?.reason,
      },
      "Delivery failed",
    );
  }
  return true;
}

/** Enqueues a delivery for a later moment where the queue can wait that long. The sweep finds every other. */
export async function enqueueAt(deps: WorkerDeps, delivery: Delivery, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - deps.clock.now()) / 1000));
  if (delaySeconds > MAX_DELAY_SECONDS) return;
  await deps.store.queues.enqueueDeliveries([{ ...deliveryJob(delivery), delaySeconds }]);
}

/** Enqueues a delivery for its next dispatch, or for the next look for a run whose dispatch has no answer. */
export async function enqueueNext(deps: WorkerDeps, delivery: Delivery): Promise<void> {
  const { dueFor, notBefore, dueAt } = delivery;
  const next = dueFor === "dispatch" ? notBefore : isUncertain(delivery) ? dueAt : null;
  if (next !== null) await enqueueAt(deps, delivery, Date.parse(next));
}

/**
 * Continues after a consumer's run has changed a delivery: enqueues a retry, and records that a confirm
 * proves the connection.
 */
export async function afterConsumerUpdate(
  deps: WorkerDeps,
  before: Delivery,
  after: Delivery,
): Promise<void> {
  if (after.dueFor === "dispatch" && after.notBefore !== null) {
    await enqueueAt(deps, after, Date.parse(after.notBefore));
  }
  if (after.durable !== null && before.confirmedAt === null && after.confirmedAt !== null) {
    await recordSuccess(deps, after, "confirmed");
  }
}
