import type { WorkerDeps } from "../../deps.ts";
import { startOf } from "../../domain/delivery/start.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { getRepository } from "../../github/installations.ts";
import type { RunIdentity } from "../../github/oidc.ts";
import { outageOf } from "../../github/outage.ts";
import { markDurableWork } from "./durable-work.ts";
import { requireOwnRun } from "./require-own-run.ts";

const unknown = (): Refusal => new Refusal("not-found", "No such delivery went to this repository.");

const startedOtherwise = (eventName: string, delivery: Delivery): Refusal =>
  new Refusal(
    "forbidden",
    `This run was started by ${eventName}, and the delivery was sent by ${startOf(delivery)}: it is another run's.`,
  );

/** The ids by which a step names a delivery. */
interface NamedDelivery {
  correlationId: string | null;
  deliveryId: string | null;
}

/**
 * Finds the delivery that a consumer's step speaks of, by its id, or by the provider run's id where that leaves one.
 * Only a run of the consumer's own repository may speak of it. A `repository_dispatch` started it on the default
 * branch of that moment, or GitHub named it when it answered a `workflow_dispatch`. To anyone else the delivery does
 * not exist.
 *
 * @throws Refusal forbidden for another trigger or branch, not-found for what is unknown or somebody else's, conflict
 * naming the candidates where several share the correlation id
 */
export async function findDelivery(
  deps: WorkerDeps,
  identity: RunIdentity,
  named: NamedDelivery,
): Promise<Delivery> {
  return (await findWithRepository(deps, identity, named)).delivery;
}

/**
 * Demands that a run is on its repository's default branch. Where it is not on the one that is known, GitHub is
 * asked. The webhook that tells of another one may be lost, or still on its way.
 */
async function requireDefaultBranch(
  deps: WorkerDeps,
  { ref }: RunIdentity,
  { repositoryId, ownerId, installationId, defaultBranch }: Repository,
): Promise<void> {
  const isOn = (branch: string): boolean => ref === `refs/heads/${branch}`;
  if (isOn(defaultBranch)) return;
  let now = defaultBranch;
  if (installationId !== null) {
    try {
      const installation = { installationId, ownerId };
      now = (await getRepository(deps.github, installation, repositoryId))?.defaultBranch ?? defaultBranch;
    } catch (error) {
      // Where GitHub cannot be asked, the step asks again.
      const outage = outageOf(error);
      if (outage) throw outage;
    }
  }
  if (now !== defaultBranch)
    await deps.store.jobs.enqueue([{ kind: "repository", repositoryId, ownerId, deleted: false }]);
  if (isOn(now)) return;
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  const refused = `This run is on ${branch ?? ref}, and only one on the default branch, ${now}, may do this.`;
  const remedy =
    " Where that was the default branch before, replay the delivery: a run that is started again keeps its branch.";
  throw new Refusal("forbidden", branch === undefined ? refused : `${refused}${remedy}`);
}

/**
 * Returns whether a run is known to be a delivery's. It was on the default branch when GitHub started it. It may go on
 * where another branch is that now, as it may when it is started again: GitHub then keeps its branch and commit.
 * https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
 */
const owns = ({ repositoryId, runId }: RunIdentity, delivery: Delivery | null): boolean =>
  delivery?.consumerRepositoryId === repositoryId &&
  Object.values(delivery.owners).some((owner) => owner.runId === runId);

/** Finds a delivery as {@link findDelivery} does, with its consumer's repository. */
export async function findWithRepository(
  deps: WorkerDeps,
  identity: RunIdentity,
  named: NamedDelivery,
): Promise<{ delivery: Delivery; repository: Repository }> {
  const { eventName } = identity;
  if (eventName !== "repository_dispatch" && eventName !== "workflow_dispatch") {
    throw new Refusal(
      "forbidden",
      `Only a run that repository_dispatch or workflow_dispatch started may do this; this one was started by ${eventName}.`,
    );
  }
  const [repository, asked] = await Promise.all([
    deps.store.accounts.getRepository(identity.repositoryId),
    named.deliveryId === null ? null : deps.store.deliveries.get(named.deliveryId),
  ]);
  if (!repository) throw unknown();
  // The run that GitHub named is the right one on whatever branch the subscription chose.
  if (eventName === "repository_dispatch" && !owns(identity, asked))
    await requireDefaultBranch(deps, identity, repository);
  if (named.deliveryId !== null) {
    const delivery = asked;
    if (delivery?.consumerRepositoryId !== identity.repositoryId) throw unknown();
    if (named.correlationId !== null && delivery.correlationId !== named.correlationId) {
      throw new Refusal("conflict", `Delivery ${delivery.deliveryId} has another correlation id.`);
    }
    if (startOf(delivery) !== eventName) throw startedOtherwise(eventName, delivery);
    if (eventName === "workflow_dispatch") await requireOwnRun(deps, identity, [delivery]);
    markDurableWork(delivery);
    return { delivery, repository };
  }
  if (named.correlationId === null)
    throw new Refusal("invalid", "Name the delivery by deliveryId or correlationId.");
  const correlated = await deps.store.deliveries.correlated(named.correlationId, identity.repositoryId);
  const started = correlated.filter((one) => startOf(one) === eventName);
  const candidates =
    eventName === "workflow_dispatch" && started.length > 0
      ? await requireOwnRun(deps, identity, started)
      : started;
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
  return { delivery: only, repository };
}
