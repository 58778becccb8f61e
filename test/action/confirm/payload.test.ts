import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { checkPayload } from "../../../action/confirm/payload.ts";

const TEXT = '{"a":"ü"}';
const SHA256 = createHash("sha256").update(TEXT).digest("hex");

const answerOf = (header?: string) => ({
  host: "zekt.example.com",
  answer: { status: 200, headers: header ? { "x-zekt-sha256": header } : {}, body: Buffer.from(TEXT) },
});

test("a message is taken by the hash that was announced, or by the one it comes with", () => {
  expect(checkPayload(answerOf(), { size: 10, sha256: SHA256 })).toBe(TEXT);
  expect(checkPayload(answerOf(SHA256), null)).toBe(TEXT);
});

test("a message that nobody gave the hash of is refused", () => {
  expect(() => checkPayload(answerOf(), null)).toThrow(`its sha256 is ${SHA256}, not told.`);
});

test("the size is that of the bytes, not of the characters", () => {
  expect(() => checkPayload(answerOf(SHA256), { size: 9, sha256: SHA256 })).toThrow(
    "it has 10 bytes, not 9.",
  );
});
