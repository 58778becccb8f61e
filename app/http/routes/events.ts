import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { workflowPath } from "../../domain/intake/event.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { StoredEvent } from "../../domain/records/run.ts";
import type { PortionQuery } from "../../store/pages.ts";
import { pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { eventSchema } from "../views/event.ts";

/** A provider's events, as they came. */
export function eventRoutes(define: Define, deps: ApiDeps): void {
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
