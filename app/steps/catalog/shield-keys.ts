import type { WorkerDeps } from "../../deps.ts";
import { readPublicKey, thumbprint } from "../../domain/catalog/public-key.ts";
import { iso } from "../../domain/clock.ts";
import { MAX_REPOSITORY_KEYS } from "../../domain/limits.ts";
import type { ShieldKey } from "../../domain/records/shield-key.ts";
import { Refusal } from "../../domain/refusal.ts";
import { requireReachable } from "./require-repository.ts";

/**
 * Registers a public key of a repository, to which messages for it are encrypted from then on. A key that is there
 * already stays as it is.
 *
 * @throws Refusal invalid where it is no public key that can be used, conflict where there are too many
 */
export async function addShieldKey(
  deps: WorkerDeps,
  repositoryId: string,
  given: unknown,
  by: string,
): Promise<{ key: ShieldKey; isNew: boolean }> {
  const repository = await requireReachable(deps, repositoryId);
  const jwk = readPublicKey(given);
  const added: ShieldKey = { kid: thumbprint(jwk), jwk, addedAt: iso(deps.clock.now()), addedBy: by };
  let key = added;
  const changed = await deps.store.accounts.changeShieldKeys(repositoryId, (keys) => {
    key = keys.find(({ kid }) => kid === added.kid) ?? added;
    if (key !== added) return [...keys];
    if (keys.length < MAX_REPOSITORY_KEYS) return [...keys, added];
    throw new Refusal(
      "conflict",
      `${repository.fullName} has ${MAX_REPOSITORY_KEYS} keys, which is the most; remove one that is not used any more.`,
    );
  });
  if (!changed) throw noKey();
  return { key, isNew: key === added };
}

/**
 * Removes a public key of a repository. What was encrypted to it before can still be read by its private key.
 *
 * @throws Refusal not-found where there is no such key
 */
export async function removeShieldKey(deps: WorkerDeps, repositoryId: string, kid: string): Promise<void> {
  await requireReachable(deps, repositoryId);
  const changed = await deps.store.accounts.changeShieldKeys(repositoryId, (keys) => {
    if (!keys.some((one) => one.kid === kid)) throw noKey();
    return keys.filter((one) => one.kid !== kid);
  });
  if (!changed) throw noKey();
}

const noKey = (): Refusal => new Refusal("not-found", "The repository has no such key.");
