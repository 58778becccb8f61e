import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { serviceChange, serviceInput } from "../../domain/catalog/service-input.ts";
import {
  changeService,
  createService,
  removeService,
  requireService,
} from "../../steps/catalog/save-service.ts";
import { audit, repositoryTrail, trailsOfBoth } from "../kit/audit.ts";
import { namedSchema } from "../kit/named-schema.ts";
import { listingOf, pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onRepository, onService } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { serviceSchema, serviceView } from "../views/service.ts";
import { subscriptionSchema, subscriptionStatus, subscriptionViews } from "../views/subscription.ts";

const tag = "Services";

const trailOf = ({ repositoryId }: { repositoryId: string }) => ({ own: [repositoryTrail(repositoryId)] });

/** Defines the routes of a provider's services and their subscribers. */
export function serviceRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "listServices",
    method: "get",
    path: "/api/repositories/{repositoryId}/services",
    summary: "List a repository's services",
    tag,
    access: onRepository("see"),
    query: z.object(pageQuery),
    answer: pageOf(serviceSchema),
    async handle({ param, query }) {
      const { services } = await deps.store.catalog.offerOf(param("repositoryId"));
      const listing = listingOf(`services ${param("repositoryId")}`, services, ({ slug }) => slug);
      const { items, cursor } = await readPage(listing, query);
      return { items: items.map(serviceView), cursor };
    },
  });
  define({
    id: "createService",
    method: "post",
    path: "/api/repositories/{repositoryId}/services",
    summary: "Offer a whitelisted workflow's events as a service",
    tag,
    access: onRepository("change"),
    status: 201,
    body: namedSchema(serviceInput, "ServiceInput"),
    answer: serviceSchema,
    async handle(call) {
      const service = await createService(deps, call.param("repositoryId"), call.body, call.by());
      await audit(call, "service-created", trailOf(service), service.slug, `seen by: ${service.visibility}`);
      return serviceView(service);
    },
  });
  define({
    id: "getService",
    method: "get",
    path: "/api/services/{serviceId}",
    summary: "Read a service as its provider",
    tag,
    access: onService("see"),
    answer: serviceSchema,
    handle: async ({ param }) => serviceView(await requireService(deps, param("serviceId"))),
  });
  define({
    id: "changeService",
    method: "patch",
    path: "/api/services/{serviceId}",
    summary: "Change a service; what is not given stays",
    tag,
    access: onService("change"),
    body: namedSchema(serviceChange, "ServiceChange"),
    answer: serviceSchema,
    async handle(call) {
      let changed: readonly string[] = [];
      const service = await changeService(deps, call.param("serviceId"), call.body, call.by(), (fields) => {
        changed = fields;
      });
      if (changed.length > 0)
        await audit(call, "service-changed", trailOf(service), service.slug, changed.join(", "));
      return serviceView(service);
    },
  });
  define({
    id: "removeService",
    method: "delete",
    path: "/api/services/{serviceId}",
    summary: "Take a service back, and every subscription to it",
    tag,
    access: onService("change"),
    status: 204,
    async handle(call) {
      const service = await requireService(deps, call.param("serviceId"));
      await removeService(deps, service.serviceId, call.by(), async (ended, name) => {
        const sides = { ...ended, consumerRepositoryId: ended.repositoryId };
        const trails = trailsOfBoth(sides, { changesConsumer: false, changesProvider: true });
        await audit(call, "subscription-removed", trails, name, "its service was removed");
      });
      await audit(call, "service-removed", trailOf(service), service.slug);
    },
  });
  define({
    id: "listSubscribers",
    method: "get",
    path: "/api/services/{serviceId}/subscriptions",
    summary: "List requests and subscribers of a service",
    tag,
    access: onService("see"),
    query: z.object({ ...pageQuery, status: subscriptionStatus.optional() }),
    answer: pageOf(subscriptionSchema),
    async handle({ param, query }) {
      const { status } = query;
      const { items, cursor } = await readPage(
        {
          name: `subscribers ${param("serviceId")}`,
          read: (from) => deps.store.catalog.subscriptionsToAfter(param("serviceId"), from),
        },
        query,
        status === undefined ? null : (one) => one.status === status,
      );
      return { items: await subscriptionViews(deps, items), cursor };
    },
  });
}
