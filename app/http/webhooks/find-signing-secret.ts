import type { IntakeDeps } from "../../deps.ts";
import { isSigned, type SignedWebhook } from "./signed-webhook.ts";

/**
 * Finds which secret of a repository signed a webhook: the one it has now or, until a rotation is over,
 * the one before. `not-enabled` is told only to what is signed rightly, so that nobody else learns
 * which repositories are known here.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function findSigningSecret(
  deps: IntakeDeps,
  repositoryId: string,
  received: SignedWebhook,
): Promise<{ secretVersion: number } | "not-enabled" | "forged"> {
  const hook = (await deps.store.accounts.getRepository(repositoryId))?.hook;
  const good = hook ? [hook.secretVersion, hook.previousSecretVersion] : deps.hookSecrets.versions;
  for (const secretVersion of good) {
    const secret = secretVersion === null ? null : deps.hookSecrets.secret(repositoryId, secretVersion);
    if (secretVersion === null || secret === null || !(await isSigned(secret, received))) continue;
    return hook ? { secretVersion } : "not-enabled";
  }
  return "forged";
}
