import { z } from "@hono/zod-openapi";
import type { WorkerDeps } from "../../deps.ts";
import { DAY } from "../../domain/clock.ts";
import { sum } from "../../domain/insight/meter.ts";
import { byDay, verdictsOf } from "../../domain/intake/blocked.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { workflowPath } from "../views/common.ts";
import { costOf, costSchema, costView } from "../views/cost.ts";

const count = (description: string) => z.number().int().meta({ description, example: 12 });

export const blockedSchema = z
  .object({
    allowed: count("Events that left"),
    blocked: count("Events that did not"),
    rate: z.number().nullable().meta({
      description: "The share that was blocked, from 0 to 1; null where there were no events",
      example: 0.25,
    }),
    cost: costSchema,
    reasons: z
      .array(
        z.object({
          reason: z.string().meta({ description: "Why", example: "not-whitelisted" }),
          workflow: workflowPath,
          count: count("How many"),
        }),
      )
      .describe("Most first"),
    workflows: z
      .array(z.object({ workflow: workflowPath, blocked: count("How many of its events were blocked") }))
      .describe("Most first"),
    days: z
      .array(
        z.object({
          day: z.string().meta({ description: "The day, in UTC", example: "2026-01-31" }),
          allowed: count("Events that left"),
          blocked: count("Events that did not"),
        }),
      )
      .describe("Oldest first; days without events are left out"),
  })
  .openapi("BlockedEvents");

/** What became of a provider's events: everything is blocked that is not allowed. */
export function blockedRoutes(define: Define, deps: WorkerDeps): void {
  define({
    id: "countBlocked",
    method: "get",
    path: "/api/repositories/{repositoryId}/blocked",
    summary: "Count a provider's events: allowed, blocked, why, by workflow and by day, and what they cost",
    tag: "Workflows",
    access: onRepository("see"),
    query: z.object({
      days: z.coerce.number().int().min(1).max(396).default(30).describe("How many days back"),
    }),
    answer: blockedSchema,
    async handle({ param, query }) {
      const now = deps.clock.now();
      const { accounts, meters } = deps.store;
      const [hours, repository] = await Promise.all([
        meters.byHour(`repository#${param("repositoryId")}`, now - query.days * DAY, now),
        accounts.getRepository(param("repositoryId")),
      ]);
      const owner = repository && (await accounts.getAccount(repository.ownerId));
      const verdicts = verdictsOf(sum(hours.values()));
      const { allowed, blocked } = verdicts;
      const events = allowed + blocked;
      return {
        ...verdicts,
        rate: events === 0 ? null : blocked / events,
        cost: costView(costOf(deps, owner), events),
        days: byDay(hours).map(([day, counts]) => ({
          day,
          allowed: counts.eventsAllowed ?? 0,
          blocked: counts.eventsBlocked ?? 0,
        })),
      };
    },
  });
}
