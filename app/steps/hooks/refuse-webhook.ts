import type { IntakeDeps } from "../../deps.ts";
import { HOUR, iso } from "../../domain/clock.ts";

/** Runs that ended so long before a refused webhook are looked for. */
const LOOK_BACK = 1 * HOUR;

/** A webhook of GitHub's that was signed rightly, and is not as GitHub documents it. */
export interface RefusedWebhook {
  /** GitHub's id of the delivery, the same when it is redelivered. */
  guid: string;
  name: string;
  /** Null for the App's own. */
  repositoryId: string | null;
  action: unknown;
  /** The place where its body is odd. */
  place: string;
}

/**
 * Records that a webhook was refused for its shape, by a warning. For a run's end it also has the list of runs
 * read, which has the run all the same. Webhooks that we answered 400 are not asked for again.
 */
export async function recordRefusedWebhook(
  deps: IntakeDeps,
  { guid, name, repositoryId, action, place }: RefusedWebhook,
): Promise<void> {
  deps.log.warn(
    { event: "webhook.refused", delivery: guid, webhookEvent: name, repositoryId, place },
    "Webhook is not as GitHub documents it",
  );
  if (repositoryId === null || action === "requested" || action === "in_progress") return;
  const now = deps.clock.now();
  await deps.store.accounts.recordMissedSince(repositoryId, iso(now - LOOK_BACK), iso(now));
}
