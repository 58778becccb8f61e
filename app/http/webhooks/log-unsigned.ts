import type { Clock } from "../../domain/clock.ts";
import type { Log } from "../../log/events.ts";
import { onceAMinute } from "../../log/once-a-minute.ts";

/** A webhook that was refused for its signature. Its event and id are its sender's words, checked for their form alone. */
export interface UnsignedWebhook {
  /** Whose webhook the address names; null for the App's own. */
  repositoryId: string | null;
  /** Set where there is a signature, which does not fit. */
  isSigned: boolean;
  webhookEvent: string | null;
  delivery: string | null;
}

/**
 * Makes a function that logs webhooks refused for their signature: an operator whose secret is not GitHub's finds
 * it there. A line of a kind comes once a minute at most; `before` counts those since the last that had none.
 *
 * @param smee - the smee channel that webhooks come by, which may itself be why a signature does not fit
 */
export function unsignedLog(
  { log, clock }: { log: Log; clock: Clock },
  smee?: string,
): (webhook: UnsignedWebhook) => void {
  const unsaidOf = onceAMinute(clock);
  return ({ isSigned, ...facts }) => {
    const before = unsaidOf(`${isSigned} ${facts.repositoryId === null}`);
    if (before === null) return;
    if (!isSigned)
      log.warn(
        { event: "webhook.unsigned", ...facts, before },
        "Webhook was refused: it is not signed. If GitHub sent it, set the webhook's secret there",
      );
    else if (smee !== undefined)
      log.warn(
        { event: "smee.mismatched", smee, ...facts, before },
        "Webhook signature does not fit: smee writes JSON anew, which changes some bodies. Redeliver it; if it fails again, use an address that GitHub reaches (ZEKT_PUBLIC_URL) in place of ZEKT_SMEE_URL, or check WEBHOOK_SECRET",
      );
    else if (facts.repositoryId === null)
      log.warn(
        { event: "webhook.mismatched", ...facts, before },
        "Webhook was refused: its signature does not fit. If GitHub sent it, the App's webhook secret there is not WEBHOOK_SECRET",
      );
    else
      log.warn(
        { event: "webhook.mismatched", ...facts, before },
        "Webhook was refused: its signature does not fit. If GitHub sent it, disable and enable the repository, so that Zekt sets its webhook's secret anew",
      );
  };
}
