import { z } from "@hono/zod-openapi";
import { iso } from "../../domain/clock.ts";
import { type FailureCount, type RemedyPage, remedyFor } from "../../domain/insight/diagnostics.ts";
import type { Tally } from "../../domain/insight/health.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import {
  type GitHubSite,
  installPage,
  policiesPage,
  runsPage,
  statusPage,
  workflowsPage,
} from "../../github/pages.ts";
import type { ConnectionHealth, ConnectionStats, Diagnostics } from "../../steps/insight/read-health.ts";
import { correlationId, deliveryId, eventType, fullName, moment, repositoryId } from "./common.ts";
import { deliverySchema, deliveryStatus, deliveryView, failureKind, failureStage } from "./delivery.ts";
import { subscriptionSchema } from "./subscription.ts";

const count = (description: string) => z.number().int().meta({ description, example: 12 });

const tallySchema = z.object({
  total: count("Deliveries made"),
  dispatched: count("Taken by GitHub by default delivery, which has no more to tell"),
  confirmed: count("Confirmed by the consumer and not completed yet"),
  completed: count("Completed by the consumer"),
  failed: count("Failed in the end; what failed, was retried and succeeded is not among them"),
  inFlight: count("Not final yet: waiting, being retried, or not confirmed yet"),
  successRate: z.number().min(0).max(1).nullable().meta({
    description:
      "(completed + confirmed + dispatched by default delivery) / (total less in flight); null where nothing is final",
    example: 0.995,
  }),
});

export const healthName = z
  .enum(["healthy", "warning", "critical"])
  .describe(
    "healthy: 98 % or more succeeded and something was delivered in 7 days, or there was nothing to deliver yet; critical: less than 90 %, or paused; warning: anything between",
  );

const healthFields = {
  health: healthName,
  reason: z.string().meta({
    description: "Why it is judged so",
    example: "99.5 % of the deliveries that ended in the last 24 hours succeeded.",
  }),
  pausedSince: moment("Since when it is paused, after too many failures in a row").nullable(),
  last24Hours: tallySchema.describe("Deliveries made in the last 24 hours, by whole hours"),
  last7Days: tallySchema.describe("Deliveries made in the last 7 days, by whole hours"),
  filtered: z
    .object({
      last24Hours: count("In the last 24 hours"),
      last7Days: count("In the last 7 days"),
      failedInLast7Days: count("Those among them that the filter failed at"),
    })
    .describe("Events that the subscription's filter held back; no delivery was made of them"),
  lastEvent: z
    .object({
      deliveryId,
      eventType,
      status: deliveryStatus,
      at: moment("When its delivery was made"),
    })
    .nullable()
    .describe("The last event that came this way; null where none ever did"),
};

const connectionId = subscriptionSchema.shape.subscriptionId.describe(
  "The connection's id, which is its subscription's",
);

export const connectionSchema = z
  .object({
    connectionId,
    status: subscriptionSchema.shape.status,
    service: subscriptionSchema.shape.service,
    serviceId: subscriptionSchema.shape.serviceId,
    consumer: z
      .object({ repositoryId, fullName: fullName.nullable() })
      .describe("The repository that it delivers to"),
    durable: z.boolean().describe("Whether delivery is durable"),
    ...healthFields,
  })
  .describe("A connection: one subscription, from a provider's service to a consumer's repository")
  .openapi("Connection");

export const connectionStatsSchema = z
  .object({
    connectionId,
    ...healthFields,
    hours: z
      .array(
        tallySchema.extend({
          hour: z.string().meta({ description: "The hour in UTC", example: "2026-01-31T09" }),
        }),
      )
      .describe("The hours of the last day, oldest first; hours with no delivery are left out"),
  })
  .openapi("ConnectionStats");

const remedySchema = z
  .object({
    advice: z.string().meta({ description: "What to do about it", example: "Raise confirmWithin." }),
    setting: z.string().nullable().meta({
      description: "The setting that it concerns; null where it is none of Zekt's",
      example: "durable.confirmWithin",
    }),
    page: z
      .enum([
        "github-status",
        "installation",
        "consumer-workflows",
        "consumer-runs",
        "consumer-policies",
        "subscription",
        "service",
      ])
      .describe("The page to open"),
    link: z.url().nullable().meta({
      description: "That page on GitHub; null for a page of Zekt's own",
      example: "https://www.githubstatus.com",
    }),
  })
  .describe("What to do about these failures");

export const diagnosticsSchema = z
  .object({
    connectionId,
    ...healthFields,
    since: moment("How far back this looks: 30 days, from a whole hour on"),
    last30Days: tallySchema.describe("Deliveries made since then"),
    groups: z
      .array(
        z.object({
          group: z
            .enum([
              "service-unavailable",
              "timeout",
              "auth",
              "rate-limit",
              "network",
              "not-found",
              "payload",
              "startup-failure",
              "internal",
              "conclusion",
              "no-confirmation",
              "no-completion",
            ])
            .describe("What the failures have in common"),
          stage: failureStage,
          kind: failureKind,
          failed: count("Deliveries that ended so"),
          attempts: count("Attempts that failed so, whether or not a later one succeeded"),
          recommendation: remedySchema,
        }),
      )
      .describe("Failures by cause, most first"),
    filterFailure: z
      .object({
        at: moment("When the event arrived"),
        correlationId,
        reason: z.string().meta({ description: "Why", example: "field not found: severity" }),
      })
      .nullable()
      .describe(
        "The last event that the subscription's filter failed at, in 7 days; null where there is none, and for the provider",
      ),
    failures: z.array(deliverySchema).describe("The last 10 deliveries that failed, newest first"),
  })
  .openapi("ConnectionDiagnostics");

const tallyView = (tally: Tally): z.infer<typeof tallySchema> => ({ ...tally });

/** A connection's health as the API tells it. */
export const healthView = ({ health, reason, day, week, filtered, pausedAt, last }: ConnectionHealth) => ({
  health,
  reason,
  pausedSince: pausedAt,
  last24Hours: tallyView(day),
  last7Days: tallyView(week),
  filtered: {
    last24Hours: filtered.day,
    last7Days: filtered.week,
    failedInLast7Days: filtered.failedInWeek,
  },
  lastEvent: last && {
    deliveryId: last.deliveryId,
    eventType: last.eventType,
    status: last.status,
    at: last.createdAt,
  },
});

/** A connection's subscription with its health, for either side. */
export const connectionView = (
  subscription: z.infer<typeof subscriptionSchema>,
  health: ConnectionHealth,
): z.infer<typeof connectionSchema> => ({
  connectionId: subscription.subscriptionId,
  status: subscription.status,
  service: subscription.service,
  serviceId: subscription.serviceId,
  consumer: { repositoryId: subscription.repositoryId, fullName: subscription.repository },
  durable: subscription.durable !== null,
  ...healthView(health),
});

/** A connection's figures. */
export const statsView = (id: string, stats: ConnectionStats): z.infer<typeof connectionStatsSchema> => ({
  connectionId: id,
  ...healthView(stats),
  hours: stats.hours.map(([hour, tally]) => ({ hour, ...tallyView(tally) })),
});

/** Returns the diagnostics of a connection for one of its sides; only the consumer sees the consumer's runs. */
export function diagnosticsView(
  id: string,
  { since, health, range, groups, failures, filterFailure }: Diagnostics,
  {
    consumer,
    provider,
    asConsumer,
    site,
  }: {
    consumer: Repository | null;
    /** The provider's repository, for those who see that side. */
    provider: Repository | null;
    asConsumer: boolean;
    site: GitHubSite;
  },
): z.infer<typeof diagnosticsSchema> {
  const linkOf = (page: RemedyPage): string | null => {
    if (page === "github-status") return statusPage(site);
    if (page === "installation") return installPage(site);
    if (consumer === null) return null;
    if (page === "consumer-policies") return policiesPage(site, consumer.fullName);
    if (page === "consumer-workflows") return workflowsPage(site, consumer.fullName);
    return page === "consumer-runs" ? runsPage(site, consumer.fullName) : null;
  };
  return {
    connectionId: id,
    ...healthView(health),
    since: iso(since),
    last30Days: tallyView(range),
    groups: groups.map((one: FailureCount) => {
      const remedy = remedyFor(one.group, asConsumer);
      return { ...one, recommendation: { ...remedy, link: linkOf(remedy.page) } };
    }),
    filterFailure: asConsumer ? filterFailure : null,
    failures: failures.map((one: Delivery) => deliveryView(one, consumer, asConsumer, site, provider)),
  };
}
