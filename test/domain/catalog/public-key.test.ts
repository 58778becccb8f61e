import { generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { expect, test } from "vitest";
import { readPublicKey, thumbprint } from "../../../app/domain/catalog/public-key.ts";
import type { Refusal } from "../../../app/domain/refusal.ts";

const pairs = {
  "P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  X25519: generateKeyPairSync("x25519"),
};

test.each(["P-256", "X25519"] as const)(
  "a public key of %s is read as a JWK, as JSON text and as PEM, and has the thumbprint that others give it",
  async (curve) => {
    const { publicKey } = pairs[curve];
    const jwk = publicKey.export({ format: "jwk" });
    const read = readPublicKey({ ...jwk, use: "enc", alg: "ECDH-ES", key_ops: [], kid: "mine" });
    expect(read).toEqual(jwk);
    expect(readPublicKey(JSON.stringify(jwk, null, 2))).toEqual(jwk);
    expect(readPublicKey(publicKey.export({ format: "pem", type: "spki" }))).toEqual(jwk);
    expect(thumbprint(read)).toBe(await calculateJwkThumbprint(jwk as never));
  },
);

test("a private key is refused, whatever its form, with what to do about it", () => {
  const { privateKey } = pairs.X25519;
  const forms = [
    privateKey.export({ format: "jwk" }),
    JSON.stringify(privateKey.export({ format: "jwk" })),
    privateKey.export({ format: "pem", type: "pkcs8" }),
  ];
  for (const form of forms) {
    expect(() => readPublicKey(form)).toThrow(
      /private key, which nobody but you may have.* make another pair/,
    );
  }
});

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
const onP384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
test.each<[string, unknown]>([
  ["of RSA", rsa.export({ format: "jwk" })],
  ["of RSA as PEM", rsa.export({ format: "pem", type: "spki" })],
  ["of another curve", onP384.export({ format: "jwk" })],
  ["that signs", generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" })],
  ["that is no key", { kty: "EC" }],
  ["off its curve", { ...pairs["P-256"].publicKey.export({ format: "jwk" }), y: "A".repeat(43) }],
  ["of text", "ssh-ed25519 AAAA"],
  ["of broken JSON", "{"],
  ["of many characters", "x".repeat(4001)],
])("a key %s is refused", (_, given) => {
  expect(() => readPublicKey(given)).toThrow(/give a public key of X25519 or P-256, as a JWK or as PEM/);
});

test("a key whose secret everybody would know is refused", () => {
  for (const first of [0, 1]) {
    const x = Buffer.from([first, ...Array<number>(31).fill(0)]).toString("base64url");
    expect(() => readPublicKey({ kty: "OKP", crv: "X25519", x })).toThrow("none that a secret can be agreed");
  }
});

/** Returns what is said of a key that is refused, and where. */
function saidOf(given: unknown): { detail: string; pointers: string[] } {
  try {
    readPublicKey(given);
  } catch (error) {
    const { message, errors } = error as Refusal;
    return { detail: message, pointers: errors.map(({ pointer }) => pointer) };
  }
  throw new Error("The key was taken.");
}

test("a key as text may have 4,000 characters, with spaces around it", () => {
  const jwk = pairs.X25519.publicKey.export({ format: "jwk" });
  const text = `\n ${JSON.stringify(jwk)}`;
  expect(readPublicKey(text.padEnd(4000))).toEqual(jwk);
  expect(saidOf(text.padEnd(4001)).detail).toMatch(/The key is too long; give /);
});

test.each<[unknown, RegExp]>([
  ["{", /The key is no JSON; give /],
  ["x", /This is no key that Zekt takes; give /],
  [null, /This is no key that Zekt takes; give /],
  [1, /This is no key that Zekt takes; give /],
])("of %j, which is no key, is said what it is, at its place", (given, words) => {
  expect(saidOf(given)).toEqual({ detail: expect.stringMatching(words), pointers: ["/key"] });
});
