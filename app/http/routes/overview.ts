import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { DAY, iso, MINUTE } from "../../domain/clock.ts";
import { readAttention } from "../../steps/insight/read-attention.ts";
import { readOverview } from "../../steps/insight/read-overview.ts";
import { notFound } from "../kit/access.ts";
import type { Define } from "../kit/route.ts";
import { attentionSchema, attentionView } from "../views/attention.ts";
import { repositoryId } from "../views/common.ts";
import { overviewSchema } from "../views/overview.ts";

/** Defines the route of the figures of a user's repositories. */
export function overviewRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "getAttention",
    method: "get",
    path: "/api/attention",
    summary: "List what needs your attention in your repositories, and the steps to a first delivery",
    tag: "Overview",
    access: { by: "user" },
    answer: attentionSchema,
    async handle({ context }) {
      const rights = await deps.users.repositories(context.get("user").token);
      const repositories = await deps.store.accounts.getRepositories([...rights.keys()]);
      return attentionView(await readAttention(deps, repositories));
    },
  });
  define({
    id: "getOverview",
    method: "get",
    path: "/api/overview",
    summary: "Sum up the deliveries of your repositories: how many, how they went, how long they took",
    tag: "Overview",
    access: { by: "user" },
    query: z.object({
      days: z.coerce.number().int().min(1).max(30).default(7).describe("How many days back"),
      repository: repositoryId.optional().describe("Only of this repository of yours"),
    }),
    refusals: [404],
    answer: overviewSchema,
    async handle({ context, query }) {
      const rights = await deps.users.repositories(context.get("user").token);
      const { repository } = query;
      if (repository !== undefined && !rights.has(repository)) throw notFound();
      const repositories = await deps.store.accounts.getRepositories(
        repository === undefined ? [...rights.keys()] : [repository],
      );
      // By whole minutes, so that the answer stays the same while nothing changes.
      const end = (Math.floor(deps.clock.now() / MINUTE) + 1) * MINUTE;
      const range = { from: end - query.days * DAY, to: end - 1 };
      const overview = await readOverview(deps, repositories, range);
      return {
        ...overview,
        from: iso(overview.from),
        to: iso(overview.to),
        by: overview.periods[0]?.period.length === 10 ? "day" : "hour",
      };
    },
  });
}
