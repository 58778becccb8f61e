import { RequestError } from "@octokit/request-error";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import {
  type HookLogJson,
  type HookLogPage,
  type HookLogQuery,
  hookLogEntry,
  nextCursor,
} from "./hook-log.ts";
import { refusalOf } from "./outage.ts";

const DELIVERIES = "/app/hook/deliveries";

/**
 * Reads a page of the log of the App's own webhook, newest first.
 * https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
 *
 * @throws Refusal unavailable or limited where GitHub cannot be asked now
 */
export async function listAppHookLog(github: GitHub, options: HookLogQuery = {}): Promise<HookLogPage> {
  const { limit = 100, cursor, failures = false } = options;
  return await explained(async () => {
    const octokit = await github.asApp();
    const { data, headers } = await octokit.request(`GET ${DELIVERIES}`, {
      per_page: limit,
      ...(cursor ? { cursor } : {}),
      ...(failures ? { status: "failure" } : {}),
    });
    return { items: (data as HookLogJson[]).map(hookLogEntry), cursor: nextCursor(headers.link) };
  });
}

/**
 * Asks GitHub to deliver a webhook of the App again.
 * https://docs.github.com/en/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook
 *
 * @throws Refusal as {@link listAppHookLog} does
 */
export async function redeliverToApp(github: GitHub, deliveryId: string): Promise<void> {
  await explained(async () => {
    const octokit = await github.asApp();
    await octokit.request(`POST ${DELIVERIES}/{delivery_id}/attempts`, { delivery_id: deliveryId as never });
  });
}

async function explained<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw (
      refusalOf(error) ??
      new Refusal("forbidden", `GitHub refuses the App its own webhook's log: ${error.status}.`)
    );
  }
}
