import { expect, test } from "vitest";
import { readDate, readRetryAfter } from "../../shared/retry-after.ts";
import { growthAtDoubling } from "../support/growth.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const http = (at: number): string => new Date(at).toUTCString();

test.each([
  [http(NOW), NOW],
  [` ${http(NOW)}`, null],
  ["2026-01-01T12:00:00Z", null],
  ["12", null],
  [`${http(NOW)}${" ".repeat(20)}`, null],
  ["soon", null],
  ["", null],
  [null, null],
])("a date is read as HTTP writes it, and nothing else is one: %s", (text, at) => {
  expect(readDate(text)).toBe(at);
});

test.each([
  ["30", undefined, 30_000],
  [" 30 ", undefined, 30_000],
  ["0", undefined, null],
  ["00", undefined, null],
  ["1.5", undefined, null],
  ["0x10", undefined, null],
  ["1e9", undefined, null],
  [http(NOW + 5000), undefined, 5000],
  [http(NOW + 65_000), http(NOW + 60_000), 5000],
  [http(NOW + 5000), "no date", 5000],
  [http(NOW - 5000), undefined, null],
  ["9".repeat(401), undefined, null],
  [undefined, undefined, null],
])("a retry-after of %s, by a clock that says %s, asks to wait %s ms", (text, date, ms) => {
  expect(readRetryAfter(text, date, NOW)).toBe(ms);
});

test("twice as much of any text takes at most twice the time", () => {
  const textsOf = (size: number) => ["1".repeat(size), `1${" ".repeat(size)}1`, "Mon ".repeat(size / 4)];
  const read = (texts: string[]) => texts.map((text) => [readRetryAfter(text, text, NOW), readDate(text)]);
  expect(growthAtDoubling(textsOf, 180, read, 20)).toBeLessThan(2 * 1.3);
});
