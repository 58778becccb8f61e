import { z } from "@hono/zod-openapi";
import { isParked } from "../../domain/delivery/connection-state.ts";
import type { Attempt, Delivery, Failure, Owner } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { type GitHubSite, runPage } from "../../github/pages.ts";
import {
  correlationId,
  deliveryId,
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
  workflowPath,
} from "./common.ts";

export const deliveryStatus = z
  .enum(["Pending", "Dispatched", "Confirmed", "Completed", "Failed"])
  .meta({ description: "Where it stands", example: "Dispatched" });

const reason = z.string().nullable().meta({
  description: "What happened and how to fix it; shown to the consumer only",
  example: null,
});

export const failureStage = z
  .enum(["before-github", "github", "confirmation", "completion", "conclusion"])
  .describe("Where it failed");

export const failureKind = z
  .enum([
    "service-unavailable",
    "timeout",
    "auth",
    "rate-limit",
    "not-found",
    "payload",
    "network",
    "startup-failure",
    "consumer",
    "internal",
  ])
  .describe("What kind of failure it was");

export const failureSchema = z.object({ stage: failureStage, kind: failureKind, reason });

const runId = z.string().meta({ description: "The run's id", example: "21543087555" });
const runUrl = z.string().nullable().meta({
  description: "The run's page on GitHub",
  example: "https://github.com/initech/consumer/actions/runs/21543087555",
});

export const attemptOutcome = z
  .enum(["leased", "dispatched", "failed", "unknown"])
  .describe("What came of it; leased: it is being made; unknown: GitHub's answer was never recorded");

const attemptSchema = z.object({
  number: z.number().int().meta({ description: "The first attempt is 1", example: 1 }),
  startedAt: moment("When it began"),
  endedAt: moment("When GitHub's answer was in").nullable(),
  outcome: attemptOutcome,
  status: z.number().int().nullable().meta({ description: "GitHub's status", example: 204 }),
  possibleDuplicate: z
    .boolean()
    .describe("Whether an earlier attempt may have arrived, and no run of it is known to have failed"),
  run: z
    .object({ runId, url: runUrl })
    .nullable()
    .describe("The run that GitHub named in its answer, if it named one; told to the consumer only"),
  failure: failureSchema.nullable().describe("What went wrong, where something did"),
});

export const deliverySchema = z
  .object({
    deliveryId,
    correlationId,
    eventType,
    status: deliveryStatus,
    isFinalized: z.boolean().describe("Whether nothing more will happen to it"),
    isTest: z.boolean().describe("Whether somebody made it to try the subscription"),
    durable: z.boolean().describe("Whether it is repeated until the consumer has confirmed it"),
    subscriptionId,
    service: z
      .object({ serviceId, name: serviceName, slug, provider, alias: isAlias })
      .describe("The service it came by"),
    consumer: z.object({ repositoryId, fullName: fullName.nullable() }).describe("The repository it goes to"),
    attempts: z.array(attemptSchema).describe("Each dispatch, oldest first"),
    failure: failureSchema.nullable().describe("Why it failed, where it did"),
    confirmationAttempts: z.number().int().describe("How often a run came to confirm it"),
    owners: z
      .array(
        z.object({
          workflow: workflowPath,
          runId,
          url: z.string().nullable().meta({
            description:
              "The page on GitHub of the job that confirmed it, or of the run where no job is known",
            example: "https://github.com/initech/consumer/actions/runs/21543087555/job/62093377123",
          }),
          runAttempt: z.number().int().meta({ description: "The run's attempt", example: 1 }),
          via: z
            .enum(["run-id", "action", "run-name", "inferred"])
            .describe(
              "How that is known: GitHub named the run, the action said so, the run's name does, or it was inferred",
            ),
          confirmedAt: moment("When it confirmed").nullable(),
          completedAt: moment("When it ended").nullable(),
          conclusion: z.string().nullable().meta({ description: "How it ended", example: "success" }),
        }),
      )
      .describe("The consumer's runs that confirmed it; shown to the consumer only"),
    ambiguousRuns: z.array(z.string()).meta({
      description: "Runs that may be this delivery's or another's; shown to the consumer only",
      example: [],
    }),
    next: z
      .object({
        what: z
          .enum(["dispatch", "confirmation", "completion"])
          .describe("What is outstanding: a dispatch, or what the consumer has to say"),
        at: moment("When it is due").nullable(),
        paused: z.boolean().describe("Whether it waits for its paused connection to resume"),
      })
      .nullable()
      .describe("What happens next; null where it has ended"),
    hasMessage: z.boolean().describe("Whether it carries a message; without one it announces the run alone"),
    shielded: z
      .boolean()
      .describe("Whether its message is encrypted, so that only the consumer's own runs can read it"),
    sides: z
      .array(z.enum(["provider", "consumer"]))
      .meta({ description: "The sides that you see it from", example: ["consumer"] }),
    providerRun: z
      .object({ runId: correlationId, url: runUrl })
      .describe(
        "The provider's run; its address is null behind an alias, for tests, and for older deliveries",
      ),
    causedBy: deliveryId
      .nullable()
      .describe("The delivery whose run caused this one, where a consumer is a provider too"),
    replayOf: deliveryId.nullable().describe("The delivery that this one repeats"),
    replayedBy: deliveryId.nullable().describe("The delivery that repeated this one"),
    createdAt: moment("When it was made"),
    dispatchedAt: moment("When GitHub took it").nullable(),
    confirmedAt: moment("When the consumer confirmed it").nullable(),
    completedAt: moment("When the consumer had done with it").nullable(),
    conclusion: z
      .string()
      .nullable()
      .meta({ description: "How the consumer's run ended", example: "success" }),
  })
  .describe("One event, with or without a message, on its way to one consumer")
  .openapi("Delivery");

/** The service of a delivery; a provider's own name has its repository beside it, an alias stands alone. */
const serviceOf = ({ serviceId, slug, provider, repo }: Delivery["source"]) => ({
  serviceId,
  name: `${repo}/${slug}`,
  slug,
  provider,
  alias: repo === provider,
});

/** A delivery for one of its sides: what the consumer's runs are, and what went wrong there, is the consumer's alone. */
export function deliveryView(
  one: Delivery,
  consumer: Repository | null,
  asConsumer: boolean,
  site: GitHubSite,
  /** The provider's repository, for those who see that side. */
  provider: Repository | null = null,
): z.infer<typeof deliverySchema> {
  const pageOf: PageOf = (id, jobId) => consumer && runPage(site, consumer.fullName, id, jobId);
  return {
    deliveryId: one.deliveryId,
    correlationId: one.correlationId,
    eventType: one.eventType,
    status: one.status,
    isFinalized: one.isFinalized,
    isTest: one.isTest ?? false,
    durable: one.durable !== null,
    subscriptionId: one.subscriptionId,
    service: serviceOf(one.source),
    consumer: { repositoryId: one.consumerRepositoryId, fullName: consumer?.fullName ?? null },
    attempts: one.attempts.map((attempt) => attemptView(attempt, asConsumer, pageOf)),
    failure: failureView(one.failure, asConsumer),
    confirmationAttempts: one.confirmationAttempts,
    owners: asConsumer ? Object.values(one.owners).map((owner) => ownerView(owner, pageOf)) : [],
    ambiguousRuns: asConsumer ? (one.ambiguousRuns ?? []) : [],
    next: one.dueFor && { what: one.dueFor, at: one.notBefore ?? one.dueAt, paused: isParked(one) },
    hasMessage: one.messageId !== null,
    shielded: one.shield !== undefined,
    sides: [...(provider ? ["provider" as const] : []), ...(asConsumer ? ["consumer" as const] : [])],
    providerRun: { runId: one.correlationId, url: providerRunPage(one, site, provider) },
    causedBy: one.trace.causedBy,
    replayOf: one.replayOf,
    replayedBy: one.replayedBy,
    createdAt: one.createdAt,
    dispatchedAt: one.dispatchedAt,
    confirmedAt: one.confirmedAt,
    completedAt: one.completedAt,
    conclusion: one.conclusion,
  };
}

/** Returns the page of the provider's run; null where nothing ran, or the reader may not know where. */
function providerRunPage(one: Delivery, site: GitHubSite, provider: Repository | null): string | null {
  if (one.isTest) return null;
  const { repo, provider: shown } = one.source;
  const fullName = provider?.fullName ?? (repo === shown ? null : repo);
  return fullName && runPage(site, fullName, one.correlationId);
}

type PageOf = (runId: string, jobId?: string) => string | null;

const attemptView = (one: Attempt, asConsumer: boolean, pageOf: PageOf) => ({
  number: one.number,
  startedAt: one.startedAt,
  endedAt: one.endedAt,
  outcome: one.outcome,
  status: one.status,
  possibleDuplicate: one.possibleDuplicate,
  run: asConsumer && one.runId !== undefined ? { runId: one.runId, url: pageOf(one.runId) } : null,
  failure: failureView(one.failure, asConsumer),
});

const ownerView = (one: Owner, pageOf: PageOf) => ({
  workflow: one.workflow,
  runId: one.runId,
  url: pageOf(one.runId, one.jobId),
  runAttempt: one.runAttempt,
  via: one.via,
  confirmedAt: one.confirmedAt,
  completedAt: one.completedAt,
  conclusion: one.conclusion,
});

export const failureView = (failure: Failure | null, asConsumer: boolean) =>
  failure && { stage: failure.stage, kind: failure.kind, reason: asConsumer ? failure.reason : null };
