import type { Hook, HookDelivery, Repository } from "../state.ts";
import type { World } from "../world.ts";
import { iso, type Json, rawJson } from "./common.ts";
import { deliveryIdText } from "./delivery-id.ts";
import { repositoryUrl } from "./repository.ts";

/** A webhook's configuration; its secret is never told again. */
export const hookConfigJson = (hook: Hook): Json => ({
  content_type: hook.contentType,
  insecure_ssl: hook.insecureSsl,
  url: hook.url,
  ...(hook.secret === null ? {} : { secret: "********" }),
});

/** Returns the fields of a webhook that `ping` and `meta` send too. */
export const simpleHookJson = (hook: Hook): Json => ({
  type: hook.repositoryId === null ? "App" : "Repository",
  id: hook.id,
  name: "web",
  active: hook.active,
  events: hook.events,
  config: hookConfigJson(hook),
  updated_at: iso(hook.updatedAt),
  created_at: iso(hook.createdAt),
});

/** A repository's webhook: https://docs.github.com/en/rest/repos/webhooks */
export function hookJson(world: World, repository: Repository, hook: Hook): Json {
  const url = `${repositoryUrl(world, repository)}/hooks/${hook.id}`;
  const last = hook.deliveries.at(-1);
  return {
    ...simpleHookJson(hook),
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: last
      ? {
          code: last.statusCode,
          status: last.status === "OK" ? "active" : "misconfigured",
          message: last.status,
        }
      : { code: null, status: "unused", message: null },
  };
}

/** A line of a delivery log. */
export const deliveryItemJson = (delivery: HookDelivery): Json => ({
  id: rawJson(deliveryIdText(delivery.id)),
  guid: delivery.guid,
  delivered_at: new Date(delivery.deliveredAt).toISOString(),
  redelivery: delivery.redelivery,
  duration: delivery.durationMs / 1000,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId,
  repository_id: delivery.repositoryId,
  throttled_at: null,
});

/** A delivery with its request and response. */
export const deliveryJson = (delivery: HookDelivery): Json => ({
  ...deliveryItemJson(delivery),
  url: "",
  request: { headers: delivery.request.headers, payload: JSON.parse(delivery.request.body) },
  response: { headers: delivery.response.headers, payload: delivery.response.body },
});
