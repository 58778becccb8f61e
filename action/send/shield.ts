import type { JWK } from "jose";
import { GeneralEncrypt } from "jose/jwe/general/encrypt";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import { importJWK } from "jose/key/import";
import { StepError } from "../shared/step-error.ts";

/*
 * A part of its own, which a step loads only where it encrypts.
 */

/** A public key as Zekt gives it out, and its thumbprint. */
export interface MessageKey {
  kid: string;
  jwk: JWK;
}

const ALG = "ECDH-ES+A256KW";

/**
 * Encrypts a message to all keys at once: a JWE in general JSON form, whose recipients are named by their keys'
 * thumbprints.
 * https://www.rfc-editor.org/rfc/rfc7516#section-7.2.1
 *
 * @throws StepError for a key that is not what its thumbprint says, or cannot be encrypted to
 */
export async function encrypt(json: string, keys: readonly MessageKey[]): Promise<string> {
  const message = new GeneralEncrypt(new TextEncoder().encode(json));
  message.setProtectedHeader({ alg: ALG, enc: "A256GCM" });
  for (const { kid, jwk } of keys) {
    message.addRecipient(await publicKey(kid, jwk)).setUnprotectedHeader({ kid });
  }
  try {
    return JSON.stringify(await message.encrypt());
  } catch (error) {
    throw new StepError(
      `The message could not be encrypted, and nothing was sent: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

async function publicKey(kid: string, jwk: JWK) {
  try {
    if ((await calculateJwkThumbprint(jwk)) === kid) return await importJWK(jwk, ALG);
  } catch {
    // Told below.
  }
  throw new StepError(`The key ${kid} is not what its thumbprint says, so nothing was sent.`);
}
