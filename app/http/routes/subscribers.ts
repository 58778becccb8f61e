import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { connectionsAfter } from "../../steps/insight/list-connections.ts";
import type { PortionQuery } from "../../store/pages.ts";
import { pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { subscriptionSchema, subscriptionStatus, subscriptionViews } from "../views/subscription.ts";

/** Defines the lists of subscriptions over many services and repositories. */
export function subscriberRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "listOwnSubscriptions",
    method: "get",
    path: "/api/subscriptions",
    summary: "List requests and subscriptions of all your repositories, of one side",
    tag: "Subscriptions",
    access: { by: "user" },
    query: z.object({
      ...pageQuery,
      side: z.enum(["provider", "consumer"]).describe("What your repositories are to the subscriptions"),
      status: subscriptionStatus.optional(),
    }),
    answer: pageOf(subscriptionSchema),
    async handle({ context, query }) {
      const { side, status } = query;
      const rights = await deps.users.repositories(context.get("user").token);
      const repositories = await deps.store.accounts.getRepositories([...rights.keys()]);
      const listing = {
        name: `subscriptions as ${side}`,
        read: (from: PortionQuery) => connectionsAfter(deps, side, repositories, from),
      };
      const wanted = status === undefined ? null : (one: Subscription) => one.status === status;
      const { items, cursor } = await readPage(listing, query, wanted);
      return { items: await subscriptionViews(deps, items), cursor };
    },
  });
  define({
    id: "listRepositorySubscribers",
    method: "get",
    path: "/api/repositories/{repositoryId}/subscribers",
    summary: "List requests and subscribers of all services of a repository",
    tag: "Services",
    access: onRepository("see"),
    query: z.object({ ...pageQuery, status: subscriptionStatus.optional() }),
    answer: pageOf(subscriptionSchema),
    async handle({ param, query }) {
      const repository = await deps.store.accounts.getRepository(param("repositoryId"));
      const repositories = repository ? [repository] : [];
      const { status } = query;
      const listing = {
        name: `subscribers of ${param("repositoryId")}`,
        read: (from: PortionQuery) => connectionsAfter(deps, "provider", repositories, from),
      };
      const wanted = status === undefined ? null : (one: Subscription) => one.status === status;
      const { items, cursor } = await readPage(listing, query, wanted);
      return { items: await subscriptionViews(deps, items), cursor };
    },
  });
}
