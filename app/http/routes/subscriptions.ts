import { z } from "@hono/zod-openapi";
import type { Service } from "../../domain/catalog.ts";
import { Refusal } from "../../domain/refusal.ts";
import { subscriptionChange, subscriptionInput } from "../../domain/subscription-input.ts";
import { isVisibleTo } from "../../domain/visibility.ts";
import {
  changeSubscription,
  knownSubscription,
  removeSubscription,
  requestSubscription,
} from "../../steps/subscribe.ts";
import type { Zekt } from "../../zekt.ts";
import { type Access, type Api, type DefinedRoute, defineRoute } from "../route.ts";
import { offerSchema, offerView, page, subscriptionSchema, subscriptionView } from "../views.ts";
import { onRepository } from "./repositories.ts";

const tag = "Subscriptions";

/** Both sides see a subscription; only the consumer changes what it wants. */
const onSubscription = (right: "see" | "change"): Access => ({
  by: "user",
  right,
  repositories: async (zekt, context) => {
    const id = context.req.param("subscriptionId" as never) as unknown as string;
    const found = await zekt.store.catalog.findSubscription(id);
    if (!found) return [];
    return right === "change" ? [found.repositoryId] : [found.repositoryId, found.providerRepositoryId];
  },
});

/** What consumers find and ask for. */
export function subscriptionRoutes(api: Api, zekt: Zekt, routes: DefinedRoute[]): void {
  const view = async (id: string) => {
    const subscription = await knownSubscription(zekt, id);
    return subscriptionView(subscription, await zekt.store.accounts.getRepository(subscription.repositoryId));
  };
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/repositories/{repositoryId}/subscriptions",
    summary: "List what a repository subscribed to",
    tag,
    access: onRepository("see"),
    answer: z.object({ items: z.array(subscriptionSchema) }),
    async handle({ param }) {
      const all = await zekt.store.catalog.subscriptionsOf(param("repositoryId"));
      const repository = await zekt.store.accounts.getRepository(param("repositoryId"));
      return { items: all.map((one) => subscriptionView(one, repository)) };
    },
  });
  defineRoute(api, zekt, routes, {
    method: "post",
    path: "/api/repositories/{repositoryId}/subscriptions",
    summary: "Ask for a service's events",
    tag,
    access: onRepository("change"),
    status: 201,
    body: subscriptionInput,
    answer: subscriptionSchema,
    async handle({ context, param, body }) {
      const { subscriptionId } = await requestSubscription(
        zekt,
        param("repositoryId"),
        body,
        context.get("user").login,
      );
      return await view(subscriptionId);
    },
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/subscriptions/{subscriptionId}",
    summary: "Read a subscription, as either side",
    tag,
    access: onSubscription("see"),
    answer: subscriptionSchema,
    handle: ({ param }) => view(param("subscriptionId")),
  });
  defineRoute(api, zekt, routes, {
    method: "patch",
    path: "/api/subscriptions/{subscriptionId}",
    summary: "Change what a consumer wants of a service",
    tag,
    access: onSubscription("change"),
    body: subscriptionChange,
    answer: subscriptionSchema,
    async handle({ context, param, body }) {
      await changeSubscription(zekt, param("subscriptionId"), body, context.get("user").login);
      return await view(param("subscriptionId"));
    },
  });
  defineRoute(api, zekt, routes, {
    method: "delete",
    path: "/api/subscriptions/{subscriptionId}",
    summary: "End a subscription, as its consumer",
    tag,
    access: onSubscription("change"),
    status: 204,
    handle: ({ context, param }) =>
      removeSubscription(zekt, param("subscriptionId"), context.get("user").login),
  });
  directoryRoutes(api, zekt, routes);
}

function directoryRoutes(api: Api, zekt: Zekt, routes: DefinedRoute[]): void {
  const offer = async (service: Service) => {
    const repository = await zekt.store.accounts.getRepository(service.repositoryId);
    const account = repository && (await zekt.store.accounts.getAccount(repository.ownerId));
    return offerView(service, repository, account?.verified ?? false);
  };
  /** Owners whose organisation services a user may see: those of repositories they have a role on. */
  const ownersOf = async (token: string): Promise<string[]> => {
    const rights = await zekt.users.repositories(token);
    const repositories = await zekt.store.accounts.getRepositories([...rights.keys()]);
    return [...new Set(repositories.map(({ ownerId }) => ownerId))].sort();
  };
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/directory",
    summary: "Browse services: the public ones, or with owner the ones of an organisation you belong to",
    tag: "Directory",
    access: { by: "user" },
    query: z.object({
      ...page,
      owner: z.string().optional(),
      text: z.string().optional(),
      provider: z.string().optional(),
      tag: z.string().optional(),
    }),
    answer: z.object({ items: z.array(offerSchema), cursor: z.string().nullable() }),
    async handle({ context, query }) {
      if (query.owner !== undefined && !(await ownersOf(context.get("user").token)).includes(query.owner)) {
        throw new Refusal("not-found", "There is no such thing, or it is not yours to see.");
      }
      const shelf =
        query.owner === undefined ? ("public" as const) : (`organization#${query.owner}` as const);
      const { items, cursor } = await zekt.store.catalog.directory(shelf, {
        limit: query.limit,
        cursor: query.cursor,
      });
      const offers = await Promise.all(items.map(offer));
      const holds = (text: string | undefined, ...among: string[]) =>
        text === undefined || among.some((one) => one.toLowerCase().includes(text.toLowerCase()));
      return {
        items: offers.filter(
          (one) =>
            holds(query.text, one.slug, one.description, one.provider, ...one.tags) &&
            holds(query.provider, one.provider) &&
            (query.tag === undefined || one.tags.includes(query.tag)),
        ),
        cursor,
      };
    },
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/directory/{serviceId}",
    summary: "Read a service as somebody who may subscribe to it",
    tag: "Directory",
    access: { by: "user" },
    answer: offerSchema,
    async handle({ context, param }) {
      const service = await zekt.store.catalog.findService(param("serviceId"));
      const visible =
        service &&
        (service.visibility === "public" && service.published
          ? true
          : (await ownersOf(context.get("user").token)).some((ownerId) => isVisibleTo(service, ownerId)));
      if (!service || !visible)
        throw new Refusal("not-found", "There is no such thing, or it is not yours to see.");
      return await offer(service);
    },
  });
}
