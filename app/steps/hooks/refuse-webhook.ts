import type { IntakeDeps } from "../../deps.ts";
import { HOUR, iso } from "../../domain/clock.ts";
import { GAP_WANTED, REFUSED_WEBHOOK } from "../../store/fact-kinds.ts";

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
 * Records that a webhook was refused for its shape: a warning, and for a run's end a look at the list of
 * runs, where the run can be had all the same. Its redeliveries cause no other look.
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
  const { facts, accounts } = deps.store;
  const { won } = await facts.claim(REFUSED_WEBHOOK.of({ guid }), {});
  if (!won) return;
  const now = deps.clock.now();
  await facts.set(GAP_WANTED.of({ repositoryId }), { since: iso(now - LOOK_BACK) });
  await accounts.scheduleRepository(repositoryId, iso(now));
}
