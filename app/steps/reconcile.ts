import type { Repository } from "../domain/account.ts";
import { DAY, MINUTE } from "../domain/clock.ts";
import { type HookDelivery, listHookDeliveries, redeliver } from "../github/hook-deliveries.ts";
import type { Zekt } from "../zekt.ts";

/** GitHub keeps its log, and redelivers from it, for so long. */
const LOG = 3 * DAY;
/** Pages of the log read at most, of 100 entries each. */
const MAX_PAGES = 10;
/** A webhook that failed so often is not asked for again: it is the webhook itself that cannot be taken. */
const MAX_TRIES = 8;

/** How long after its last try a webhook is asked for again: a minute, two, four, and so on. */
const waitAfter = (tries: number): number => MINUTE * 2 ** (tries - 1);

/**
 * Reads a webhook's log at GitHub and asks for what never arrived: GitHub does not send it again by
 * itself. Returns how many it asked for. What arrives twice is one event all the same.
 * https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
 *
 * @throws Refusal forbidden where the webhook is gone, or the repository out of reach
 */
export async function reconcile(zekt: Zekt, repository: Repository): Promise<number> {
  const { hook } = repository;
  if (!hook?.hookId) return 0;
  const now = zekt.clock.now();
  const lost = lostOf(await readLog(zekt, repository, hook.hookId, now - LOG), now);
  for (const entry of lost) await redeliver(zekt.github, repository, hook.hookId, entry.deliveryId);
  if (lost.length > 0) {
    zekt.log.warn(
      { repositoryId: repository.repositoryId, lost: lost.length },
      "lost webhooks asked for again",
    );
  }
  return lost.length;
}

async function readLog(
  zekt: Zekt,
  repository: Repository,
  hookId: string,
  since: number,
): Promise<HookDelivery[]> {
  const entries: HookDelivery[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES && cursor !== null; page++) {
    const answer = await listHookDeliveries(zekt.github, repository, hookId, cursor ? { cursor } : {});
    entries.push(...answer.items);
    const oldest = answer.items.at(-1);
    cursor = oldest && Date.parse(oldest.deliveredAt) >= since ? answer.cursor : null;
  }
  return entries;
}

/** The last try of each webhook of a finished run that was never answered 2xx and is due to be asked for again. */
function lostOf(entries: readonly HookDelivery[], now: number): HookDelivery[] {
  const finished = entries.filter(({ event, action }) => event === "workflow_run" && action === "completed");
  const lost: HookDelivery[] = [];
  for (const tries of Map.groupBy(finished, ({ guid }) => guid).values()) {
    if (tries.some(({ statusCode }) => statusCode >= 200 && statusCode < 300)) continue;
    const [last] = tries.sort((a, b) => b.deliveredAt.localeCompare(a.deliveredAt));
    if (!last || tries.length >= MAX_TRIES) continue;
    if (now - Date.parse(last.deliveredAt) >= waitAfter(tries.length)) lost.push(last);
  }
  return lost;
}
