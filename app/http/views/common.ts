import { z } from "@hono/zod-openapi";
import { eventTypeSchema } from "../../domain/catalog/event-type-schema.ts";
import { workflowPathSchema } from "../../domain/catalog/service-input.ts";
import { iso } from "../../domain/clock.ts";
import { TRUST } from "../../domain/installations/trust.ts";

/** The API shows a choice of what is stored, never an item as it is. What several views say alike is here. */

export const moment = (description: string) =>
  z.string().meta({ description, format: "date-time", example: "2026-01-31T09:30:00.000Z" });

/** The years that ISO 8601 writes with four digits, so that moments sort as text. */
const FIRST = Date.parse("0000-01-01T00:00:00.000Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

/** A moment that a query or a body may give, in any zone; it is read as ISO 8601 in UTC. */
export const wantedMoment = z.iso
  .datetime({ offset: true })
  .transform((text) => iso(Math.min(LAST, Math.max(FIRST, Date.parse(text)))))
  .optional();

export const repositoryId = z
  .string()
  .meta({ description: "GitHub's id of the repository", example: "562848223" });
export const ownerId = z.string().meta({ description: "GitHub's id of the owner", example: "9919" });
export const fullName = z.string().meta({ description: "owner/name", example: "acme/releases" });
export const serviceId = z
  .string()
  .meta({ description: "The service's id", example: "service-2f9e1b0c-6f1c-5f0e-8a55-1f8a5f4f6f10" });
export const subscriptionId = z.string().meta({
  description: "The subscription's id",
  example: "subscription-0b8f3a57-8f43-5c4e-9b1d-6c1b2f6f1f11",
});
export const deliveryId = z
  .string()
  .meta({ description: "The delivery's id", example: "delivery-7d0c2a8e-52f7-5f0a-9a0e-3a1d7c0b9c12" });
export const correlationId = z
  .string()
  .meta({ description: "The provider run's id", example: "21543087111" });
export const eventType = eventTypeSchema.describe("The event type");
export const workflowPath = workflowPathSchema;
export const provider = z
  .string()
  .meta({ description: "The provider's login, or the service's alias", example: "acme" });
export const isAlias = z.boolean().meta({
  description: "Whether the provider is shown by an alias: a name of its own choice that nobody has checked",
  example: false,
});
export const serviceName = z.string().meta({
  description:
    "The service's one name, as requests and zekt.yml take it: owner/repository/slug, or alias/slug",
  example: "acme/libraries/releases",
});
export const slug = z.string().meta({ description: "The service's name in addresses", example: "releases" });
export const trust = z.enum(TRUST).meta({
  description: "A person's account, an organization, or one whose domain GitHub has verified",
  example: "organization",
});
