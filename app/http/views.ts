import { z } from "@hono/zod-openapi";
import type { Repository } from "../domain/account.ts";
import type { Service, Subscription } from "../domain/catalog.ts";
import type { Delivery } from "../domain/delivery.ts";
import { RUN_FIELDS } from "../domain/run-fields.ts";
import { serviceInput } from "../domain/service-input.ts";
import { durableInput } from "../domain/subscription-input.ts";

/** What the API shows: never an item as it is stored, always a choice of it. */

export const page = {
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
};

export const repositorySchema = z
  .object({
    repositoryId: z.string(),
    fullName: z.string(),
    ownerId: z.string(),
    private: z.boolean(),
    provider: z.boolean(),
    consumer: z.boolean(),
    tracking: z.boolean(),
    managedBy: z.string().nullable().describe("The file that manages it; then it is read-only here"),
    webhook: z.object({ placedAt: z.string(), pingedAt: z.string().nullable() }).nullable(),
    webhookProblem: z.string().nullable().describe("Why the webhook is missing, and how that is mended"),
  })
  .openapi("Repository");

export const repositoryView = (one: Repository): z.infer<typeof repositorySchema> => ({
  repositoryId: one.repositoryId,
  fullName: one.fullName,
  ownerId: one.ownerId,
  private: one.private,
  provider: one.provider,
  consumer: one.consumer,
  tracking: one.tracking,
  managedBy: one.managedBy,
  webhook: one.hook && { placedAt: one.hook.placedAt, pingedAt: one.hook.pingedAt },
  webhookProblem: one.hookProblem,
});

export const serviceSchema = serviceInput
  .extend({
    serviceId: z.string(),
    repositoryId: z.string(),
    runFields: z.array(z.enum(RUN_FIELDS)).nullable(),
    preapprovedOwners: z.array(z.string()).describe("Owner ids"),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .openapi("Service");

/** A service as its provider sees it. */
export const serviceView = ({
  serviceId,
  repositoryId,
  slug,
  workflow,
  description,
  tags,
  alias,
  visibility,
  published,
  eventTypes,
  branches,
  conclusions,
  forks,
  runFields,
  preapprovedOwners,
  providerReplay,
  createdAt,
  updatedAt,
}: Service) => ({
  serviceId,
  repositoryId,
  slug,
  workflow,
  description,
  tags,
  alias,
  visibility,
  published,
  eventTypes,
  branches,
  conclusions,
  forks,
  runFields,
  preapprovedOwners,
  providerReplay,
  createdAt,
  updatedAt,
});

export const offerSchema = z
  .object({
    serviceId: z.string(),
    slug: z.string(),
    provider: z.string().describe("The owner's login, or the alias"),
    repository: z.string().nullable().describe("owner/name; null behind an alias"),
    verified: z.boolean(),
    description: z.string(),
    tags: z.array(z.string()),
    visibility: z.enum(["public", "organization", "private"]),
    eventTypes: z.array(z.string()),
  })
  .openapi("Offer");

/** A service as anybody who may find it sees it: behind an alias nothing names its provider. */
export const offerView = (
  service: Service,
  repository: Repository | null,
  verified: boolean,
): z.infer<typeof offerSchema> => ({
  serviceId: service.serviceId,
  slug: service.slug,
  provider: service.alias ?? repository?.fullName.split("/", 1)[0] ?? "",
  repository: service.alias === null ? (repository?.fullName ?? null) : null,
  verified: service.alias === null && verified,
  description: service.description,
  tags: service.tags,
  visibility: service.visibility,
  eventTypes: service.eventTypes,
});

export const subscriptionSchema = z
  .object({
    subscriptionId: z.string(),
    serviceId: z.string(),
    repositoryId: z.string(),
    repository: z.string().nullable(),
    workflow: z.string().nullable(),
    eventTypes: z.array(z.string()),
    status: z.enum(["requested", "approved", "denied", "revoked"]),
    durable: durableInput.nullable(),
    requestedAt: z.string(),
    requestedBy: z.string(),
    decidedAt: z.string().nullable(),
  })
  .openapi("Subscription");

export const subscriptionView = (
  one: Subscription,
  consumer: Repository | null,
): z.infer<typeof subscriptionSchema> => ({
  subscriptionId: one.subscriptionId,
  serviceId: one.serviceId,
  repositoryId: one.repositoryId,
  repository: consumer?.fullName ?? null,
  workflow: one.workflow,
  eventTypes: one.eventTypes,
  status: one.status,
  durable: one.durable,
  requestedAt: one.requestedAt,
  requestedBy: one.requestedBy,
  decidedAt: one.decidedAt,
});

export const deliverySchema = z
  .object({
    deliveryId: z.string(),
    correlationId: z.string(),
    eventType: z.string(),
    status: z.enum(["Pending", "Dispatched", "Confirmed", "Completed", "Failed"]),
    isFinalized: z.boolean(),
    durable: z.boolean(),
    subscriptionId: z.string(),
    service: z.object({ slug: z.string(), provider: z.string() }),
    consumerRepositoryId: z.string(),
    attempts: z.array(
      z.object({
        number: z.number(),
        startedAt: z.string(),
        endedAt: z.string().nullable(),
        outcome: z.string(),
        status: z.number().nullable(),
        possibleDuplicate: z.boolean(),
        reason: z.string().nullable(),
      }),
    ),
    failure: z.object({ stage: z.string(), kind: z.string(), reason: z.string().nullable() }).nullable(),
    owners: z
      .array(z.object({ workflow: z.string(), runId: z.string(), conclusion: z.string().nullable() }))
      .describe("The consumer's runs that took it on; the consumer's to see"),
    replayOf: z.string().nullable(),
    replayedBy: z.string().nullable(),
    createdAt: z.string(),
    dispatchedAt: z.string().nullable(),
    confirmedAt: z.string().nullable(),
    completedAt: z.string().nullable(),
    conclusion: z.string().nullable(),
  })
  .openapi("Delivery");

/** A delivery for one of its sides: what the consumer's runs are, and what went wrong there, is the consumer's alone. */
export function deliveryView(one: Delivery, asConsumer: boolean): z.infer<typeof deliverySchema> {
  const reason = (text: string | undefined): string | null => (asConsumer ? (text ?? null) : null);
  return {
    deliveryId: one.deliveryId,
    correlationId: one.correlationId,
    eventType: one.eventType,
    status: one.status,
    isFinalized: one.isFinalized,
    durable: one.durable !== null,
    subscriptionId: one.subscriptionId,
    service: { slug: one.source.slug, provider: one.source.provider },
    consumerRepositoryId: one.consumerRepositoryId,
    attempts: one.attempts.map((attempt) => ({
      number: attempt.number,
      startedAt: attempt.startedAt,
      endedAt: attempt.endedAt,
      outcome: attempt.outcome,
      status: attempt.status,
      possibleDuplicate: attempt.possibleDuplicate,
      reason: reason(attempt.failure?.reason),
    })),
    failure: one.failure && {
      stage: one.failure.stage,
      kind: one.failure.kind,
      reason: reason(one.failure.reason),
    },
    owners: asConsumer
      ? Object.values(one.owners).map(({ workflow, runId, conclusion }) => ({ workflow, runId, conclusion }))
      : [],
    replayOf: one.replayOf,
    replayedBy: one.replayedBy,
    createdAt: one.createdAt,
    dispatchedAt: one.dispatchedAt,
    confirmedAt: one.confirmedAt,
    completedAt: one.completedAt,
    conclusion: one.conclusion,
  };
}
