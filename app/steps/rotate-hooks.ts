import type { Repository } from "../domain/account.ts";
import { HOUR, iso, MINUTE } from "../domain/clock.ts";
import { wantOf } from "../domain/hook-upkeep.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Zekt } from "../zekt.ts";
import { reconcile } from "./reconcile.ts";
import { dropHook, ensureHook } from "./tend-hook.ts";

/** A webhook that wants nothing is looked at again after this, spread so that not all are at once. */
const QUIET = 1 * HOUR;
const SPREAD = 10 * MINUTE;
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
  /** Not mended; their repositories say why. */
  failed: number;
}

/**
 * Looks after placed webhooks that are due, at most `limit` of them, so that a new master key reaches
 * all without a rush: each gets the newest secret, is pinged until the ping comes, and loses the old
 * secret once the new one has proved itself. Runs every minute, over an index only.
 */
export async function rotateHooks(zekt: Zekt, { limit }: { limit: number }): Promise<Rotation> {
  const done: Rotation = { rotated: 0, retired: 0, unheard: 0, failed: 0 };
  const due = await zekt.store.accounts.pastDue(limit);
  for (const repository of due.slice(0, limit)) {
    try {
      const counted = await tend(zekt, repository);
      if (counted) done[counted] += 1;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      done.failed += 1;
      const soon = error.code === "unavailable" || error.code === "limited";
      await schedule(zekt, repository, soon ? SPREAD : STUCK);
    }
  }
  return done;
}

async function tend(zekt: Zekt, repository: Repository): Promise<keyof Rotation | null> {
  const { accounts } = zekt.store;
  const { repositoryId, hook } = repository;
  if (hook === null || !repository.reachable) {
    await accounts.scheduleRepository(repositoryId, null);
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
    await schedule(zekt, repository, QUIET);
    return "unheard";
  }
  if (want === "retirement") {
    await accounts.changeHook(repositoryId, (one) => ({
      hook: one && { ...one, previousSecretVersion: null },
    }));
  }
  // Something still missing is asked for again before long; otherwise it is looked after in an hour.
  const asked = await reconcileOrPlace(zekt, repository);
  await schedule(zekt, repository, asked > 0 ? SPREAD : QUIET + Math.random() * SPREAD);
  return want && "retired";
}

/** Asks for webhooks that were lost; one deleted behind our back is placed again. */
async function reconcileOrPlace(zekt: Zekt, repository: Repository): Promise<number> {
  try {
    return await reconcile(zekt, repository);
  } catch (error) {
    // GitHub says the same of a webhook that is gone and of a repository out of reach; placing it tells.
    if (!(error instanceof Refusal && error.code === "forbidden")) throw error;
    await ensureHook(zekt, repository);
    return 0;
  }
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
