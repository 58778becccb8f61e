import { matchesBranch } from "../catalog/branch-pattern.ts";
import { iso, MINUTE } from "../clock.ts";
import { newHistory } from "../delivery/new-history.ts";
import { startFields } from "../delivery/start.ts";
import { deliveryIdOf } from "../ids.ts";
import { MAX_HOPS } from "../limits.ts";
import type { Delivery } from "../records/delivery.ts";
import type { Trace, WorkflowEvent } from "../records/event.ts";
import type { Repository } from "../records/repository.ts";
import type { BlockReason, Plan, ServicePlan } from "../records/routing-plan.ts";
import type { Service } from "../records/service.ts";
import type { Subscription } from "../records/subscription.ts";
import type { WhitelistedWorkflow } from "../records/whitelisted-workflow.ts";
import { type EventPart, isDynamic, isForkRun, runFieldsOf, workflowPath } from "./event.ts";

/*
 * To whom an event goes: the plan that the policy decides once, and the deliveries that the plan asks for.
 */

/** The time that a new delivery's queue message may take before the sweep enqueues it again. */
const QUEUE_TIME = 2 * MINUTE;

export interface PolicyInput {
  event: WorkflowEvent;
  repository: Repository | null;
  workflows: readonly WhitelistedWorkflow[];
  services: readonly Service[];
  subscriptions: readonly Subscription[];
  trace: Trace;
  breakerOpen: boolean;
  decidedAt: string;
}

function serviceBlock(service: Service, event: WorkflowEvent): BlockReason | null {
  if (isForkRun(event) && !service.forks) return "fork";
  // Whoever forks a repository names the branches of the fork, so such a name proves nothing here.
  const branch = event.headRepositoryId === event.repositoryId ? event.run.head_branch : null;
  const isNamed = branch !== null && matchesBranch(branch, service.branches);
  if (service.branches.length > 0 && !isNamed) return "branch";
  if (service.conclusions.length > 0 && !service.conclusions.includes(event.run.conclusion ?? "")) {
    return "conclusion";
  }
  return null;
}

/** Returns whether a type passes a filter; an empty filter lets everything through. */
export const letsThrough = (filter: readonly string[], eventType: string): boolean =>
  filter.length === 0 || filter.includes(eventType);

/**
 * Decides which subscriptions an event may go to. Called once per event; the answer is stored with
 * it. What type each message has is asked later, by {@link letsThrough}, as messages may still come.
 */
export function decide(input: PolicyInput): Plan {
  const { event, repository, trace, decidedAt } = input;
  const blocked = (reason: BlockReason): Plan => ({ decidedAt, blocked: reason, trace, services: [] });
  if (!repository?.provider || !repository.reachable) return blocked("not-enabled");
  const path = workflowPath(event.run.path);
  if (isDynamic(path)) return blocked("github-workflow");
  if (!input.workflows.some((workflow) => workflow.path === path)) return blocked("not-whitelisted");
  if (trace.hops >= MAX_HOPS) return blocked("hop-limit");
  if (input.breakerOpen) return blocked("breaker");
  const offered = input.services.filter((service) => service.workflow === path && service.published);
  if (offered.length === 0) return blocked("no-service");
  // No run stands behind a test, so that filters on runs say nothing of it.
  const open = offered.filter((service) => event.test || serviceBlock(service, event) === null);
  if (open.length === 0) return blocked(serviceBlock(offered[0] as Service, event) as BlockReason);
  const services = open.map(
    (service): ServicePlan => ({
      source: {
        serviceId: service.serviceId,
        slug: service.slug,
        provider: service.alias ?? (repository.fullName.split("/", 1)[0] as string),
        repo: service.alias ?? repository.fullName,
        runFields: runFieldsOf(service, repository),
      },
      eventTypes: service.eventTypes,
      ...(service.shield === "required" ? { shield: service.shield } : {}),
      recipients: input.subscriptions
        .filter(({ serviceId, status }) => serviceId === service.serviceId && status === "approved")
        .filter(({ subscriptionId }) => !event.test || event.test.subscriptionId === subscriptionId)
        .map((subscription) => ({
          subscriptionId: subscription.subscriptionId,
          consumerRepositoryId: subscription.repositoryId,
          consumerOwnerId: subscription.ownerId,
          workflow: subscription.workflow,
          eventTypes: subscription.eventTypes,
          // A test is to arrive, whatever its message.
          ...(subscription.filter && !event.test ? { filter: subscription.filter } : {}),
          durable: subscription.durable,
          ...startFields(subscription),
        })),
    }),
  );
  if (services.every(({ recipients }) => recipients.length === 0)) return blocked("no-consumer");
  return { decidedAt, blocked: null, trace, services };
}

/** Where the joined payload of an event and a message is archived: one object for all its deliveries. */
export const archiveKeyOf = (event: WorkflowEvent, { message }: EventPart): string =>
  `events/${event.repositoryId}/${event.runId}/${event.eventId}/${message?.messageId ?? "event"}.json`;

/** Says of a delivery whether its message is encrypted, and to its consumer. */
function shieldOf({ message }: EventPart, consumerRepositoryId: string): Pick<Delivery, "shield"> {
  if (!message?.shieldedFor) return {};
  return { shield: message.shieldedFor.includes(consumerRepositoryId) ? "recipient" : "late" };
}

/** Every delivery that a plan asks for of what was joined; pure, so that asking again gives the same. */
export function deliveriesOf(
  event: WorkflowEvent & { ownerId: string },
  plan: Plan,
  joined: readonly EventPart[],
  now: number,
): Delivery[] {
  const deliveries: Delivery[] = [];
  for (const one of joined) {
    for (const service of plan.services) {
      if (!letsThrough(service.eventTypes, one.eventType)) continue;
      for (const recipient of service.recipients) {
        if (!letsThrough(recipient.eventTypes, one.eventType)) continue;
        deliveries.push({
          deliveryId: deliveryIdOf(event.eventId, one.message?.messageId ?? null, recipient.subscriptionId),
          eventId: event.eventId,
          messageId: one.message?.messageId ?? null,
          isTest: event.test !== undefined,
          subscriptionId: recipient.subscriptionId,
          correlationId: event.runId,
          eventType: one.eventType,
          providerRepositoryId: event.repositoryId,
          providerOwnerId: event.ownerId,
          consumerRepositoryId: recipient.consumerRepositoryId,
          consumerOwnerId: recipient.consumerOwnerId,
          workflow: recipient.workflow,
          source: service.source,
          messageAttempt: one.message?.runAttempt ?? null,
          ...shieldOf(one, recipient.consumerRepositoryId),
          archiveKey: archiveKeyOf(event, one),
          trace: plan.trace,
          durable: recipient.durable,
          ...startFields(recipient),
          ...newHistory(now),
          replayOf: null,
          runEndedAt: event.run.updated_at,
          dueFor: "dispatch",
          notBefore: null,
          slotAt: null,
          parkedAt: null,
          dueAt: iso(now + QUEUE_TIME),
        });
      }
    }
  }
  return deliveries;
}
