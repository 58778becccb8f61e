import type { WorkerDeps } from "../../deps.ts";
import { shieldRefusal } from "../../domain/delivery/connection-state.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Asker } from "../../domain/records/replay-job.ts";
import type { Service } from "../../domain/records/service.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { replayOf } from "../../domain/replay/replay.ts";
import { deliveryJob } from "../../store/queues.ts";
import { updateDelivery } from "../delivery/update-delivery.ts";

/**
 * Refuses a replay to whoever may not ask for it: the consumer's maintainers may, and the provider's where
 * the service allows it. The consumer's owner must not have switched replays off.
 *
 * @throws Refusal forbidden, with what would change that
 */
export async function checkMayReplay(
  deps: WorkerDeps,
  of: Pick<Delivery, "consumerOwnerId">,
  service: Service | null,
  { changesConsumer, changesProvider }: Asker,
): Promise<void> {
  const account = await deps.store.accounts.getAccount(of.consumerOwnerId);
  if (account?.replay === false) {
    throw new Refusal(
      "forbidden",
      `Replays are switched off for ${account.login}; an administrator can switch them on under the owner's settings.`,
    );
  }
  if (changesConsumer || (changesProvider && service?.providerReplay)) return;
  throw new Refusal(
    "forbidden",
    changesProvider
      ? "The consumer replays; a provider may only where its service says so (providerReplay)."
      : "Replaying needs the maintain or admin role on the consumer's repository.",
  );
}

/** The subscription that a replay goes by, which must still stand. */
async function standingSubscription(deps: WorkerDeps, original: Delivery): Promise<Subscription> {
  const { catalog, accounts } = deps.store;
  const [subscription, repository] = await Promise.all([
    catalog.getSubscription({ ...original, serviceId: original.source.serviceId }),
    accounts.getRepository(original.consumerRepositoryId),
  ]);
  if (subscription?.status !== "approved") {
    throw new Refusal(
      "conflict",
      `The subscription is ${subscription?.status ?? "removed"}: without its provider's approval nothing is sent again.`,
    );
  }
  if (!repository?.reachable || !repository.consumer) {
    throw new Refusal(
      "conflict",
      "The consumer's repository is not enabled, or the App is not installed on it any more.",
    );
  }
  return subscription;
}

/**
 * Makes a new delivery to the same consumer of an ended one's archived payload. The original is marked with it and
 * otherwise stays as it is. The same `deliveryId` again makes nothing new, and returns what was made.
 *
 * @throws Refusal conflict where the delivery has not ended or its subscription does not stand, gone where the
 * payload has left the archive
 */
export async function replay(deps: WorkerDeps, original: Delivery, deliveryId: string): Promise<Delivery> {
  const subscription = await requireReplayable(deps, original);
  const made = replayOf(original, { deliveryId, subscription, now: deps.clock.now() });
  const standing = await addOnce(deps, made);
  await updateDelivery(deps, original, (current) =>
    current.replayedBy === deliveryId ? current : { ...current, replayedBy: deliveryId },
  );
  await recordReplay(deps, original, standing);
  return standing;
}

/**
 * Does the same where no other replay was made of the delivery. Returns whether this one is its replay. The mark comes
 * first: of two that begin at once one finds the other's. The same `deliveryId` again goes on behind its own.
 *
 * @throws Refusal as {@link replay} does
 */
export async function replayOnce(deps: WorkerDeps, original: Delivery, deliveryId: string): Promise<boolean> {
  const subscription = await requireReplayable(deps, original);
  const { replayedBy } = await updateDelivery(deps, original, (current) =>
    current.replayedBy === null ? { ...current, replayedBy: deliveryId } : current,
  );
  if (replayedBy !== deliveryId) return false;
  const made = replayOf(original, { deliveryId, subscription, now: deps.clock.now() });
  await recordReplay(deps, original, await addOnce(deps, made));
  return true;
}

/** Stores a replay, and returns it; where it was made before, as it is by now. */
async function addOnce(deps: WorkerDeps, made: Delivery): Promise<Delivery> {
  const { deliveries } = deps.store;
  if (await deliveries.add(made)) return made;
  return (await deliveries.get(made.deliveryId)) ?? made;
}

async function requireReplayable(deps: WorkerDeps, original: Delivery): Promise<Subscription> {
  if (!original.isFinalized) {
    throw new Refusal("conflict", "This delivery has not ended yet. Replay it once it has.");
  }
  const unreadable = shieldRefusal(original);
  if (unreadable) throw new Refusal("conflict", unreadable.reason);
  const subscription = await standingSubscription(deps, original);
  if (!(await deps.store.archive.findPayload(original.archiveKey))) {
    throw new Refusal("gone", "The payload is not archived any more: its 90 days are over.");
  }
  return subscription;
}

/** Counts a replay, enqueues it and says so. */
async function recordReplay(deps: WorkerDeps, original: Delivery, made: Delivery): Promise<void> {
  const { deliveryId, consumerOwnerId } = made;
  await deps.store.meters.record([
    {
      scope: `owner#${consumerOwnerId}`,
      factId: `${deliveryId}#replay`,
      at: made.createdAt,
      counts: { replays: 1 },
    },
  ]);
  // Last: should this be lost, the sweep finds the delivery due.
  await deps.store.queues.enqueueDeliveries([deliveryJob(made)]);
  const { correlationId } = original;
  deps.log.info(
    { event: "delivery.replayed", correlationId, deliveryId, replayOf: original.deliveryId },
    "Delivery replayed",
  );
}
