import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { DAY } from "../../domain/clock.ts";
import { sum } from "../../domain/insight/meter.ts";
import { byDay, verdictsOf } from "../../domain/intake/blocked.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { blockedSchema } from "../views/blocked.ts";
import { costOf, costView } from "../views/cost.ts";

/** Defines the routes about a provider's blocked events: everything that is not allowed is blocked. */
export function blockedRoutes(define: Define, deps: ApiDeps): void {
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
