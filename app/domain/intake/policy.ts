import { matchesBranch } from "../catalog/branch-pattern.ts";
import { startFields } from "../delivery/start.ts";
import { MAX_HOPS } from "../limits.ts";
import type { Trace, WorkflowEvent } from "../records/event.ts";
import type { Repository } from "../records/repository.ts";
import type { BlockReason, Plan, ServicePlan } from "../records/routing-plan.ts";
import type { Service } from "../records/service.ts";
import type { Subscription } from "../records/subscription.ts";
import type { WhitelistedWorkflow } from "../records/whitelisted-workflow.ts";
import { isDynamic, isForkRun, workflowPath } from "./event.ts";
import { runFieldsOf } from "./run-fields.ts";

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
