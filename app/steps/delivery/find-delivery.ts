import type { WorkerDeps } from "../../deps.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { RunIdentity } from "../../github/oidc.ts";
import { markDurableWork } from "./durable-work.ts";

const unknown = (): Refusal => new Refusal("not-found", "No such delivery went to this repository.");

/**
 * Finds the delivery that a consumer's step speaks of, by its id, or by the provider run's id where that leaves one.
 * Only a run that a dispatch started on the default branch of the consumer's own repository may speak of it. To
 * anyone else it does not exist.
 *
 * @throws Refusal forbidden for another trigger or branch, not-found for what is unknown or somebody else's, conflict
 * naming the candidates where several share the correlation id
 */
export async function findDelivery(
  deps: WorkerDeps,
  identity: RunIdentity,
  named: { correlationId: string | null; deliveryId: string | null },
): Promise<Delivery> {
  if (identity.eventName !== "repository_dispatch") {
    throw new Refusal(
      "forbidden",
      `Only a run that repository_dispatch started may do this; this one was started by ${identity.eventName}.`,
    );
  }
  const repository = await deps.store.accounts.getRepository(identity.repositoryId);
  if (!repository) throw unknown();
  if (identity.ref !== `refs/heads/${repository.defaultBranch}`) {
    throw new Refusal(
      "forbidden",
      `Only a run on the default branch, ${repository.defaultBranch}, may do this.`,
    );
  }
  if (named.deliveryId !== null) {
    const delivery = await deps.store.deliveries.get(named.deliveryId);
    if (delivery?.consumerRepositoryId !== identity.repositoryId) throw unknown();
    if (named.correlationId !== null && delivery.correlationId !== named.correlationId) {
      throw new Refusal("conflict", `Delivery ${delivery.deliveryId} has another correlation id.`);
    }
    markDurableWork(delivery);
    return delivery;
  }
  if (named.correlationId === null)
    throw new Refusal("invalid", "Name the delivery by deliveryId or correlationId.");
  const candidates = await deps.store.deliveries.correlated(named.correlationId, identity.repositoryId);
  const [only, ...others] = candidates;
  if (!only) throw unknown();
  if (others.length > 0) {
    const ids = candidates.map(({ deliveryId }) => deliveryId).sort();
    throw new Refusal(
      "conflict",
      `Several deliveries share this correlation id; name one as deliveryId: ${ids.join(", ")}.`,
    );
  }
  markDurableWork(only);
  return only;
}
