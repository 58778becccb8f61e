import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { findCredentials } from "../../../app/domain/intake/credential-rules.ts";
import { scanMessage } from "../../../app/domain/intake/secrets.ts";
import { growthOfAsync } from "../../support/growth.ts";

/* Made up, and put together here so that nobody takes them for real ones. */
const TOKEN = `ghp_${"a1B2".repeat(9)}`;
const AWS_KEY = `${"aB3/".repeat(9)}aB3x`;
const PEM = ["BEGIN", "END"]
  .map((edge) => `-----${edge} PRIVATE KEY-----`)
  .join(`\nMII${"aB3x".repeat(60)}\n`);

const json = JSON.stringify;

test.each<[string, string, string, string]>([
  ["a token as a value", json({ token: TOKEN }), "/token", "GITHUB_TOKEN"],
  ["a token within a text", json([{ log: `first\npush with ${TOKEN} now` }]), "/0/log", "GITHUB_TOKEN"],
  ["a message that is a token", json(TOKEN), "", "GITHUB_TOKEN"],
  ["a token written with escapes", `{"a/b":"\\u0067hp_${TOKEN.slice(4)}"}`, "/a~1b", "GITHUB_TOKEN"],
  [
    "a key that its name gives away",
    json({ env: { AWS_SECRET_ACCESS_KEY: AWS_KEY } }),
    "/env/AWS_SECRET_ACCESS_KEY",
    "AWSSecretAccessKey",
  ],
  ["a private key with its line breaks", json({ files: [{}, PEM] }), "/files/1", "PrivateKey"],
  ["a password in an address", json({ url: "https://deploy:hunter2x@example.com/x" }), "/url", "BasicAuth"],
  [
    "a token behind a comment that would switch rules off",
    json({ a: "secretlint-disable\n", b: TOKEN }),
    "/b",
    "GITHUB_TOKEN",
  ],
  ["the first of two values of one key", `{"a":"${TOKEN}","a":"x"}`, "/a", "GITHUB_TOKEN"],
])("finds %s, and says where", async (_, message, pointer, kind) => {
  const { findings, masked } = await scanMessage(message);
  expect(findings).toEqual([{ pointer, kind, isKey: false }]);
  for (const value of [TOKEN, AWS_KEY, PEM, "hunter2x"]) expect(json(findings) + masked).not.toContain(value);
});

test.each([
  ["numbers", '{"n":12345678901234567890,"x":1.50,"e":1e400}'],
  [
    "hashes and ids",
    json({ sha: "ffac537e6cbbf934b08745a378932722df287a53", id: "3f1c9a54-0000-4000-8000-0123456789ab" }),
  ],
  ["addresses without a password", json({ url: "https://github.com/acme/releases/actions/runs/1?a=b@c" })],
  ["an AWS account's number", json({ aws_account_id: "123456789012" })],
  ["texts, and nothing", json(["", " ", "ü€😀", null, true, {}, []])],
])("leaves %s alone", async (_, message) => {
  expect(await scanMessage(message)).toEqual({ findings: [], masked: message });
});

test("a mask takes the credential alone, and leaves everything else as it was written", async () => {
  const message = `{"n":1.50,"log":"a ${TOKEN} b ${TOKEN}\\n","AWS_SECRET_ACCESS_KEY":"${AWS_KEY}","big":12345678901234567890,"url":"at https://deploy:hunter2x@example.com/x"}`;
  const { masked } = await scanMessage(message);
  expect(masked).toBe(
    '{"n":1.50,"log":"a *** b ***\\n","AWS_SECRET_ACCESS_KEY":"***","big":12345678901234567890,"url":"at ***/x"}',
  );
});

test.each([
  ["far from its name", 'aws_secret_access_key            =            "', '" done'],
  ["close to its name", "export AWS_SECRET_ACCESS_KEY=", " done"],
  ["far in a text", `${"x ".repeat(45_000)}AWS_SECRET_ACCESS_KEY: `, " done"],
])("the name before a key does not shift the mask off the key: %s", async (_, before, after) => {
  const { masked } = await scanMessage(json([`${before}${AWS_KEY}${after}`, "plain"]));
  expect(masked).toBe(json([`${before}***${after}`, "plain"]));
});

/** Returns the ranges of a text that look like a credential, as what stands there. */
const found = async (text: string): Promise<string[]> =>
  (await findCredentials(text)).map(({ from, to }) => text.slice(from, to));

test("a private key is found as a list of its lines, and nothing beside it is masked", async () => {
  const { findings, masked } = await scanMessage(
    json({ before: "plain", key: PEM.trim().split("\n"), after: "" }),
  );
  expect(findings.map(({ pointer }) => pointer)).toEqual(["/key/0", "/key/1", "/key/2"]);
  expect(masked).toBe(json({ before: "plain", key: ["***", "***", "***"], after: "" }));
});

test("what two windows find, or one within what the other finds, is masked once and whole", async () => {
  const within = `npm_${"a1B2".repeat(9)}`;
  const long = `ghs_1_${"a1".repeat(20)}.${"b2".repeat(1200)}-${within}-${"b2".repeat(1200)}.${"c3".repeat(20)}`;
  const messageOf = (what: string): string =>
    json([`${"x ".repeat(31_500)}${what}${" y".repeat(9000)}`, "z"]);
  for (const what of [TOKEN, long])
    expect((await scanMessage(messageOf(what))).masked).toBe(messageOf("***"));
});

test("a byte order mark at the beginning of what is searched shifts no range", async () => {
  expect(await found(`\uFEFF${TOKEN} y`)).toEqual([TOKEN]);
  expect(await found(`${"x ".repeat(24 * 1024)}\uFEFF${"y ".repeat(9000)}${TOKEN}`)).toEqual([TOKEN]);
});

test("a key that is a credential is found at its object, and no pointer shows it", async () => {
  const { findings, masked } = await scanMessage(json({ by: { one: { [TOKEN]: { again: TOKEN } } } }));
  expect(findings).toEqual([
    { pointer: "/by/one", kind: "GITHUB_TOKEN", isKey: true },
    { pointer: "/by/one/***/again", kind: "GITHUB_TOKEN", isKey: false },
  ]);
  expect(masked).toBe(json({ by: { one: { "***": { again: "***" } } } }));
});

test("a credential is found wherever the windows of the search meet", async () => {
  for (const at of [0, 47_000, 49_100, 49_152, 50_000, 65_490, 65_520, 65_536, 70_000, 98_300, 114_680]) {
    const text = `${"x ".repeat(at / 2)}${TOKEN} y`;
    // Where windows overlap, both find it.
    expect(new Set(await found(text))).toEqual(new Set([TOKEN]));
    expect((await found(`${text}${" x".repeat(40_000)}`)).at(-1)).toBe(TOKEN);
  }
  const long = PEM.replace("MII", `MII${"aB3x".repeat(2400)}`).trim();
  expect(await found(`${"x ".repeat(28_000)}${long}`)).toEqual([long]);
});

test("the search of a long text gives way to others between its windows, that of a short one does not", async () => {
  const order: string[] = [];
  const search = async (text: string): Promise<void> =>
    void order.push(`${(await found(text)).length} found`);
  const other = async (): Promise<void> => void order.push(await setImmediate("other"));
  await Promise.all([other(), search(TOKEN)]);
  await Promise.all([other(), search("x ".repeat(40_000))]);
  expect(order).toEqual(["1 found", "other", "other", "0 found"]);
});

test("a search leaves no record in the process", async () => {
  performance.clearMarks();
  await found(TOKEN);
  expect(performance.getEntriesByType("mark")).toEqual([]);
});

/** Shapes of messages, and how often each is searched for a sample: some are searched in no time. */
const SHAPES: [string, number, (size: number) => string][] = [
  [
    "rows",
    16,
    (size) => json(Array.from({ length: size / 40 }, (_, n) => ({ name: `row ${n}`, text: "plain" }))),
  ],
  ["characters of one long word", 32, (size) => json("a".repeat(size))],
  ["addresses", 64, (size) => json("https://a.b ".repeat(size / 12))],
  ["tokens", 4, (size) => json(Array.from({ length: size / 44 }, () => TOKEN))],
  ["beginnings of tokens", 1, (size) => json("ghs_1_".repeat(size / 6))],
];

test.each(SHAPES)(
  "twice as many %s take at most twice the time",
  { timeout: 30_000 },
  async (_, rounds, shape) => {
    const scan = async (message: string): Promise<void> => void (await scanMessage(message));
    // Sizes of which the windows of the search, which overlap, come to twice as much as well.
    expect(await growthOfAsync(shape, 80 * 1024, scan, rounds)).toBeLessThan(2 * 1.3);
  },
);
