import { z } from "@hono/zod-openapi";
import { Refusal } from "../../domain/refusal.ts";
import { serviceChange, serviceInput } from "../../domain/service-input.ts";
import { decideSubscription } from "../../steps/decide-subscription.ts";
import { changeService, createService, knownService, removeService } from "../../steps/save-service.ts";
import type { Zekt } from "../../zekt.ts";
import { type Access, type Api, type Ctx, type DefinedRoute, defineRoute } from "../route.ts";
import { serviceSchema, serviceView, subscriptionSchema, subscriptionView } from "../views.ts";
import { onRepository } from "./repositories.ts";

const tag = "Services";

const onService = (right: "see" | "change"): Access => ({
  by: "user",
  right,
  repositories: async (zekt, context) => {
    const service = await zekt.store.catalog.findService(
      context.req.param("serviceId" as never) as unknown as string,
    );
    return service ? [service.repositoryId] : [];
  },
});

const findSubscription = (zekt: Zekt, context: Ctx) =>
  zekt.store.catalog.findSubscription(context.req.param("subscriptionId" as never) as unknown as string);

/** The provider's repository of a subscription: only that side answers requests. */
const onProviderOf = (right: "see" | "change"): Access => ({
  by: "user",
  right,
  repositories: async (zekt, context) => {
    const subscription = await findSubscription(zekt, context);
    return subscription ? [subscription.providerRepositoryId] : [];
  },
});

/** What a provider offers, and its answers to who asks for it. */
export function providerRoutes(api: Api, zekt: Zekt, routes: DefinedRoute[]): void {
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/repositories/{repositoryId}/services",
    summary: "List a repository's services",
    tag,
    access: onRepository("see"),
    answer: z.object({ items: z.array(serviceSchema) }),
    async handle({ param }) {
      const { services } = await zekt.store.catalog.offerOf(param("repositoryId"));
      return { items: services.map(serviceView) };
    },
  });
  defineRoute(api, zekt, routes, {
    method: "post",
    path: "/api/repositories/{repositoryId}/services",
    summary: "Offer a whitelisted workflow's events as a service",
    tag,
    access: onRepository("change"),
    status: 201,
    body: serviceInput,
    answer: serviceSchema,
    handle: async ({ context, param, body }) =>
      serviceView(await createService(zekt, param("repositoryId"), body, context.get("user").login)),
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/services/{serviceId}",
    summary: "Read a service as its provider",
    tag,
    access: onService("see"),
    answer: serviceSchema,
    handle: async ({ param }) => serviceView(await knownService(zekt, param("serviceId"))),
  });
  defineRoute(api, zekt, routes, {
    method: "patch",
    path: "/api/services/{serviceId}",
    summary: "Change a service",
    tag,
    access: onService("change"),
    body: serviceChange,
    answer: serviceSchema,
    handle: async ({ context, param, body }) =>
      serviceView(await changeService(zekt, param("serviceId"), body, context.get("user").login)),
  });
  defineRoute(api, zekt, routes, {
    method: "delete",
    path: "/api/services/{serviceId}",
    summary: "Take a service back, and every subscription to it",
    tag,
    access: onService("change"),
    status: 204,
    handle: ({ context, param }) => removeService(zekt, param("serviceId"), context.get("user").login),
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/services/{serviceId}/subscriptions",
    summary: "List requests and subscribers of a service",
    tag,
    access: onService("see"),
    answer: z.object({ items: z.array(subscriptionSchema) }),
    async handle({ param }) {
      const all = await zekt.store.catalog.subscriptionsTo(param("serviceId"));
      const repositories = await zekt.store.accounts.getRepositories(
        all.map(({ repositoryId }) => repositoryId),
      );
      const byId = new Map(repositories.map((one) => [one.repositoryId, one]));
      return { items: all.map((one) => subscriptionView(one, byId.get(one.repositoryId) ?? null)) };
    },
  });
  for (const [verb, decision] of [
    ["approve", "approved"],
    ["deny", "denied"],
    ["revoke", "revoked"],
  ] as const) {
    defineRoute(api, zekt, routes, {
      method: "post",
      path: `/api/subscriptions/{subscriptionId}/${verb}`,
      summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} a subscription, as its provider`,
      tag,
      access: onProviderOf("change"),
      answer: subscriptionSchema,
      async handle({ context, param }) {
        const decided = await decideSubscription(
          zekt,
          param("subscriptionId"),
          decision,
          context.get("user").login,
        );
        if (!decided) throw new Refusal("not-found", "There is no such subscription.");
        return subscriptionView(decided, await zekt.store.accounts.getRepository(decided.repositoryId));
      },
    });
  }
}
