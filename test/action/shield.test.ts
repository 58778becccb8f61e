import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPublicKey, thumbprint } from "../../app/domain/catalog/public-key.ts";
import { readShielded } from "../../app/domain/intake/shielded.ts";
import { problem, type Reply, type Seen, StandIn } from "./support/fake-zekt.ts";
import { runStep } from "./support/run-step.ts";

/* Messages that the send action encrypts and the confirm action decrypts, and that another implementation does. */

const RECEIVED = { success: true, eventId: "message-1", consumersNotified: 2, message: "Stored." };
const CONFIRMED = { deliveryId: "delivery-1", status: "Confirmed", confirmedAt: "", duplicate: false };

/** A consumer's pair of keys, as Zekt knows it and as its secret holds it. */
function pairOf(curve: "P-256" | "X25519") {
  const { publicKey, privateKey } =
    curve === "X25519" ? generateKeyPairSync("x25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = readPublicKey(publicKey.export({ format: "jwk" }));
  return {
    key: { kid: thumbprint(jwk), jwk },
    secret: JSON.stringify(privateKey.export({ format: "jwk" })),
    pem: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
  };
}

const first = pairOf("P-256");
const second = pairOf("X25519");
const another = pairOf("P-256");

let zekt: StandIn;
/** Zekt's answer to the question for keys, or its JSON. */
let keys: object;

const isReply = (value: object): value is Exclude<Reply, string> => "status" in value;

beforeEach(async () => {
  keys = { eventType: "built", keys: [first.key, second.key], subscriptions: 2, types: [], blocked: null };
  zekt = await StandIn.start(({ path, method }: Seen): Reply => {
    if (path === "/api/events/keys")
      return isReply(keys as object) ? (keys as Reply) : { status: 200, json: keys };
    if (path === "/api/events/receive") return { status: 202, json: RECEIVED };
    return method === "POST" ? { status: 200, json: CONFIRMED } : { status: 404 };
  });
});
afterEach(() => zekt[Symbol.asyncDispose]());

const send = (payload: string, rest: Parameters<typeof runStep>[2] = {}) =>
  runStep("send", zekt, {
    inputs: { "event-type": "built", shield: "true", "payload-file": "m.json" },
    files: { "m.json": payload },
    ...rest,
  });

/** The message that Zekt got: its JWE. */
async function sent(payload: string): Promise<string> {
  expect((await send(payload)).errors).toEqual([]);
  const body = zekt.calls.find(({ path }) => path === "/api/events/receive")?.body ?? "";
  return JSON.stringify(JSON.parse(body).payload);
}

const confirm = (jwe: unknown, privateKey: string, part: object = {}) =>
  runStep("confirm", zekt, {
    inputs: { "private-key": privateKey },
    env: { GITHUB_EVENT_NAME: "repository_dispatch" },
    event: {
      client_payload: {
        zekt: { correlationId: "77", deliveryId: "delivery-1", shielded: true, payload: jwe, ...part },
      },
    },
  });

test("a shielded message is encrypted to every key in the runner, and Zekt gets nothing of it", async () => {
  const ran = await send('{ "secret": "a text for two" }');
  expect(ran).toMatchObject({ code: 0, errors: [], stderr: "", outputs: { "event-id": "message-1" } });
  expect(ran.log).toContain("Sent built (27 bytes, encrypted to 2 keys) as message-1");
  const [asked, received] = zekt.calls;
  expect(JSON.parse(asked?.body ?? "")).toEqual({ eventType: "built" });
  const { payload, shielded } = JSON.parse(received?.body ?? "");
  expect(shielded).toBe(true);
  expect(readShielded(JSON.stringify(payload))).toEqual({ kids: [first.key.kid, second.key.kid], size: 27 });
  expect(JSON.stringify([zekt.calls, ran.summary])).not.toContain("a text for two");
  // Each request proves its run by a token of its own.
  expect(asked?.headers.authorization).not.toBe(received?.headers.authorization);
});

test("each recipient reads it by its own key, in each form of a secret, and nobody else does", async () => {
  const message = '{"id":9007199254740993,"text":"ü\\n"}';
  const jwe = JSON.parse(await sent(message));
  const set = JSON.stringify({ keys: [JSON.parse(another.secret), JSON.parse(second.secret)] });
  const secrets = [first.secret, first.pem, second.secret, second.pem, set, another.pem + second.pem];
  const read = await Promise.all(
    secrets.map(async (secret) => ({ secret, ran: await confirm(jwe, secret) })),
  );
  for (const { secret, ran } of read) {
    expect(ran).toMatchObject({
      code: 0,
      errors: [],
      stderr: "",
      file: '{"id":9007199254740993,"text":"ü\\n"}',
    });
    expect(ran.outputs).toMatchObject({ "has-message": "true", payload: ran.file });
    expect(ran.log).toContain("bytes, decrypted.");
    const d = JSON.parse(secret === set || secret.startsWith("-") ? second.secret : secret).d;
    expect(ran.log.replaceAll(/^::add-mask::.*$/gm, "")).not.toContain(d);
  }
  const stranger = await confirm(jwe, another.secret);
  expect(stranger).toMatchObject({
    code: 1,
    errors: [
      `The message is not encrypted to the key of private-key (${another.key.kid}): it was sent before that key was registered or after it was removed, or the secret holds another key.`,
    ],
    file: null,
  });
  expect(stranger.outputs).not.toHaveProperty("payload");
});

test.each([
  { key_ops: ["deriveKey"], ext: true },
  { key_ops: ["deriveBits"], use: "enc", kid: "2026" },
  { key_ops: ["wrapKey", "unwrapKey"], alg: "ECDH-ES+A256KW" },
  { alg: "ECDH-ES+A128KW" },
  { use: "sig" },
])("a key is read whatever its tool wrote beside it: %j", async (beside) => {
  const jwe = JSON.parse(await sent('{"n":1}'));
  for (const { secret } of [first, second]) {
    const key = JSON.stringify({ ...JSON.parse(secret), ...beside });
    expect(await confirm(jwe, key)).toMatchObject({ code: 0, errors: [], file: '{"n":1}' });
  }
});

test("a message to one recipient alone, whose key stands elsewhere in it, is read as well", async () => {
  for (const { key, secret } of [first, second]) {
    zekt.calls.splice(0);
    keys = { ...keys, keys: [key] };
    const jwe = JSON.parse(await sent('{"n":1}'));
    expect(jwe.recipients).toHaveLength(1);
    expect(await confirm(jwe, secret)).toMatchObject({ code: 0, errors: [], file: '{"n":1}' });
  }
});

test("the private key is masked before anything else is said", async () => {
  const jwe = JSON.parse(await sent("{}"));
  const { log } = await confirm(jwe, first.secret);
  expect(log.startsWith(`::add-mask::${first.secret}`)).toBe(true);
  expect(log).toContain(`::add-mask::${JSON.parse(first.secret).d}`);
  const pretty = JSON.stringify(JSON.parse(first.secret), null, 2);
  expect((await confirm(jwe, pretty)).log).not.toContain("::add-mask::{");
});

test("a recipient that was taken out, or got another's key, reads nothing", async () => {
  const jwe = JSON.parse(await sent("{}"));
  const [one, two] = jwe.recipients;
  expect((await confirm({ ...jwe, recipients: [two] }, first.secret)).errors[0]).toMatch(
    /^The message is not encrypted/,
  );
  const swapped = { ...jwe, recipients: [{ ...two, header: { ...two.header, kid: one.header.kid } }] };
  const ran = await confirm(swapped, first.secret);
  expect(ran).toMatchObject({ code: 1, file: null });
  expect(ran.errors[0]).toMatch(/^The message cannot be decrypted by the key .*: it was altered/);
});

/** Alters a character of base64url in the middle, all of whose bits count. */
const altered = (text: string): string => {
  const at = text.length >> 1;
  return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
};
test("a byte that was altered on its way, wherever, fails the step, which hands nothing over", async () => {
  const jwe = JSON.parse(await sent('{"text":"not to be altered"}'));
  const [one, two] = jwe.recipients;
  const changes = {
    ...Object.fromEntries(["tag", "ciphertext", "iv"].map((name) => [name, { [name]: altered(jwe[name]) }])),
    protected: { protected: Buffer.from('{"enc":"A256GCM","alg":"ECDH-ES+A256KW"}').toString("base64url") },
    encrypted_key: { recipients: [{ ...one, encrypted_key: altered(one.encrypted_key) }, two] },
    epk: { recipients: [{ ...one, header: { ...one.header, epk: another.key.jwk } }, two] },
  };
  const ran = await Promise.all(
    Object.values(changes).map((change) => confirm({ ...jwe, ...change }, first.secret)),
  );
  for (const { code, errors, outputs, file } of ran) {
    expect([code, errors, file]).toEqual([
      1,
      [
        `The message cannot be decrypted by the key ${first.key.kid}: it was altered on its way, or was never encrypted to that key.`,
      ],
      null,
    ]);
    expect(outputs).toEqual({ "delivery-id": "delivery-1", duplicate: "false", status: "failed" });
  }
});

test("a shielded message is not handed over without a key that can be read, and no word of the key is said", async () => {
  const jwe = JSON.parse(await sent("{}"));
  const publicKey = JSON.stringify(first.key.jwk);
  const wrong = [
    ["", /nothing says how to read it: give the step the input private-key/],
    ["tr0mbone", /^private-key holds no private key: give /],
    ['{"kty":"EC","d":"tr0mbone"', /^private-key is no JWK: give /],
    [
      "-----BEGIN PRIVATE KEY-----\ntr0mbone\n-----END PRIVATE KEY-----",
      /^private-key cannot be read: give /,
    ],
    [publicKey, /^private-key is a public key: give /],
  ] as const;
  const all = await Promise.all(
    wrong.map(async ([secret, why]) => ({ why, ran: await confirm(jwe, secret) })),
  );
  for (const { why, ran } of all) {
    expect(ran).toMatchObject({ code: 1, file: null, errors: [expect.stringMatching(why)] });
    expect(ran.errors.join()).not.toContain("tr0mbone");
  }
  expect((await confirm({ text: "no JWE" }, first.secret)).errors).toEqual([
    "The message is said to be shielded, and is not as the send action encrypts one.",
  ]);
});

test("a message in plain text, and an event alone, need no key and are not touched by one", async () => {
  const plain = await confirm({ n: 1 }, first.secret, { shielded: undefined });
  expect(plain).toMatchObject({ code: 0, file: '{"n":1}' });
  expect(await confirm(null, "", { shielded: undefined })).toMatchObject({ code: 0, file: "null" });
});

test("400 KB are encrypted to one who replaces a key and to another, redeemed and read by each of the keys", async () => {
  const text = JSON.stringify({ rows: "€".repeat((400 * 1024) / 3) });
  keys = { ...keys, keys: [first.key, another.key, second.key] };
  const jwe = await sent(text);
  const sha256 = createHash("sha256").update(jwe).digest("hex");
  const headers = { "x-zekt-sha256": sha256, "x-zekt-shielded": "true" };
  const redeeming = zekt.zekt;
  zekt.zekt = (seen, n) => (seen.method === "GET" ? { status: 200, text: jwe, headers } : redeeming(seen, n));
  const payloadRef = { size: Buffer.byteLength(jwe), sha256 };
  const read = await Promise.all(
    [first.secret, another.pem, second.secret].map((secret) => confirm(null, secret, { payloadRef })),
  );
  for (const { code, errors, file } of read) expect([code, errors, file === text]).toEqual([0, [], true]);
  // Of a delivery that the inputs name, the event says nothing, and the answer does.
  const ran = await confirm(null, first.secret, { deliveryId: "delivery-0", shielded: undefined });
  expect([ran.errors, ran.file === text]).toEqual([[], true]);
});

test("512 KB are encrypted, and one byte more is refused before anything is asked of anyone", async () => {
  expect(readShielded(await sent(JSON.stringify("x".repeat(512 * 1024 - 2)))).size).toBe(512 * 1024);
  zekt.calls.splice(0);
  const ran = await send(JSON.stringify("x".repeat(512 * 1024 - 1)));
  expect(ran).toMatchObject({ code: 1, outputs: { status: "failed" } });
  expect(zekt.calls).toEqual([]);
});

const told = "initech/deploy has no key, so that the message cannot be encrypted to all subscribers.";
test.each<[string, object, RegExp]>([
  [
    "a subscriber has no key",
    problem(409, "Conflict", told) as object,
    /answered 409 Conflict: initech\/deploy has no key/,
  ],
  [
    "Zekt knows no such address",
    problem(404, "Not Found", "There is no such address.") as object,
    /404 Not Found/,
  ],
  [
    "schemas are missing",
    { status: 200, json: { eventType: "built", keys: [first.key], subscriptions: 1 } },
    /did not say whom/,
  ],
  ["Zekt has a fault", { status: 500 }, /Given up after \d+ attempts?.* answered 500/],
  ["somebody else answers", { status: 200, text: "<html>" }, /not as Zekt does/],
  ["keys are missing", { status: 200, json: { eventType: "built", subscriptions: 1 } }, /did not say whom/],
  [
    "no keys are given for subscribers",
    { status: 200, json: { eventType: "built", keys: [], subscriptions: 1, types: [] } },
    /did not say whom/,
  ],
  [
    "a key is not what its thumbprint says",
    {
      status: 200,
      json: {
        eventType: "built",
        keys: [{ ...first.key, jwk: another.key.jwk }],
        subscriptions: 1,
        types: [],
      },
    },
    /^The key .* is not what its thumbprint says, so nothing was sent\./,
  ],
  [
    "a key cannot be encrypted to",
    {
      status: 200,
      json: {
        eventType: "built",
        keys: [first.key, { kid: "x", jwk: { kty: "RSA" } }],
        subscriptions: 1,
        types: [],
      },
    },
    /^The key x is not what its thumbprint says/,
  ],
])("where %s the step fails, and nothing is sent, in plain text or otherwise", async (_, reply, error) => {
  keys = reply;
  const ran = await send('{"a":1}', {
    env: { ZEKT_ACTION_TIME_LIMIT_MS: "1000" },
    inputs: { "event-type": "built", shield: "true", payload: '{"a":1}' },
    files: {},
  });
  expect(ran).toMatchObject({
    code: 1,
    errors: [expect.stringMatching(error)],
    outputs: { status: "failed" },
  });
  expect(zekt.calls.some(({ path }) => path === "/api/events/receive")).toBe(false);
});

const TYPE = {
  service: "releases",
  version: "1.0.0",
  schema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
};
test("a message that does not fit its type's schema is neither encrypted nor sent, and each place is named", async () => {
  keys = { ...keys, types: [{ ...TYPE, mode: "enforce" }] };
  const ran = await send('{"n":"tr0mbone"}');
  expect(ran).toMatchObject({
    code: 1,
    errors: [
      "The message does not fit the schema that the service releases declares for built 1.0.0, so it was not sent (at /payload/n must be integer).",
    ],
  });
  expect(ran.log).not.toContain("tr0mbone");
  expect(zekt.calls.map(({ path }) => path)).toEqual(["/api/events/keys"]);
  expect((await send('{"n":1}')).errors).toEqual([]);
  const { checked } = JSON.parse(zekt.calls.at(-1)?.body ?? "");
  expect(checked).toEqual([{ service: "releases", version: "1.0.0" }]);
});

test("a schema that only warns lets a message go, with a warning; one that cannot be read lets none go", async () => {
  keys = { ...keys, types: [{ ...TYPE, mode: "warn" }] };
  const ran = await send("{}");
  expect(ran).toMatchObject({ code: 0, errors: [] });
  expect(ran.log).toContain(
    "::warning::The message does not fit the schema that the service releases declares for built 1.0.0 (at /payload must have required property 'n').",
  );
  keys = { ...keys, types: [{ ...TYPE, mode: "warn", schema: { type: "nothing" } }] };
  expect((await send("{}")).errors[0]).toMatch(/^The schema of the service releases cannot be judged by/);
});

test("a message that nobody would get is not sent, with a warning", async () => {
  keys = { eventType: "built", keys: [], subscriptions: 0, types: [], blocked: "x.yml is not whitelisted." };
  const ran = await send("{}");
  expect(ran).toMatchObject({ code: 0, outputs: { status: "success", "consumers-notified": "0" } });
  expect(ran.log).toContain(
    "::warning::built was not sent: a shielded message is for those who would get it, and x.yml is not whitelisted.",
  );
  expect(zekt.calls.map(({ path }) => path)).toEqual(["/api/events/keys"]);
});

test("shield is true or false, and nothing else", async () => {
  const ran = await send("{}", { inputs: { "event-type": "built", shield: "yes" } });
  expect(ran).toMatchObject({ code: 1, errors: ["shield must be true or false, not yes."] });
  expect([...zekt.calls, ...zekt.audiences]).toEqual([]);
});

/** Debian's command-line tool; it knows no X25519, so that these are for P-256 alone. */
const hasJose = (() => {
  try {
    return execFileSync("jose", ["alg"], { encoding: "utf8" }).includes("ECDH-ES+A256KW");
  } catch {
    return false;
  }
})();

function withFiles<T>(files: Record<string, string>, use: (at: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "jose-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.skipIf(!hasJose)("another implementation reads what the send action encrypts", async () => {
  keys = { ...keys, keys: [another.key, second.key, first.key] };
  const text = JSON.stringify({ text: "ü".repeat(1000) });
  const files = { "m.jwe": await sent(text), "key.jwk": first.secret, "other.jwk": pairOf("P-256").secret };
  withFiles(files, (at) => {
    const read = (key: string): string =>
      execFileSync("jose", ["jwe", "dec", "-i", at("m.jwe"), "-k", at(key)], {
        encoding: "utf8",
        stdio: "pipe",
      });
    expect(read("key.jwk")).toBe(text);
    expect(() => read("other.jwk")).toThrow();
  });
});

test.skipIf(!hasJose)("the confirm action reads what another implementation encrypts", async () => {
  const text = JSON.stringify({ text: "ü".repeat(1000) });
  const template = JSON.stringify({ protected: { alg: "ECDH-ES+A256KW", enc: "A256GCM" } });
  const recipients = [another, first];
  const files = {
    "m.json": text,
    ...Object.fromEntries(recipients.map(({ key }, n) => [`${n}.jwk`, JSON.stringify(key.jwk)])),
  };
  const jwe = withFiles(files, (at) => {
    const to = recipients.flatMap(({ key: { kid } }, n) => [
      ...["-r", JSON.stringify({ header: { kid } })],
      ...["-k", at(`${n}.jwk`)],
    ]);
    const args = ["jwe", "enc", "-i", template, "-I", at("m.json"), ...to];
    return JSON.parse(execFileSync("jose", args, { encoding: "utf8" }));
  });
  expect(jwe.recipients).toHaveLength(2);
  for (const { secret } of recipients) {
    expect(await confirm(jwe, secret)).toMatchObject({ code: 0, errors: [], file: text });
  }
  expect((await confirm(jwe, second.secret)).errors[0]).toMatch(/^The message is not encrypted/);
});
