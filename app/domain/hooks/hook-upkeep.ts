import { HOUR, iso, MINUTE } from "../clock.ts";
import type { PlacedHook } from "../records/repository.ts";

/**
 * The next need of a placed webhook.
 * - `secret`: the newest master key; the present secret stays valid meanwhile
 * - `ping`: a sign that it works, as GitHub's ping has not come
 * - `retirement`: the end of the previous secret; everything signed with it has arrived by now
 */
type HookWant = "secret" | "ping" | "retirement";

/** The old secret of a webhook that proved the new one is kept for what was on its way. */
const RETIRED_AFTER = 1 * HOUR;

/** Entries may appear in GitHub's log so long after their time. */
const LATE = 5 * MINUTE;

/** Returns the moment (ISO 8601) since when a webhook's runs may be missing: it was in place then, with its log read. */
export const unreadSince = ({ checkedAt, placedAt }: PlacedHook): string =>
  iso(Date.parse(checkedAt ?? placedAt) - LATE);

/** Returns what a webhook needs now, with `version` the newest of the master keys; null where it needs nothing. */
export function wantOf(hook: PlacedHook, version: number, now: number): HookWant | null {
  if (hook.secretVersion !== version) return "secret";
  if (hook.pingedAt === null) return "ping";
  const proven = now - Date.parse(hook.pingedAt) >= RETIRED_AFTER;
  return hook.previousSecretVersion !== null && proven ? "retirement" : null;
}
