import type { WorkerDeps } from "../../deps.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { RunIdentity } from "../../github/oidc.ts";
import { findDelivery } from "./find-delivery.ts";

/** A message, whole: its exact JSON and what to check it by. */
export interface Payload {
  body: string;
  sha256: string;
  size: number;
  /** True where it is encrypted. */
  shielded: boolean;
}

/**
 * Redeems a delivery's `payloadRef`: hands the message to a run of the consumer it was dispatched to.
 *
 * @throws Refusal forbidden where the subscription is not approved any more, gone where the message has
 * left the archive, not-found where there never was one
 */
export async function readPayload(
  deps: WorkerDeps,
  identity: RunIdentity,
  deliveryId: string,
): Promise<Payload> {
  const delivery = await findDelivery(deps, identity, { deliveryId, correlationId: null });
  return await payloadForConsumer(deps, delivery);
}

/**
 * Returns a delivery's message to its consumer.
 *
 * @throws Refusal as {@link readPayload} does
 */
export async function payloadForConsumer(deps: WorkerDeps, delivery: Delivery): Promise<Payload> {
  await requireApproved(deps, delivery);
  return await payloadForProvider(deps, delivery);
}

/** Returns whether a delivery's subscription is approved now: once it is revoked, no payload leaves any more. */
export async function isApproved(deps: WorkerDeps, delivery: Delivery): Promise<boolean> {
  const { serviceId } = delivery.source;
  const subscription = await deps.store.catalog.getSubscription({ ...delivery, serviceId });
  return subscription?.status === "approved";
}

/**
 * Refuses a delivery's payload to a consumer whose subscription is not approved.
 *
 * @throws Refusal forbidden
 */
export async function requireApproved(deps: WorkerDeps, delivery: Delivery): Promise<void> {
  if (!(await isApproved(deps, delivery))) {
    throw new Refusal(
      "forbidden",
      "The subscription is not approved any more, so its payloads are not shown.",
    );
  }
}

/**
 * A delivery's message, for its provider.
 *
 * @throws Refusal gone where it has left the archive, not-found where there never was one
 */
export async function payloadForProvider(deps: WorkerDeps, delivery: Delivery): Promise<Payload> {
  const joint = await deps.store.archive.findPayload(delivery.archiveKey);
  if (!joint) throw new Refusal("gone", "The message is not archived any more: its 90 days are over.");
  if (joint.body === null || joint.sha256 === null) {
    throw new Refusal("not-found", "This delivery has no message; it announces the run alone.");
  }
  return {
    body: joint.body,
    sha256: joint.sha256,
    size: joint.size,
    shielded: delivery.shield !== undefined,
  };
}
