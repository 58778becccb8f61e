import type { IntakeDeps, WorkerDeps } from "../../deps.ts";
import { iso, MINUTE } from "../../domain/clock.ts";
import { unreadSince } from "../../domain/hooks/hook-upkeep.ts";
import type { PlacedHook, Repository } from "../../domain/records/repository.ts";
import { isPassing, Refusal } from "../../domain/refusal.ts";
import { createOrUpdateHook, deleteHook } from "../../github/repository-webhooks.ts";
import { updatePermissionNotice } from "../notices/raise-notice.ts";
import { findHookLog } from "./failed-webhooks.ts";
import { openHookGap } from "./reconcile.ts";

/** The time that GitHub's ping may take before the webhook is checked again. */
const PING_TIME = 10 * MINUTE;

/** A hook as it is while it is placed: signed with the newest secret soon, with the one it has until then. */
function awaiting(hook: PlacedHook | null, version: number, now: string): PlacedHook {
  if (hook === null) {
    return { hookId: "", secretVersion: version, previousSecretVersion: null, placedAt: now, pingedAt: null };
  }
  if (hook.secretVersion === version) return { ...hook, pingedAt: null };
  return { ...hook, secretVersion: version, previousSecretVersion: hook.secretVersion, pingedAt: null };
}

/**
 * Places our webhook in a repository, or mends it; GitHub's ping is awaited from then on. A secret older
 * than the newest is replaced, and stays good until the newest has proved itself. Safe to repeat.
 *
 * @param isNewProvider - says that the repository becomes a provider by it: what ended before leaves it not
 * @throws Refusal where it cannot be placed; the reason stays with the repository
 */
export async function placeHook(
  deps: WorkerDeps,
  repository: Repository,
  { isNewProvider = false } = {},
): Promise<void> {
  const { repositoryId, hook: before } = repository;
  const { accounts } = deps.store;
  const { version } = deps.hookSecrets;
  const now = iso(deps.clock.now());
  // Known before GitHub is asked, so that its ping finds the secret it is signed with.
  await accounts.changeHook(repositoryId, (hook) => ({ hook: awaiting(hook, version, now) }));
  try {
    const wanted = {
      url: deps.settings.repositoryWebhookUrl(repositoryId),
      secret: deps.hookSecrets.secret(repositoryId, version) as string,
      hookId: before?.hookId || null,
    };
    const hookId = await createOrUpdateHook(deps.github, repository, wanted, async (found) => {
      if (isNewProvider)
        await accounts.changeHook(repositoryId, (hook) => ({ hook: hook && { ...hook, checkedAt: now } }));
      // Of what ended while it was gone or changed GitHub has no log.
      else if (before !== null && found !== "as-placed") await openUnseenGap(deps, repositoryId, before);
      if (found !== "missing") return;
      // The ping of a new one comes from an id that nobody knows yet.
      await accounts.changeHook(repositoryId, (hook) => ({
        hook: hook && { ...hook, hookId: "", placedAt: now },
      }));
    });
    await accounts.changeHook(repositoryId, (hook) => ({
      hook: hook && { ...hook, hookId, placedAt: hook.hookId === hookId ? hook.placedAt : now },
      hookProblem: null,
    }));
    await updatePermissionNotice(deps, repository, "webhook", null);
  } catch (error) {
    const hookProblem = error instanceof Refusal ? error.message : null;
    // One that is there goes on signing with what it has, so both secrets stay good. One that was there and is gone is
    // placed anew at the next look.
    await accounts.changeHook(repositoryId, (hook) => ({
      hook: hook?.hookId || before !== null ? hook : null,
      hookProblem,
    }));
    throw error;
  } finally {
    const placedAt = deps.clock.now();
    await accounts.scheduleRepository(repositoryId, iso(placedAt + PING_TIME), iso(placedAt));
  }
}

/** Opens a gap since a webhook was last known to be in place, with its log read. */
async function openUnseenGap(deps: WorkerDeps, repositoryId: string, hook: PlacedHook): Promise<void> {
  const now = iso(deps.clock.now());
  const unread = unreadSince(hook);
  await openHookGap(deps, repositoryId, await findHookLog(deps, repositoryId), unread < now ? unread : now);
}

/**
 * Removes our webhook from a repository that needs it for nothing any more. Where GitHub does not let
 * us, it is refused from now on, and the repository says that somebody has to remove it.
 *
 * @throws Refusal unavailable or limited where asking again may help
 */
export async function removeHook(deps: WorkerDeps, repository: Repository): Promise<void> {
  const { repositoryId, hook } = repository;
  if (hook === null) return;
  const { accounts } = deps.store;
  let hookProblem: string | null = null;
  try {
    const url = deps.settings.repositoryWebhookUrl(repositoryId);
    await deleteHook(deps.github, repository, { url, hookId: hook.hookId || null });
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error;
    hookProblem = `Our webhook could not be removed; remove it under Settings → Webhooks. ${error.message}`;
  }
  await accounts.changeHook(repositoryId, () => ({ hook: null, hookProblem }));
  await accounts.scheduleRepository(repositoryId, null);
}

/** A ping as it came: of which webhook, and signed with which version of the secret. */
export interface Ping {
  repositoryId: string;
  hookId: string;
  secretVersion: number;
}

/** Records that GitHub's ping came, signed with the newest secret: from now on the webhook is known to work. */
export async function recordPing(
  deps: IntakeDeps,
  { repositoryId, hookId, secretVersion }: Ping,
): Promise<void> {
  await deps.store.accounts.changeHook(repositoryId, (hook) => {
    const awaited = hook?.secretVersion === secretVersion && (hook.hookId === "" || hook.hookId === hookId);
    if (!awaited) return { hook };
    return { hook: { ...hook, hookId, pingedAt: iso(deps.clock.now()) }, hookProblem: null };
  });
}
