import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { serviceName as nameOf } from "../../domain/catalog/service-name.ts";
import { durableInput, subscriptionInput } from "../../domain/catalog/subscription-input.ts";
import { formatOf, startOf, startsWorkflow } from "../../domain/delivery/start.ts";
import { trustOf } from "../../domain/installations/trust.ts";
import type { Account } from "../../domain/records/account.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import {
  eventType,
  fullName,
  isAlias,
  moment,
  provider,
  repositoryId,
  serviceId,
  serviceName,
  slug,
  subscriptionId,
  trust,
  workflowPath,
} from "./common.ts";
import { accountsOf } from "./repository.ts";

export const subscriptionStatus = z
  .enum(["requested", "approved", "denied", "revoked"])
  .describe("What the provider said");

export const subscriptionSchema = z
  .object({
    subscriptionId,
    serviceId,
    service: z
      .object({
        name: serviceName,
        slug,
        provider,
        alias: isAlias,
        repository: fullName.nullable().describe("The provider's repository; null behind an alias"),
        workflow: workflowPath
          .nullable()
          .describe("The workflow whose runs it announces; null behind an alias"),
      })
      .nullable()
      .describe("What it subscribes to; null where the service was removed"),
    repositoryId,
    repository: fullName.nullable().describe("The consumer's repository"),
    trust: trust.nullable().describe("How much GitHub vouches for the consumer's owner"),
    workflow: workflowPath.nullable().describe("The consumer's workflow whose result counts"),
    eventTypes: z.array(eventType).describe("Event types wanted; none means every type"),
    filter: z.string().nullable().meta({
      description: "Which of these are wanted, in CEL; null: all",
      example: "message.severity == 'high'",
    }),
    status: subscriptionStatus,
    start: subscriptionInput.shape.start.unwrap().describe("The event that starts the consumer's runs"),
    ref: z
      .string()
      .nullable()
      .meta({ description: "The branch or tag that it runs; null: the default branch", example: null }),
    format: subscriptionInput.shape.format.unwrap().describe("The form of events"),
    runsKnownBy: z
      .enum(["run-id", "inference"])
      .describe(
        "How a delivery's run is known: GitHub names it, or it is inferred, since GitHub names none for repository_dispatch, nor do Enterprise Servers up to 3.19",
      ),
    durable: durableInput.nullable().describe("Durable delivery; null: one attempt, not tracked"),
    requestedAt: moment("When it was requested"),
    requestedBy: z.string().meta({ description: "Who asked for it", example: "octocat" }),
    decidedAt: moment("When the provider answered").nullable(),
  })
  .describe("A repository's subscription to a service, or its request for one")
  .openapi("Subscription");

/** A subscription, for either of its sides: behind an alias nothing names the provider. */
export const subscriptionView = (
  one: Subscription,
  {
    consumer,
    consumerOwner,
    service,
    owner,
  }: {
    consumer: Repository | null;
    consumerOwner: Account | null;
    service: Service | null;
    owner: Repository | null;
  },
): z.infer<typeof subscriptionSchema> => ({
  subscriptionId: one.subscriptionId,
  serviceId: one.serviceId,
  service: service && {
    name: nameOf(service, owner),
    slug: service.slug,
    provider: service.alias ?? owner?.fullName.split("/", 1)[0] ?? "",
    alias: service.alias !== null,
    repository: service.alias === null ? (owner?.fullName ?? null) : null,
    workflow: service.alias === null ? service.workflow : null,
  },
  repositoryId: one.repositoryId,
  repository: consumer?.fullName ?? null,
  trust: consumerOwner && trustOf(consumerOwner),
  workflow: one.workflow,
  eventTypes: one.eventTypes,
  filter: one.filter ?? null,
  status: one.status,
  start: startOf(one),
  ref: one.ref ?? null,
  format: formatOf(one),
  runsKnownBy: startsWorkflow(one) && !one.unnamedRuns ? "run-id" : "inference",
  durable: one.durable,
  requestedAt: one.requestedAt,
  requestedBy: one.requestedBy,
  decidedAt: one.decidedAt,
});

/** Views of many subscriptions, with what they name looked up once. */
export async function subscriptionViews(
  deps: ApiDeps,
  all: readonly Subscription[],
): Promise<z.infer<typeof subscriptionSchema>[]> {
  const { accounts, catalog } = deps.store;
  const keys = new Map(all.map((one) => [one.serviceId, one.providerRepositoryId]));
  const [repositories, services] = await Promise.all([
    accounts.getRepositories(all.flatMap((one) => [one.repositoryId, one.providerRepositoryId])),
    Promise.all(
      [...keys].map(([id, repository]) => catalog.getService({ serviceId: id, repositoryId: repository })),
    ),
  ]);
  const repositoryById = new Map(repositories.map((one) => [one.repositoryId, one]));
  const owners = await accountsOf(
    deps,
    all.flatMap(({ repositoryId }) => repositoryById.get(repositoryId) ?? []),
  );
  const serviceById = new Map(services.flatMap((one) => (one ? [[one.serviceId, one] as const] : [])));
  return all.map((one) =>
    subscriptionView(one, {
      consumer: repositoryById.get(one.repositoryId) ?? null,
      consumerOwner: owners.get(one.ownerId) ?? null,
      service: serviceById.get(one.serviceId) ?? null,
      owner: repositoryById.get(one.providerRepositoryId) ?? null,
    }),
  );
}
