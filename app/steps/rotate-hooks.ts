import type { Repository } from "../domain/account.ts";
import { HOUR, iso, MINUTE } from "../domain/clock.ts";
import { wantOf } from "../domain/hook-upkeep.ts";
import { Refusal } from "../domain/refusal.ts";
import { isAsPlaced } from "../github/repository-webhooks.ts";
import type { Zekt } from "../zekt.ts";
import { reconcile } from "./reconcile.ts";
import { tellPermission } from "./tell.ts";
import { dropHook, ensureHook } from "./tend-hook.ts";

/** A webhook that wants nothing is looked at again after this, spread so that not all are at once. */
const QUIET = 6 * HOUR;
const SPREAD = 10 * MINUTE;
/** One that waits for a sign from GitHub, or for its old secret to retire, sooner. */
const WAITING = 1 * HOUR;
/** One that somebody has to mend is tried again after this. */
const STUCK = 6 * HOUR;

/** What became of the webhooks that were due. */
export interface Rotation {
  /** Given the newest secret. */
  rotated: number;
  /** Whose old secret is good no more. */
  retired: number;
  /** Pinged again, since GitHub's ping had not come. */
  unheard: number;
  /** Placed anew or set right, since somebody had removed or changed them. */
  mended: number;
  /** Not mended; their repositories say why. */
  failed: number;
}

/**
 * Looks after placed webhooks that are due, at most `limit` of them, so that a new master key reaches
 * all without a rush: each gets the newest secret, is pinged until the ping comes, and loses the old
 * secret once the new one has proved itself. Whoever removed or changed one meanwhile is undone. Runs
 * every minute, over an index only.
 */
export async function rotateHooks(zekt: Zekt, { limit }: { limit: number }): Promise<Rotation> {
  const done: Rotation = { rotated: 0, retired: 0, unheard: 0, mended: 0, failed: 0 };
  const due = await zekt.store.accounts.pastDue(limit);
  for (const repository of due.slice(0, limit)) {
    try {
      const counted = await tend(zekt, repository);
      if (counted) done[counted] += 1;
    } catch (error) {
      done.failed += 1;
      await stick(zekt, repository, error);
    }
  }
  return done;
}

async function tend(zekt: Zekt, repository: Repository): Promise<keyof Rotation | null> {
  const { accounts } = zekt.store;
  const { repositoryId, hook } = repository;
  if (hook === null) {
    await accounts.scheduleRepository(repositoryId, null);
    return null;
  }
  if (!repository.reachable) {
    // Its installation is suspended; that may be lifted.
    await schedule(zekt, repository, STUCK);
    return null;
  }
  if (!repository.provider && !repository.tracking) {
    // Left behind where enabling or disabling was cut off.
    await dropHook(zekt, repository);
    return null;
  }
  const want = wantOf(hook, zekt.hookSecrets.version, zekt.clock.now());
  if (want === "secret") {
    await ensureHook(zekt, repository);
    return "rotated";
  }
  if (want === "ping") {
    await ensureHook(zekt, repository);
    await complainOfSilence(zekt, repositoryId);
    await schedule(zekt, repository, WAITING);
    return "unheard";
  }
  const ours = { url: zekt.settings.repositoryWebhookUrl(repositoryId), hookId: hook.hookId };
  if (!(await isAsPlaced(zekt.github, repository, ours))) {
    await ensureHook(zekt, repository);
    return "mended";
  }
  if (want === "retirement" || repository.hookProblem !== null) {
    const retired = want === "retirement" ? { previousSecretVersion: null } : {};
    await accounts.changeHook(repositoryId, (one) => ({
      hook: one && { ...one, ...retired },
      hookProblem: null,
    }));
  }
  const waits = want === null && hook.previousSecretVersion !== null;
  // What was lost and has just been asked for is looked after before long.
  const asked = await reconcile(zekt, repository);
  const after = waits ? WAITING : QUIET;
  await schedule(zekt, repository, asked > 0 ? SPREAD : after + Math.random() * SPREAD);
  return want && "retired";
}

/** Notes what is in the way of a webhook, for whoever can mend it, and when to try again. One that sticks holds up no other. */
async function stick(zekt: Zekt, repository: Repository, error: unknown): Promise<void> {
  const { repositoryId } = repository;
  const refusal = error instanceof Refusal ? error : null;
  if (!refusal) zekt.log.error({ err: error, repositoryId }, "a placed webhook could not be looked after");
  const passing = !refusal || refusal.code === "unavailable" || refusal.code === "limited";
  await schedule(zekt, repository, passing ? SPREAD : STUCK);
  if (passing) return;
  await zekt.store.accounts.changeHook(repositoryId, (hook) => ({ hook, hookProblem: refusal.message }));
  await tellPermission(zekt, repository, "webhook", refusal.message);
}

/** Tells whoever can mend it that nothing comes from GitHub; the ping, once it comes, takes that back. */
async function complainOfSilence(zekt: Zekt, repositoryId: string): Promise<void> {
  const url = zekt.settings.repositoryWebhookUrl(repositoryId);
  const hookProblem = `GitHub's ping has not come. See under Settings → Webhooks what GitHub got from ${url}.`;
  await zekt.store.accounts.changeHook(repositoryId, (hook) =>
    hook && hook.pingedAt === null ? { hook, hookProblem } : { hook },
  );
}

const schedule = (zekt: Zekt, { repositoryId }: Repository, after: number): Promise<void> =>
  zekt.store.accounts.scheduleRepository(repositoryId, iso(zekt.clock.now() + after));
