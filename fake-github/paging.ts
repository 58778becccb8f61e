import type { Context } from "hono";
import { invalidRequest } from "./errors.ts";
import { deliveryIdOf, deliveryIdText } from "./payloads/delivery-id.ts";
import type { HookDelivery } from "./state.ts";

const MAX_PER_PAGE = 100;

const perPageOf = (context: Context): number =>
  Math.min(MAX_PER_PAGE, Math.max(1, Number(context.req.query("per_page") ?? 30) || 30));

/** An address like the request's own, with one parameter of its query set. */
function addressWith(context: Context, name: string, value: string): string {
  const url = new URL(context.req.url);
  url.searchParams.set(name, value);
  return url.href;
}

/** Cuts a list into pages, with GitHub's Link header: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export function paged<T>(context: Context, all: readonly T[]): T[] {
  const perPage = perPageOf(context);
  const page = Math.max(1, Number(context.req.query("page") ?? 1) || 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const links = [
    ...(page > 1 ? [["prev", page - 1] as const] : []),
    ...(page < last ? [["next", page + 1] as const, ["last", last] as const] : []),
    ...(page > 1 ? [["first", 1] as const] : []),
  ].map(([rel, to]) => `<${addressWith(context, "page", String(to))}>; rel="${rel}"`);
  if (links.length > 0) context.header("link", links.join(", "));
  return all.slice((page - 1) * perPage, page * perPage);
}

/** Status codes by the outcome that a log is asked for; 0 and what is below 200 are in neither. */
const OUTCOMES: Record<string, readonly [from: number, to: number]> = {
  success: [200, 399],
  failure: [400, 599],
};

/**
 * Cuts a delivery log into pages by cursor, newest first; of one outcome where `status` names it.
 * https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook
 */
export function pagedByCursor(context: Context, logged: readonly HookDelivery[]): HookDelivery[] {
  const perPage = perPageOf(context);
  const status = context.req.query("status");
  const range = OUTCOMES[status ?? ""];
  if (status !== undefined && !range) throw invalidRequest(`${status} is not a possible value of status.`);
  const all = range
    ? logged.filter(({ statusCode }) => statusCode >= range[0] && statusCode <= range[1])
    : logged;
  const cursor = context.req.query("cursor")?.replace(/^v1_/, "");
  const before = cursor === undefined ? Number.POSITIVE_INFINITY : deliveryIdOf(cursor);
  const rest = all.filter(({ id }) => id < before).sort((a, b) => b.id - a.id);
  const items = rest.slice(0, perPage);
  const last = items.at(-1);
  if (last && rest.length > perPage) {
    const next = addressWith(context, "cursor", `v1_${deliveryIdText(last.id)}`);
    context.header("link", `<${next}>; rel="next"`);
  }
  return items;
}
