import type { WorkerDeps } from "../../deps.ts";
import { HOUR, iso, MINUTE, SECOND, wasAhead } from "../../domain/clock.ts";
import { type ForEach, forEachFairly } from "../../domain/for-each-concurrently.ts";
import { unreadSince, wantOf } from "../../domain/hooks/hook-upkeep.ts";
import type { CatchUp } from "../../domain/records/catch-up.ts";
import type { HookLog } from "../../domain/records/hook-log.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { Refusal } from "../../domain/refusal.ts";
import { isAsPlaced } from "../../github/repository-webhooks.ts";
import { HOOK_CHECKS } from "../../store/fact-kinds.ts";
import { updatePermissionNotice } from "../notices/raise-notice.ts";
import { endCatchUp, findCatchUp } from "./downtime.ts";
import { findHookLog } from "./failed-webhooks.ts";
import { placeHook, removeHook } from "./place-hook.ts";
import { openHookGap, type Reconciled, reconcile } from "./reconcile.ts";

/** A webhook's log is read every 30 to 60 minutes, spread so that not all are at once. */
const QUIET = 30 * MINUTE;
const SPREAD = 30 * MINUTE;
/** One that waits for a sign from GitHub, for its old secret to retire, or for what was asked for again. */
const WAITING = 1 * HOUR;
const SOON = 5 * MINUTE;
/** One that GitHub could not be asked about now, where it does not say when, and the least where it does. */
const PASSING = 10 * MINUTE;
const SHORTEST = 1 * MINUTE;
/** One that somebody has to mend is tried again after this. */
const STUCK = 6 * HOUR;

/**
 * The number of webhooks maintained an hour: a tenth of each installation's 5,000 requests at most, as one
 * takes about two. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
const LOOKS_AN_HOUR = 250;
/** After a downtime, when each webhook has to be looked at once, and those with a gap until it is filled. */
const LOOKS_AFTER_DOWNTIME = 1000;
/** GitHub's log reaches three days back; of a longer downtime only the list of runs tells. */
const LOGGED = 60 * HOUR;

/** The result of maintaining the webhooks that were due. */
export interface HookMaintenance {
  /** Given the newest secret. */
  rotated: number;
  /** Whose old secret is good no more. */
  retired: number;
  /** Pinged again, since GitHub's ping had not come. */
  unheard: number;
  /** Placed anew or set right, since somebody had removed or changed them. */
  repaired: number;
  /** Not mended; their repositories say why. */
  failed: number;
}

/**
 * Maintains placed webhooks that are due, at most `limit` of them, so that a new master key reaches all
 * without a rush. Each gets the newest secret, is pinged until the ping comes, and loses the old secret
 * once the new one has proved itself. A webhook that somebody removed or changed is restored. Runs every
 * minute, over an index only.
 */
export async function maintainHooks(
  deps: WorkerDeps,
  { limit, forEach = someAtOnce }: { limit: number; forEach?: ForEach },
): Promise<HookMaintenance> {
  const done: HookMaintenance = { rotated: 0, retired: 0, unheard: 0, repaired: 0, failed: 0 };
  const catchUp = await findCatchUp(deps);
  const due = await dueNow(deps, catchUp, limit);
  const naming = {
    nameOf: ({ repositoryId }: Repository): string => repositoryId,
    ownerOf: ({ ownerId }: Repository): string => ownerId,
  };
  await forEach(due, naming, async (repository) => {
    const counted = await maintainOne(deps, repository, catchUp);
    if (counted) done[counted] += 1;
  });
  return done;
}

/** Webhooks looked after at once where no sweep does. */
const AT_ONCE = 8;
const someAtOnce: ForEach = async (items, { nameOf, ownerOf = nameOf }, act) => {
  await forEachFairly(items, { atOnce: AT_ONCE, most: AT_ONCE, ownerOf, goesOn: () => true }, act);
  return items.length;
};

/** Returns the repositories due now; while catching up also those not maintained since the downtime. */
async function dueNow(deps: WorkerDeps, catchUp: CatchUp | null, limit: number): Promise<Repository[]> {
  const { accounts } = deps.store;
  const due = await accounts.pastDue(limit);
  if (catchUp) {
    const left = await accounts.dueBy(catchUp.horizon, catchUp.startedAt, limit);
    if (left.length === 0) await endCatchUp(deps);
    due.unshift(...left);
  }
  return [...new Map(due.map((one) => [one.repositoryId, one])).values()].slice(0, limit);
}

async function maintainOne(
  deps: WorkerDeps,
  repository: Repository,
  catchUp: CatchUp | null,
): Promise<keyof HookMaintenance | null> {
  try {
    const log = await openMissedGap(deps, repository, catchUp);
    if (await isOverQuota(deps, repository, log?.gap ? LOOKS_AFTER_DOWNTIME : LOOKS_AN_HOUR)) {
      await schedule(deps, repository, HOUR + Math.random() * SPREAD);
      return null;
    }
    return await maintain(deps, repository, log);
  } catch (error) {
    await recordHookProblem(deps, repository, error);
    return "failed";
  }
}

/**
 * Opens a gap where a webhook may have missed something that its log does not tell. That is so after a downtime,
 * where a webhook was refused, and where nobody has looked for as long as GitHub's log reaches. Whatever stops this
 * look, the gap stands. Returns what is known of the log then; null where there is none.
 */
async function openMissedGap(
  deps: WorkerDeps,
  { repositoryId, hook, missedSince, lookedAt = "" }: Repository,
  catchUp: CatchUp | null,
): Promise<HookLog | null> {
  if (!hook?.hookId) return null;
  const now = deps.clock.now();
  const checkedAt = hook.checkedAt ?? hook.placedAt;
  const isAhead = [checkedAt, lookedAt].some((at) => wasAhead(Date.parse(at), now) > 0);
  const since = [
    ...(catchUp && lookedAt < catchUp.startedAt ? [catchUp.since] : []),
    ...(missedSince ? [missedSince] : []),
    ...(now - Date.parse(checkedAt) > LOGGED ? [checkedAt] : []),
    // When it was looked at last, only a clock knew that was ahead.
    ...(isAhead ? [iso(now - LOGGED)] : []),
  ].sort();
  let log = await findHookLog(deps, repositoryId);
  if (since[0] !== undefined) {
    // Once the gap is filled, all before its end counts as read: so it begins where the log was read to.
    const unread = unreadSince(hook);
    log = await openHookGap(deps, repositoryId, log, unread < since[0] ? unread : since[0]);
  }
  if (missedSince) await deps.store.accounts.changeRepository({ repositoryId, missedSince: null });
  return log;
}

async function isOverQuota(
  deps: WorkerDeps,
  { installationId }: Repository,
  allowed: number,
): Promise<boolean> {
  if (installationId === null) return false;
  const checks = HOOK_CHECKS.of({ installationId, at: deps.clock.now() });
  return (await deps.store.facts.count(checks)) > allowed;
}

async function maintain(
  deps: WorkerDeps,
  repository: Repository,
  log: HookLog | null,
): Promise<keyof HookMaintenance | null> {
  const { accounts } = deps.store;
  const { repositoryId, hook } = repository;
  if (hook === null) {
    await accounts.scheduleRepository(repositoryId, null);
    return null;
  }
  if (!repository.reachable) {
    // Its installation is suspended; that may be lifted.
    await schedule(deps, repository, STUCK);
    return null;
  }
  if (!repository.provider && !repository.tracking) {
    // Left behind where enabling or disabling was cut off.
    await removeHook(deps, repository);
    return null;
  }
  const want = wantOf(hook, deps.hookSecrets.version, deps.clock.now());
  if (want === "secret") {
    await placeHook(deps, repository);
    return "rotated";
  }
  if (want === "ping") {
    await placeHook(deps, repository);
    // Of one that could not be placed the last time no ping could come.
    if (hook.hookId === "") return "repaired";
    await recordMissingPing(deps, repositoryId);
    await schedule(deps, repository, WAITING);
    return "unheard";
  }
  const ours = { url: deps.settings.repositoryWebhookUrl(repositoryId), hookId: hook.hookId };
  if (!(await isAsPlaced(deps.github, repository, ours))) {
    await placeHook(deps, repository);
    const placed = await accounts.getRepository(repositoryId);
    const { isOpen } = await reconcile(deps, placed ?? repository);
    if (isOpen) await schedule(deps, repository, SHORTEST);
    else await recordChecked(deps, repository);
    return "repaired";
  }
  if (want === "retirement" || repository.hookProblem !== null) {
    const retired = want === "retirement" ? { previousSecretVersion: null } : {};
    await accounts.changeHook(repositoryId, (one) => ({
      hook: one && { ...one, ...retired },
      hookProblem: null,
    }));
  }
  const waits = want === null && hook.previousSecretVersion !== null;
  const reconciled = await reconcile(deps, repository, log ?? undefined);
  if (!reconciled.isOpen) await recordChecked(deps, repository);
  await schedule(deps, repository, nextLook(reconciled, waits));
  return want && "retired";
}

/** Returns the time until a webhook is looked after next. */
function nextLook({ asked, isOpen, isHourSpent, dueIn }: Reconciled, waits: boolean): number {
  if (isHourSpent) return HOUR + Math.random() * SPREAD;
  // The next sweep goes on with a gap.
  if (isOpen) return 0;
  // What was lost and has just been asked for is looked after before long.
  if (asked > 0) return SOON;
  const wait = waits ? WAITING : QUIET + Math.random() * SPREAD;
  return dueIn === null ? wait : Math.min(wait, Math.max(SOON, dueIn));
}

/** Records that until now nothing is missing of a webhook, but what was asked for again. */
async function recordChecked(deps: WorkerDeps, { repositoryId }: Repository): Promise<void> {
  const checkedAt = iso(deps.clock.now());
  await deps.store.accounts.changeHook(repositoryId, (hook) => ({ hook: hook && { ...hook, checkedAt } }));
}

/** Records a webhook's problem, for the person who can fix it, and when to try again. One that stays holds up no other. */
async function recordHookProblem(deps: WorkerDeps, repository: Repository, error: unknown): Promise<void> {
  const { repositoryId } = repository;
  const refusal = error instanceof Refusal ? error : null;
  if (!refusal)
    deps.log.error(
      { event: "hook.failed", err: error, repositoryId },
      "Placed webhook could not be maintained",
    );
  const passing = !refusal || refusal.code === "unavailable" || refusal.code === "limited";
  const wait = refusal?.retryAfter ? Math.max(refusal.retryAfter * SECOND, SHORTEST) : PASSING;
  await schedule(deps, repository, passing ? wait : STUCK);
  if (passing) return;
  await deps.store.accounts.changeHook(repositoryId, (hook) => ({ hook, hookProblem: refusal.message }));
  await updatePermissionNotice(deps, repository, "webhook", refusal.message);
}

/** Records that nothing comes from GitHub, for the person who can fix it. The ping, once it comes, resolves it. */
async function recordMissingPing(deps: WorkerDeps, repositoryId: string): Promise<void> {
  const url = deps.settings.repositoryWebhookUrl(repositoryId);
  const hookProblem = `GitHub's ping has not come. See under Settings → Webhooks what GitHub got from ${url}.`;
  await deps.store.accounts.changeHook(repositoryId, (hook) =>
    hook && hook.pingedAt === null ? { hook, hookProblem } : { hook },
  );
}

/** Records that a webhook was looked after, and when it is next. */
async function schedule(deps: WorkerDeps, { repositoryId }: Repository, after: number): Promise<void> {
  const now = deps.clock.now();
  await deps.store.accounts.scheduleRepository(repositoryId, iso(now + after), iso(now));
}
