import { expect, test } from "vitest";
import { Seal } from "../../app/store/seal.ts";

const keyOf = (letter: string): string => letter.repeat(32);
const seal = new Seal(new Map([[1, keyOf("a")]]));

test("what was sealed opens for its purpose alone, and is not to be read in between", async () => {
  const text = await seal.close("user tokens", { token: "ghu_secret", refreshToken: null });
  expect(text).not.toContain("ghu_secret");
  expect(Buffer.from(text, "base64url").toString()).not.toContain("ghu_secret");
  expect(await seal.open("user tokens", text)).toEqual({ token: "ghu_secret", refreshToken: null });
  expect(await seal.open("session cookie", text)).toBeNull();
});

test.each([
  ["rubbish", () => "rubbish"],
  ["nothing", () => ""],
  ["what was changed on the way", (text: string) => `${text.slice(0, -2)}AA`],
  [
    "what claims another key's version",
    (text: string) => {
      const [, ...rest] = text.split(".");
      const header = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", kid: "9" })).toString(
        "base64url",
      );
      return [header, ...rest].join(".");
    },
  ],
])("%s does not open", async (_, changed) => {
  expect(
    await seal.open("session cookie", changed(await seal.close("session cookie", { sid: "x" }))),
  ).toBeNull();
});

test("after the master key was changed, the one before still opens and the new one seals", async () => {
  const old = await seal.close("session cookie", { sid: "x" });
  const rotated = new Seal(
    new Map([
      [2, keyOf("b")],
      [1, keyOf("a")],
    ]),
  );
  expect(await rotated.open("session cookie", old)).toEqual({ sid: "x" });
  expect(await seal.open("session cookie", await rotated.close("session cookie", { sid: "x" }))).toBeNull();
  const later = new Seal(
    new Map([
      [3, keyOf("c")],
      [2, keyOf("b")],
    ]),
  );
  expect(await later.open("session cookie", old)).toBeNull();
});

test("the same key in two deployments' versions makes no same seal", async () => {
  const other = new Seal(new Map([[2, keyOf("a")]]));
  expect(await other.open("session cookie", await seal.close("session cookie", { sid: "x" }))).toBeNull();
});
