import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { encrypt } from "../../../action/send/shield.ts";
import { readPublicKey, thumbprint } from "../../../app/domain/catalog/public-key.ts";
import { readShielded } from "../../../app/domain/intake/shielded.ts";
import { MAX_MESSAGE_BYTES, MAX_SHIELD_KEYS } from "../../../app/domain/limits.ts";

const keys = [generateKeyPairSync("x25519"), generateKeyPairSync("ec", { namedCurve: "P-256" })].map(
  ({ publicKey }) => {
    const jwk = readPublicKey(publicKey.export({ format: "jwk" }));
    return { kid: thumbprint(jwk), jwk };
  },
);

test("of what the send action encrypts, the recipients and the size of the message can be read", async () => {
  const text = JSON.stringify("ü".repeat(100));
  for (const some of [keys, keys.slice(0, 1), keys.slice(1)]) {
    const { kids, size } = readShielded(await encrypt(text, some));
    expect(kids).toEqual(some.map(({ kid }) => kid));
    expect(size).toBe(Buffer.byteLength(text));
  }
});

test("a message may have its limit in bytes before it is encrypted, and no more", async () => {
  const most = JSON.stringify("x".repeat(MAX_MESSAGE_BYTES - 2));
  expect(readShielded(await encrypt(most, keys)).size).toBe(MAX_MESSAGE_BYTES);
  const more = await encrypt(`${most} `, keys);
  expect(() => readShielded(more)).toThrow(
    `The message has ${MAX_MESSAGE_BYTES + 1} bytes before it is encrypted; the limit is ${MAX_MESSAGE_BYTES}.`,
  );
});

const header = (of: object): string => Buffer.from(JSON.stringify(of)).toString("base64url");
test.each<[string, (jwe: Record<string, unknown>) => unknown, string]>([
  ["plain text", () => ({ version: "1.0" }), "/payload/protected"],
  ["nothing", () => null, "/payload"],
  ["plain text beside", (jwe) => ({ ...jwe, unprotected: { note: "hello" } }), "/payload"],
  ["no recipient", (jwe) => ({ ...jwe, recipients: [] }), "/payload/recipients"],
  [
    "another way of encryption",
    (jwe) => ({ ...jwe, protected: header({ enc: "A128CBC-HS256" }) }),
    "/payload/protected",
  ],
  [
    "a direct key",
    (jwe) => ({ ...jwe, protected: header({ alg: "dir", enc: "A256GCM" }) }),
    "/payload/protected",
  ],
  [
    "words in its header",
    (jwe) => ({ ...jwe, protected: header({ alg: "ECDH-ES+A256KW", enc: "A256GCM", note: "hello" }) }),
    "/payload/protected",
  ],
  [
    "a recipient without a key's id",
    (jwe) => ({ ...jwe, recipients: [{ encrypted_key: "A".repeat(54) }] }),
    "/payload/recipients/0",
  ],
  ["text that is not base64url", (jwe) => ({ ...jwe, ciphertext: "hello world" }), "/payload/ciphertext"],
])("a payload with %s is no shielded message, and the place is named", async (_, change, pointer) => {
  const jwe = JSON.parse(await encrypt("{}", keys)) as Record<string, unknown>;
  expect(() => readShielded(JSON.stringify(change(jwe)))).toThrow(
    expect.objectContaining({ code: "invalid", errors: [expect.objectContaining({ pointer })] }),
  );
});

test.each<[string, (jwe: Record<string, unknown>) => unknown, string, string]>([
  ["text that is not base64url", (jwe) => ({ ...jwe, iv: "?" }), "/iv", "must be base64url"],
  [
    "a vector of another length",
    (jwe) => ({ ...jwe, iv: "AAAA" }),
    "/iv",
    "Too small: expected string to have exactly 16 characters",
  ],
  [
    "words in its header",
    (jwe) => ({ ...jwe, protected: header({ note: 1 }) }),
    "/protected",
    "must hold alg ECDH-ES+A256KW, enc A256GCM, and nothing else",
  ],
  [
    "a recipient without a key's id",
    (jwe) => ({ ...jwe, recipients: [{ encrypted_key: "A".repeat(54) }] }),
    "/recipients/0",
    "needs alg ECDH-ES+A256KW, enc A256GCM, kid and epk",
  ],
  [
    "too many recipients",
    (jwe) => ({ ...jwe, recipients: Array(MAX_SHIELD_KEYS + 1).fill((jwe.recipients as unknown[])[0]) }),
    "/recipients",
    `must be at most ${MAX_SHIELD_KEYS}`,
  ],
])("of a payload with %s is said what is wrong", async (_, change, place, detail) => {
  const jwe = JSON.parse(await encrypt("{}", keys)) as Record<string, unknown>;
  expect(() => readShielded(JSON.stringify(change(jwe)))).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^The message is sent as shielded and is no JWE/),
      errors: [{ pointer: `/payload${place}`, detail }],
    }),
  );
});

test.each(["alg", "enc", "kid", "epk"])(
  "a recipient whose header and the message's lack %s is refused",
  async (name) => {
    const jwe = JSON.parse(await encrypt("{}", keys.slice(0, 1))) as {
      protected: string;
      recipients: { header: Record<string, unknown> }[];
    };
    const shared = JSON.parse(Buffer.from(jwe.protected, "base64url").toString()) as Record<string, unknown>;
    const without = (of: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));
    const recipients = jwe.recipients.map((one) => ({ ...one, header: without(one.header) }));
    const changed = { ...jwe, protected: header(without(shared)), recipients };
    expect(() => readShielded(JSON.stringify(changed))).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: "/payload/recipients/0" })] }),
    );
  },
);
