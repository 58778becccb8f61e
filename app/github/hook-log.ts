import { readNextPage } from "../domain/headers.ts";
import type { GitHub } from "./client.ts";
import { type HookTarget, hookRequest } from "./repository-webhooks.ts";

/** One entry of a webhook's log at GitHub, which is kept for three days. */
export interface HookLogEntry {
  /** The entry's id; a redelivery makes another entry. */
  deliveryId: string;
  /** The value of `X-GitHub-Delivery`: the same for a webhook and its redeliveries. */
  guid: string;
  event: string;
  action: string | null;
  deliveredAt: string;
  redelivery: boolean;
  /** The status it was answered with; 0 where it was not answered. */
  statusCode: number;
}

export interface HookLogPage {
  items: HookLogEntry[];
  /** Where the page after this one begins; null where there is none. */
  cursor: string | null;
}

/** Which entries of a log to list. */
export interface HookLogQuery {
  limit?: number;
  cursor?: string | undefined;
  /** Only those that were answered 400 or more. A GitHub that does not know the filter lists all. */
  failures?: boolean;
}

export interface HookLogJson {
  // Beyond what a number holds exactly Octokit gives a bigint.
  id: number | bigint;
  guid: string;
  event: string;
  action: string | null;
  delivered_at: string;
  redelivery: boolean;
  status_code: number;
}

const DELIVERIES = "/repositories/{repository_id}/hooks/{hook_id}/deliveries";

/**
 * Reads a page of a webhook's log, newest first.
 * https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook
 *
 * @throws Refusal as {@link hookRequest} does
 */
export async function listHookLog(
  github: GitHub,
  target: HookTarget,
  hookId: string,
  options: HookLogQuery = {},
): Promise<HookLogPage> {
  const { limit = 100, cursor, failures = false } = options;
  return await hookRequest(github, target, async (octokit, repository) => {
    const { data, headers } = await octokit.request(`GET ${DELIVERIES}`, {
      ...repository,
      hook_id: hookId,
      per_page: limit,
      ...(cursor ? { cursor } : {}),
      ...(failures ? { status: "failure" } : {}),
    });
    return { items: (data as HookLogJson[]).map(hookLogEntry), cursor: nextCursor(headers.link) };
  });
}

/**
 * Asks GitHub to deliver a webhook again, under the same guid; it does so in its own time.
 * https://docs.github.com/en/rest/repos/webhooks#redeliver-a-delivery-for-a-repository-webhook
 *
 * @throws Refusal as {@link hookRequest} does
 */
export async function redeliver(
  github: GitHub,
  target: HookTarget,
  hookId: string,
  deliveryId: string,
): Promise<void> {
  await hookRequest(github, target, async (octokit, repository) => {
    await octokit.request(`POST ${DELIVERIES}/{delivery_id}/attempts`, {
      ...repository,
      hook_id: hookId,
      delivery_id: deliveryId,
    });
  });
}

/** Reads a log entry from GitHub's JSON. */
export const hookLogEntry = (json: HookLogJson): HookLogEntry => ({
  deliveryId: String(json.id),
  guid: json.guid,
  event: json.event,
  action: json.action,
  deliveredAt: json.delivered_at,
  redelivery: json.redelivery,
  statusCode: json.status_code,
});

/** The cursor of a `link` header's next page. https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export const nextCursor = (link: string | undefined): string | null =>
  readNextPage(link)?.searchParams.get("cursor") ?? null;
