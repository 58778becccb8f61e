import { createPrivateKey } from "node:crypto";
import type { GeneralJWE, JWK } from "jose";
import { flattenedDecrypt } from "jose/jwe/flattened/decrypt";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import { StepError } from "../shared/step-error.ts";

/*
 * A part of its own, which a step loads only where it decrypts.
 */

const WANTED =
  "give the private key of a pair of X25519 or P-256, as a JWK, a JWK set or PEM, from a secret of this repository";

const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g;

/**
 * Decrypts a shielded message by the one of the given keys that it is encrypted to.
 *
 * @param privateKeys - a JWK, a JWK set, or one PEM or more
 * @param mask - hides a text from the log
 * @throws StepError where it is encrypted to none of them, or was altered
 */
export async function decrypt(
  message: string,
  privateKeys: string,
  mask: (text: string) => void,
): Promise<string> {
  const keys = readKeys(privateKeys);
  for (const { d } of keys) mask(d as string);
  const jwe = parsed(message);
  const kids: string[] = [];
  for (const key of keys) {
    const kid = await calculateJwkThumbprint(key);
    const recipient = jwe.recipients.find(({ header }) => header?.kid === kid);
    if (recipient) return await decrypted({ ...jwe, ...recipient }, key, kid);
    kids.push(kid);
  }
  throw new StepError(
    `The message is not encrypted to the key of private-key (${kids.join(", ")}): it was sent before that key was registered or after it was removed, or the secret holds another key.`,
  );
}

async function decrypted(
  { recipients: _, ...jwe }: GeneralJWE & GeneralJWE["recipients"][number],
  key: JWK,
  kid: string,
): Promise<string> {
  try {
    const { plaintext } = await flattenedDecrypt(jwe, key, {
      keyManagementAlgorithms: ["ECDH-ES+A256KW"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plaintext);
    JSON.parse(text);
    return text;
  } catch {
    // The library's own words would help anyone who guesses.
    throw new StepError(
      `The message cannot be decrypted by the key ${kid}: it was altered on its way, or was never encrypted to that key.`,
    );
  }
}

function parsed(message: string): GeneralJWE {
  try {
    const jwe = JSON.parse(message) as GeneralJWE | null;
    if (Array.isArray(jwe?.recipients)) return jwe;
  } catch {
    // Told below.
  }
  throw new StepError("The message is said to be shielded, and is not as the send action encrypts one.");
}

/** Reads private keys; each has its `d`. */
function readKeys(text: string): JWK[] {
  const keys = text.trimStart().startsWith("{") ? jwksOf(text) : jwksOfPem(text);
  for (const { crv, d } of keys) {
    if (d === undefined) throw new StepError(`private-key is a public key: ${WANTED}.`);
    if (crv !== "X25519" && crv !== "P-256")
      throw new StepError(`private-key is of another kind: ${WANTED}.`);
  }
  return keys.map(bareKey);
}

/**
 * Returns the key itself. Tools write its use beside it (`key_ops`, `alg`, `use`). That says nothing of a message that
 * was encrypted to it, and jose refuses most of it.
 * https://www.rfc-editor.org/rfc/rfc7517#section-4.3
 */
const bareKey = ({ kty, crv, x, y, d }: JWK): JWK =>
  ({ kty, crv, x, ...(y === undefined ? {} : { y }), d }) as JWK;

function jwksOf(text: string): JWK[] {
  try {
    const json = JSON.parse(text) as JWK & { keys?: JWK[] };
    const keys = json.keys ?? [json];
    if (Array.isArray(keys) && keys.length > 0 && keys.every(({ kty }) => typeof kty === "string"))
      return keys;
  } catch {
    // Its reason would hold a part of the key.
  }
  throw new StepError(`private-key is no JWK: ${WANTED}.`);
}

function jwksOfPem(text: string): JWK[] {
  // As some tools store the lines of a secret.
  const pems = text.replaceAll("\\n", "\n").match(PEM) ?? [];
  if (pems.length === 0) throw new StepError(`private-key holds no private key: ${WANTED}.`);
  try {
    return pems.map((pem) => createPrivateKey(pem).export({ format: "jwk" }) as JWK);
  } catch {
    throw new StepError(`private-key cannot be read: ${WANTED}.`);
  }
}
