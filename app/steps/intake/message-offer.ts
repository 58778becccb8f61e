import type { WorkerDeps } from "../../deps.ts";
import { letsThrough } from "../../domain/intake/policy.ts";
import { MAX_EVENT_TYPE_CHARACTERS, WORKFLOW_COMPLETED } from "../../domain/limits.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type RunIdentity, workflowOf } from "../../github/oidc.ts";

/** The services that would send a message as things stand, or why none would. */
export interface MessageOffer {
  offered: Service[];
  blocked: string | null;
}

/**
 * Returns the provider that a step's run belongs to.
 *
 * @throws Refusal forbidden where the repository is not enabled
 */
export async function requireProvider(
  deps: WorkerDeps,
  { repositoryId, repository: fullName }: RunIdentity,
): Promise<Repository> {
  const repository = await deps.store.accounts.getRepository(repositoryId);
  if (repository?.provider && repository.reachable) return repository;
  throw new Refusal(
    "forbidden",
    `${fullName} is not enabled as a provider. Somebody who maintains it can enable it in Zekt.`,
  );
}

/**
 * Checks that a message may have an event type.
 *
 * @throws Refusal invalid where it may not
 */
export function checkEventType(eventType: string): void {
  const refuse = (detail: string) => {
    throw new Refusal("invalid", detail, { errors: [{ pointer: "/eventType", detail }] });
  };
  if (eventType === WORKFLOW_COMPLETED) {
    refuse(`${WORKFLOW_COMPLETED} is reserved: it announces runs that finished. Choose another event type.`);
  }
  if (eventType.length === 0 || [...eventType].length > MAX_EVENT_TYPE_CHARACTERS) {
    refuse(`An event type has 1 to ${MAX_EVENT_TYPE_CHARACTERS} characters.`);
  }
}

/** Returns the services by which a message of a run would leave as things stand. */
export async function messageOffer(
  deps: WorkerDeps,
  identity: RunIdentity,
  eventType: string,
): Promise<MessageOffer> {
  const none = (blocked: string): MessageOffer => ({ offered: [], blocked });
  const { workflows, services } = await deps.store.catalog.offerOf(identity.repositoryId);
  const path = workflowOf(identity);
  if (!workflows.some((workflow) => workflow.path === path)) {
    return none(`${path} is not whitelisted. Whitelist it in Zekt so that its runs may leave.`);
  }
  const published = services.filter((service) => service.published && service.workflow === path);
  if (published.length === 0) {
    return none(`no published service offers ${path}. Publish one in Zekt.`);
  }
  const offered = published.filter((service) => letsThrough(service.eventTypes, eventType));
  if (offered.length === 0) {
    return none(`no service of ${path} allows the event type ${eventType}. Add it to its event types.`);
  }
  return { offered, blocked: null };
}

/** Lists the approved subscriptions to services that want an event type. */
export async function wantingSubscriptions(
  deps: WorkerDeps,
  { offered }: Pick<MessageOffer, "offered">,
  eventType: string,
): Promise<Subscription[]> {
  const subscriptions = await Promise.all(
    offered.map(({ serviceId }) => deps.store.catalog.subscriptionsTo(serviceId)),
  );
  return subscriptions
    .flat()
    .filter((one) => one.status === "approved" && letsThrough(one.eventTypes, eventType));
}
