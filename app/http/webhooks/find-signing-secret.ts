import { createHmac, timingSafeEqual } from "node:crypto";
import { verify } from "@octokit/webhooks-methods";
import type { IntakeDeps } from "../../deps.ts";

/**
 * Finds which secret of a repository signed a webhook: the current one or, until a rotation is over, the one before.
 * Only a rightly signed webhook is answered `not-enabled`, so that nobody else learns which repositories are known
 * here.
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

/** A webhook as it came over the wire; the signature is over the body's bytes exactly. */
export interface SignedWebhook {
  /** GitHub's id of the delivery, the same when it is redelivered. */
  id: string;
  name: string;
  signature: string;
  body: Buffer;
  /** The text of the body; null where its bytes are not UTF-8. */
  text: string | null;
}

/**
 * Returns whether a secret signed a webhook's bytes, compared in constant time.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function isSigned(secret: string, { body, text, signature }: SignedWebhook): Promise<boolean> {
  // The library takes text alone, and what is UTF-8 throughout encodes to the very bytes it was read from.
  if (text !== null) return await verify(secret, text, signature);
  // What is not would be read with replacements, over which another signature holds. It is refused either way:
  // this tells a sender who knows the secret what is wrong, and nobody else.
  const given = Buffer.from(signature);
  const wanted = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
