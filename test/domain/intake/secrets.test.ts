import { expect, test } from "vitest";
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
    "a token beside a comment that would switch rules off",
    json({ a: "secretlint-disable", b: TOKEN }),
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
  const message = `{"n":1.50,"log":"a ${TOKEN} b ${TOKEN}\\n","AWS_SECRET_ACCESS_KEY":"${AWS_KEY}","big":12345678901234567890}`;
  const { masked } = await scanMessage(message);
  expect(masked).toBe(
    '{"n":1.50,"log":"a *** b ***\\n","AWS_SECRET_ACCESS_KEY":"***","big":12345678901234567890}',
  );
});

test("the name before a key in a text does not shift the mask off the key", async () => {
  const { masked } = await scanMessage(
    json(`aws_secret_access_key            =            "${AWS_KEY}" done`),
  );
  expect(masked).not.toContain(AWS_KEY.slice(0, 8));
});

test("a key that is a credential is found at its object, and no pointer shows it", async () => {
  const { findings } = await scanMessage(json({ by: { [TOKEN]: { again: TOKEN } } }));
  expect(findings).toEqual([
    { pointer: "/by", kind: "GITHUB_TOKEN", isKey: true },
    { pointer: "/by/***/again", kind: "GITHUB_TOKEN", isKey: false },
  ]);
});

test("a credential is found wherever the windows of the search meet", async () => {
  for (let at = 47_000; at < 66_000; at += 1997) {
    const { findings } = await scanMessage(json(`${"x ".repeat(at / 2)}${TOKEN} y`));
    expect(findings).toHaveLength(1);
  }
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
