import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { requireSubscription } from "../../steps/catalog/subscribe.ts";
import { type ConnectionSide, connectionsAfter } from "../../steps/insight/list-connections.ts";
import { diagnose, readHealth, readStats } from "../../steps/insight/read-health.ts";
import type { PortionQuery } from "../../store/pages.ts";
import { notFound } from "../kit/access.ts";
import type { Ctx } from "../kit/env.ts";
import { pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onSubscription } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { repositoryId } from "../views/common.ts";
import {
  connectionSchema,
  connectionStatsSchema,
  connectionView,
  diagnosticsSchema,
  diagnosticsView,
  healthName,
  statsView,
} from "../views/connection.ts";
import { subscriptionViews } from "../views/subscription.ts";

const tag = "Connections";

type Connection = z.infer<typeof connectionSchema>;

const filters = {
  side: z.enum(["provider", "consumer"]).describe("From whose side: of your services, or of your consumers"),
  repository: repositoryId.optional().describe("Only of this repository of yours"),
  text: z
    .string()
    .max(200)
    .optional()
    .describe("Only where the service, its provider or the consumer's repository holds this"),
  health: healthName.optional(),
};

/** Connections, how they do and what is wrong with them, for each of their two sides. */
export function connectionRoutes(define: Define, deps: ApiDeps): void {
  const { accounts } = deps.store;

  /** The caller's repositories that are known here, or the one that was named. */
  const repositoriesOf = async (context: Ctx, named: string | undefined): Promise<Repository[]> => {
    const rights = await deps.users.repositories(context.get("user").token);
    if (named !== undefined && !rights.has(named)) throw notFound();
    return await accounts.getRepositories(named === undefined ? [...rights.keys()] : [named]);
  };

  const viewsOf = async (subscriptions: readonly Subscription[]): Promise<Connection[]> => {
    const [views, healths] = await Promise.all([
      subscriptionViews(deps, subscriptions),
      Promise.all(subscriptions.map(({ subscriptionId }) => readHealth(deps, subscriptionId))),
    ]);
    return views.map((view, index) => connectionView(view, healths[index] as (typeof healths)[number]));
  };

  /**
   * Returns each connection's searchable names. They hold only what its view shows, so that an alias hides
   * here too.
   */
  const names = async (subscriptions: readonly Subscription[]): Promise<Map<string, string>> => {
    const views = await subscriptionViews(deps, subscriptions);
    return new Map(
      views.map(({ subscriptionId, service, repository }) => [
        subscriptionId,
        [service?.name, service?.provider, repository].join("\n").toLowerCase(),
      ]),
    );
  };

  /** Reads connections with all that is asked of them, so that what does not match is left out before it is paged. */
  const listing = (side: ConnectionSide, repositories: readonly Repository[], text: string) => ({
    name: `connections ${side}`,
    async read(from: PortionQuery) {
      const { items, next } = await connectionsAfter(deps, side, repositories, from);
      const standing = items.filter(([, { status }]) => status === "approved");
      const named = text === "" ? null : await names(standing.map(([, one]) => one));
      const wanted = standing.filter(
        ([, one]) => named === null || named.get(one.subscriptionId)?.includes(text.toLowerCase()),
      );
      return { items: wanted, next };
    },
  });

  define({
    id: "listConnections",
    method: "get",
    path: "/api/connections",
    summary: "List the approved connections of your repositories, as provider or as consumer, by repository",
    tag,
    access: { by: "user" },
    query: z.object({ ...pageQuery, ...filters }),
    refusals: [404],
    answer: pageOf(connectionSchema),
    async handle({ context, query }) {
      const { side, repository, text = "", health } = query;
      const found = listing(side, await repositoriesOf(context, repository), text);
      if (health === undefined) {
        const { items, cursor } = await readPage(found, query, () => true);
        return { items: await viewsOf(items), cursor };
      }
      const judged = {
        name: found.name,
        async read(from: PortionQuery) {
          const { items, next } = await found.read(from);
          const views = await viewsOf(items.map(([, one]) => one));
          return {
            items: items.map(([key], index) => [key, views[index] as Connection] as const),
            next,
          };
        },
      };
      return await readPage(judged, query, (one) => one.health === health);
    },
  });
  define({
    id: "getConnectionStats",
    method: "get",
    path: "/api/connections/{subscriptionId}/stats",
    summary: "Read a connection's counts, success rate and health",
    tag,
    access: onSubscription("see", "either"),
    answer: connectionStatsSchema,
    handle: async ({ param }) =>
      statsView(param("subscriptionId"), await readStats(deps, param("subscriptionId"))),
  });
  define({
    id: "getConnectionDiagnostics",
    method: "get",
    path: "/api/connections/{subscriptionId}/diagnostics",
    summary: "Read what went wrong on a connection in the last 30 days, and what to do about it",
    tag,
    access: onSubscription("see", "either"),
    answer: diagnosticsSchema,
    async handle({ param, rightOn }) {
      const { subscriptionId, repositoryId, providerRepositoryId } = await requireSubscription(
        deps,
        param("subscriptionId"),
      );
      const [diagnostics, consumer, provider, right, providerRight] = await Promise.all([
        diagnose(deps, subscriptionId),
        accounts.getRepository(repositoryId),
        accounts.getRepository(providerRepositoryId),
        rightOn(repositoryId),
        rightOn(providerRepositoryId),
      ]);
      return diagnosticsView(subscriptionId, diagnostics, {
        consumer,
        provider: providerRight === "none" ? null : provider,
        asConsumer: right !== "none",
        site: deps.settings,
      });
    },
  });
}
