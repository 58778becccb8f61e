import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import {
  type SubscriptionInput,
  subscriptionChange,
  subscriptionInput,
} from "../../domain/catalog/subscription-input.ts";
import type { AuditAction } from "../../domain/records/audit-entry.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { decideSubscription } from "../../steps/catalog/decide-subscription.ts";
import {
  changeSubscription,
  removeSubscription,
  requestSubscription,
  requireSubscription,
} from "../../steps/catalog/subscribe.ts";
import { audit, trailsOfBoth } from "../kit/audit.ts";
import { namedSchema } from "../kit/named-schema.ts";
import { listingOf, pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onRepository, onSubscription } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { subscriptionSchema, subscriptionStatus, subscriptionViews } from "../views/subscription.ts";

const tag = "Subscriptions";

type View = z.infer<typeof subscriptionSchema>;

const subjectOf = (one: View | undefined): string =>
  `${one?.repository ?? one?.repositoryId} for ${one?.service?.name ?? one?.serviceId}`;

/** Returns the trails of both sides; the other side does not learn which person it was. */
const trailsOf = (one: Subscription, side: "provider" | "consumer") =>
  trailsOfBoth(
    { ...one, consumerRepositoryId: one.repositoryId },
    { changesConsumer: side === "consumer", changesProvider: side === "provider" },
  );

const DECISIONS = [
  ["approve", "approved"],
  ["deny", "denied"],
  ["revoke", "revoked"],
] as const;

/** Defines the routes of subscriptions: consumers request them, and providers decide them. */
export function subscriptionRoutes(define: Define, deps: ApiDeps): void {
  const view = async (subscription: Subscription) => (await subscriptionViews(deps, [subscription]))[0];
  /** Records a change and returns the subscription as it is then. */
  const recorded = async (
    call: Parameters<typeof audit>[0],
    action: AuditAction,
    subscription: Subscription,
    side: "provider" | "consumer",
    detail: string | null = null,
  ) => {
    const shown = await view(subscription);
    await audit(call, action, trailsOf(subscription, side), subjectOf(shown), detail);
    return shown;
  };
  define({
    id: "listSubscriptions",
    method: "get",
    path: "/api/repositories/{repositoryId}/subscriptions",
    summary: "List the subscriptions and requests of a repository",
    tag,
    access: onRepository("see"),
    query: z.object({ ...pageQuery, status: subscriptionStatus.optional() }),
    answer: pageOf(subscriptionSchema),
    async handle({ param, query }) {
      const repositoryId = param("repositoryId");
      const all = await deps.store.catalog.subscriptionsOf(repositoryId);
      const wanted = all.filter(({ status }) => query.status === undefined || status === query.status);
      const listing = listingOf(`subscriptions ${repositoryId}`, wanted, (one) => one.subscriptionId);
      const { items, cursor } = await readPage(listing, query);
      return { items: await subscriptionViews(deps, items), cursor };
    },
  });
  define({
    id: "requestSubscription",
    method: "post",
    path: "/api/repositories/{repositoryId}/subscriptions",
    summary: "Request a service's events, or change what a standing request names",
    tag,
    access: onRepository("change"),
    status: 201,
    body: namedSchema(subscriptionInput, "SubscriptionInput"),
    answer: subscriptionSchema,
    async handle(call) {
      const { context, param, by } = call;
      // A repeated request changes only what it names, so that a default must not look like a wish.
      const given = await context.req.json<SubscriptionInput>();
      let changed: readonly string[] | null = null;
      const made = await requestSubscription(deps, param("repositoryId"), given, by(), (fields) => {
        changed = [...(changed ?? []), ...fields];
      });
      if (changed === null) return await view(made);
      const fields = (changed as readonly string[]).join(", ");
      return fields === ""
        ? await recorded(call, "subscription-requested", made, "consumer")
        : await recorded(call, "subscription-changed", made, "consumer", fields);
    },
  });
  define({
    id: "getSubscription",
    method: "get",
    path: "/api/subscriptions/{subscriptionId}",
    summary: "Read a subscription, as either side",
    tag,
    access: onSubscription("see", "either"),
    answer: subscriptionSchema,
    handle: async ({ param }) => await view(await requireSubscription(deps, param("subscriptionId"))),
  });
  define({
    id: "changeSubscription",
    method: "patch",
    path: "/api/subscriptions/{subscriptionId}",
    summary: "Change what a consumer wants of a service; what is not given stays",
    tag,
    access: onSubscription("change", "consumer"),
    body: namedSchema(subscriptionChange, "SubscriptionChange"),
    answer: subscriptionSchema,
    async handle(call) {
      const { param, body, by } = call;
      let changed: readonly string[] = [];
      const after = await changeSubscription(deps, param("subscriptionId"), body, by(), (fields) => {
        changed = fields;
      });
      if (changed.length === 0) return await view(after);
      return await recorded(call, "subscription-changed", after, "consumer", changed.join(", "));
    },
  });
  define({
    id: "removeSubscription",
    method: "delete",
    path: "/api/subscriptions/{subscriptionId}",
    summary: "End a subscription, as its consumer",
    tag,
    access: onSubscription("change", "consumer"),
    status: 204,
    async handle(call) {
      const standing = await requireSubscription(deps, call.param("subscriptionId"));
      // Its service may go with it: named before.
      const named = await view(standing);
      await removeSubscription(deps, standing.subscriptionId, call.by());
      await audit(call, "subscription-removed", trailsOf(standing, "consumer"), subjectOf(named));
    },
  });
  for (const [verb, decision] of DECISIONS) {
    define({
      id: `${verb}Subscription`,
      method: "post",
      path: `/api/subscriptions/{subscriptionId}/${verb}`,
      summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} a subscription, as its provider`,
      tag,
      access: onSubscription("change", "provider"),
      answer: subscriptionSchema,
      async handle(call) {
        const { subscription, isNew } = await decideSubscription(
          deps,
          call.param("subscriptionId"),
          decision,
          call.by(),
        );
        if (!isNew) return await view(subscription);
        return await recorded(call, `subscription-${decision}`, subscription, "provider");
      },
    });
  }
}
