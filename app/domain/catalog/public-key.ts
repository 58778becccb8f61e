import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { invalidAt } from "../parse-input.ts";
import type { PublicJwk } from "../records/shield-key.ts";

/** A PEM of a key is shorter by far. */
const MAX_TEXT = 4000;

const KINDS = "a public key of X25519 or P-256, as a JWK or as PEM";

/**
 * Reads a public key that messages can be encrypted to, a JWK or a PEM. What else a JWK says of its key is dropped.
 *
 * @throws Refusal invalid for a private key, another kind of key, or one that no secret can be agreed with
 */
export function readPublicKey(given: unknown): PublicJwk {
  const { key, jwk } = keyOf(typeof given === "string" ? textOf(given) : given);
  if (!canAgree(key, jwk)) throw refusal("The key is none that a secret can be agreed with; make another.");
  return jwk;
}

/**
 * Returns a key's id: its thumbprint by SHA-256.
 * https://www.rfc-editor.org/rfc/rfc7638
 */
export function thumbprint({ crv, kty, x, y }: PublicJwk): string {
  const members = JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y });
  return createHash("sha256").update(members).digest("base64url");
}

/** Returns the JWK of a text that holds one, or the PEM as it is. */
function textOf(text: string): unknown {
  if (text.length > MAX_TEXT) throw refusal(`The key is too long; give ${KINDS}.`);
  if (!text.trimStart().startsWith("{")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refusal(`The key is no JSON; give ${KINDS}.`);
  }
}

function keyOf(given: unknown): { key: KeyObject; jwk: PublicJwk } {
  if (isPrivate(given)) {
    throw refusal(
      "This is a private key, which nobody but you may have: do not use it any more, make another pair, and register its public key.",
    );
  }
  try {
    const key = createPublicKey(
      typeof given === "string" ? given : { key: given as JsonWebKey & { kty: string }, format: "jwk" },
    );
    const { kty, crv, x, y } = key.export({ format: "jwk" });
    if (kty === "EC" && crv === "P-256" && x && y) return { key, jwk: { kty, crv, x, y } };
    if (kty === "OKP" && crv === "X25519" && x) return { key, jwk: { kty, crv, x } };
  } catch {
    // Told below, as any other.
  }
  throw refusal(`This is no key that Zekt takes; give ${KINDS}.`);
}

const isPrivate = (given: unknown): boolean =>
  typeof given === "string"
    ? given.includes("PRIVATE KEY")
    : typeof given === "object" && given !== null && "d" in given;

/** Returns whether a secret can be agreed with a key: some points of a curve would make it known to everybody. */
function canAgree(publicKey: KeyObject, { crv }: PublicJwk): boolean {
  const { privateKey } =
    crv === "X25519" ? generateKeyPairSync("x25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  try {
    return diffieHellman({ privateKey, publicKey }).some((byte) => byte !== 0);
  } catch {
    return false;
  }
}

const refusal = (detail: string) => invalidAt(["key"], detail);
