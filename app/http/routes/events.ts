import { z } from "@hono/zod-openapi";
import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/installations/account.ts";
import { workflowPath } from "../../domain/intake/event.ts";
import type { PortionQuery } from "../../store/pages.ts";
import type { StoredEvent } from "../../store/runs.ts";
import { onRepository } from "../kit/required-rights.ts";
import { pageOf, pageQuery, readPage } from "../kit/paging.ts";
import type { Define } from "../kit/route.ts";
import { correlationId, moment, workflowPath as workflowPathSchema } from "../views/common.ts";

export const eventSchema = z
  .object({
    correlationId,
    runAttempt: z.number().int().meta({ description: "The run's attempt", example: 1 }),
    runUrl: z.string().nullable().meta({
      description: "The run on GitHub; null for a test, which no run stands behind",
      example: "https://github.com/acme/releases/actions/runs/21543087111",
    }),
    workflow: workflowPathSchema,
    title: z.string().meta({ description: "The run's title", example: "Release 1.2.0" }),
    branch: z.string().nullable().meta({ description: "The branch it ran on", example: "main" }),
    conclusion: z.string().nullable().meta({ description: "How it ended", example: "success" }),
    isTest: z.boolean().describe("Whether somebody made it to try a subscription"),
    receivedAt: moment("When GitHub told of it"),
    verdict: z
      .enum(["waiting", "allowed", "blocked"])
      .describe("What the policy said; waiting: it was not asked yet"),
    reason: z.string().nullable().meta({ description: "Why it was blocked", example: "not-whitelisted" }),
    recipients: z
      .number()
      .int()
      .nullable()
      .meta({ description: "Subscriptions it may go to; null where that is not known here", example: 2 }),
  })
  .describe("A run of a provider that finished, and what the policy said to it")
  .openapi("ProviderEvent");

/** A provider's events, as they came. */
export function eventRoutes(define: Define, deps: WorkerDeps): void {
  const view = (one: StoredEvent, repository: Repository | null): z.infer<typeof eventSchema> => {
    const { plan, planKey, run } = one;
    const isTest = one.test !== undefined;
    const asked = plan !== undefined || planKey !== undefined;
    const blocked = plan?.blocked ?? null;
    return {
      correlationId: one.runId,
      runAttempt: one.runAttempt,
      runUrl: isTest || !repository ? null : deps.links.run(repository, one.runId),
      workflow: workflowPath(run.path),
      title: run.display_title,
      branch: run.head_branch,
      conclusion: run.conclusion,
      isTest,
      receivedAt: one.receivedAt,
      verdict: asked ? (blocked === null ? "allowed" : "blocked") : "waiting",
      reason: blocked,
      recipients: plan ? plan.services.reduce((sum, { recipients }) => sum + recipients.length, 0) : null,
    };
  };
  define({
    id: "listEvents",
    method: "get",
    path: "/api/repositories/{repositoryId}/events",
    summary: "List a provider's events, newest first, with what the policy said to each",
    tag: "Workflows",
    access: onRepository("see"),
    query: z.object({
      ...pageQuery,
      verdict: z.enum(["allowed", "blocked"]).optional().describe("Only those that the policy answered so"),
    }),
    answer: pageOf(eventSchema),
    async handle({ param, query }) {
      const repository = await deps.store.accounts.getRepository(param("repositoryId"));
      const { verdict } = query;
      const listing = {
        name: `events ${param("repositoryId")}`,
        async read(from: PortionQuery) {
          const { items, next } = await deps.store.runs.eventsAfter(param("repositoryId"), from);
          return { items: items.map(([key, one]) => [key, view(one, repository)] as const), next };
        },
      };
      return await readPage(listing, query, verdict === undefined ? null : (one) => one.verdict === verdict);
    },
  });
}
