import { z } from "@hono/zod-openapi";
import { serviceInput } from "../../domain/catalog/service-input.ts";
import { serviceName as nameOf } from "../../domain/catalog/service-name.ts";
import { trustOf } from "../../domain/installations/trust.ts";
import { RUN_FIELDS } from "../../domain/intake/event.ts";
import type { Account } from "../../domain/records/account.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
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
  trust,
} from "./common.ts";

export const serviceSchema = serviceInput
  .extend({
    serviceId,
    repositoryId,
    runFields: z
      .array(z.enum(RUN_FIELDS))
      .nullable()
      .describe("Fields of workflow_run that travel; null leaves it to what names nobody"),
    preapprovedOwners: z.array(z.string()).meta({
      description: "Ids of the owners whose requests are approved at once",
      example: ["9919"],
    }),
    createdAt: moment("When it was offered"),
    updatedAt: moment("When it was last changed"),
  })
  .describe("A service as its provider sees it")
  .openapi("Service");

/** A service as its provider sees it. */
export const serviceView = (one: Service): z.infer<typeof serviceSchema> => ({
  serviceId: one.serviceId,
  repositoryId: one.repositoryId,
  slug: one.slug,
  workflow: one.workflow,
  description: one.description,
  tags: one.tags,
  alias: one.alias,
  visibility: one.visibility,
  published: one.published,
  eventTypes: one.eventTypes,
  types: one.types ?? [],
  branches: one.branches,
  conclusions: one.conclusions as z.infer<typeof serviceSchema>["conclusions"],
  forks: one.forks,
  runFields: one.runFields as z.infer<typeof serviceSchema>["runFields"],
  preapprovedOwners: one.preapprovedOwners,
  providerReplay: one.providerReplay,
  secrets: one.secrets ?? "refuse",
  shield: one.shield ?? "optional",
  createdAt: one.createdAt,
  updatedAt: one.updatedAt,
});

export const offerSchema = z
  .object({
    serviceId,
    name: serviceName,
    slug,
    provider,
    alias: isAlias,
    repository: fullName.nullable().describe("The provider's repository; null behind an alias"),
    verified: z.boolean().describe("Whether GitHub has verified the provider; never behind an alias"),
    trust: trust.nullable().describe("How much GitHub vouches for the provider; null behind an alias"),
    description: z.string().meta({ description: "What it offers", example: "Every release, with its notes" }),
    tags: z.array(z.string()).meta({ description: "Words to find it by", example: ["release"] }),
    visibility: z.enum(["public", "organization", "private"]).describe("Who finds it"),
    eventTypes: z.array(eventType).describe("Event types that may leave; none means every type"),
    types: serviceInput.shape.types.unwrap().describe("Event types that it declares, and what they hold"),
    shield: serviceInput.shape.shield
      .unwrap()
      .describe("Whether its messages are encrypted, so that who subscribes has to register a key"),
  })
  .describe("A service as those who may subscribe to it see it")
  .openapi("Offer");

/** A service as anybody who may find it sees it: behind an alias nothing names its provider. */
export const offerView = (
  service: Service,
  repository: Repository | null,
  owner: Account | null,
): z.infer<typeof offerSchema> => ({
  serviceId: service.serviceId,
  name: nameOf(service, repository),
  slug: service.slug,
  provider: service.alias ?? repository?.fullName.split("/", 1)[0] ?? "",
  alias: service.alias !== null,
  repository: service.alias === null ? (repository?.fullName ?? null) : null,
  verified: service.alias === null && (owner?.verified ?? false),
  trust: service.alias === null && owner ? trustOf(owner) : null,
  description: service.description,
  tags: service.tags,
  visibility: service.visibility,
  eventTypes: service.eventTypes,
  types: service.types ?? [],
  shield: service.shield ?? "optional",
});
