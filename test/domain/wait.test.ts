import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../app/domain/clock.ts";
import { GREATEST_WAIT, isLimit, LEAST_WAIT, readWait, waitHeaders } from "../../app/domain/wait.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const http = (at: number): string => new Date(at).toUTCString();
const epoch = (at: number): string => String(at / 1000);

test.each([
  ["seconds", { retryAfter: "30" }, 30 * SECOND],
  ["an HTTP date", { retryAfter: http(NOW + 5 * MINUTE) }, 5 * MINUTE],
  [
    "an HTTP date by a clock that is an hour off",
    { retryAfter: http(NOW + HOUR + 9000), date: http(NOW + HOUR) },
    9000,
  ],
  ["seconds with blanks around", { retryAfter: " 30 " }, 30 * SECOND],
  ["digits with a unit", { retryAfter: "30s" }, null],
  ["a number in another notation", { retryAfter: "1e3" }, null],
  ["a number of another base", { retryAfter: "0x10" }, null],
  ["a date that begins with its year", { retryAfter: new Date(NOW + MINUTE).toISOString() }, null],
  ["a long text that holds a date", { retryAfter: `${http(NOW + MINUTE)}${" ".repeat(20)}.` }, null],
  ["two minutes more than GitHub ever asks", { retryAfter: "3780" }, 61 * MINUTE],
  ["half a second by a date", { retryAfter: http(NOW + SECOND), date: http(NOW) }, SECOND],
  ["zero", { retryAfter: "0" }, null],
  ["nothing", { retryAfter: "" }, null],
  ["a negative number", { retryAfter: "-5" }, null],
  ["a date that is past", { retryAfter: http(NOW - MINUTE) }, null],
  ["a word", { retryAfter: "soon" }, null],
  ["a number too large for any clock", { retryAfter: "9".repeat(400) }, GREATEST_WAIT],
  ["millions of years", { retryAfter: "99999999999999" }, GREATEST_WAIT],
  ["a reset in 40 min", { remaining: "0", reset: epoch(NOW + 40 * MINUTE) }, 40 * MINUTE],
  [
    "a reset by a clock that is off",
    { remaining: "0", reset: epoch(NOW), date: http(NOW - 8000) },
    8 * SECOND,
  ],
  ["a reset with blanks around", { remaining: " 0 ", reset: ` ${epoch(NOW + MINUTE)} ` }, MINUTE],
  ["a reset at this very moment", { remaining: "0", reset: epoch(NOW) }, null],
  ["a reset without what remains", { reset: epoch(NOW + MINUTE) }, null],
  ["what remains without a reset", { remaining: "0" }, null],
  ["a reset with a unit", { remaining: "0", reset: `${epoch(NOW + MINUTE)}s` }, null],
  ["a reset that is past", { remaining: "0", reset: epoch(NOW - MINUTE) }, null],
  ["a reset while requests remain", { remaining: "7", reset: epoch(NOW + MINUTE) }, null],
  ["a reset that is no number", { remaining: "0", reset: "NaN" }, null],
  ["zero, beside a reset", { retryAfter: "0", remaining: "0", reset: epoch(NOW + MINUTE) }, MINUTE],
  ["no header", {}, null],
])("a wait is read, with bounds: %s", (_, headers, expected) => {
  expect(readWait(headers, NOW)).toBe(expected);
});

test("a receiver of notices may ask for longer than GitHub", () => {
  expect(readWait({ retryAfter: String(7 * 3600) }, NOW, DAY)).toBe(7 * HOUR);
  expect(readWait({ retryAfter: "999999999" }, NOW, DAY)).toBe(DAY);
});

test("whatever a header holds, the wait is a number within its bounds or none", () => {
  const odd = ["1e9", " 7 ", "0x10", "Infinity", "١", "1,2", "Thu", "Thu, 99 Jan", `T${"9".repeat(100_000)}`];
  for (const retryAfter of odd) {
    const wait = readWait({ retryAfter, remaining: "0", reset: retryAfter, date: retryAfter }, NOW);
    if (wait === null) continue;
    expect(wait).toBeGreaterThanOrEqual(LEAST_WAIT);
    expect(wait).toBeLessThanOrEqual(GREATEST_WAIT);
  }
});

test.each([
  "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
  "API rate limit exceeded for installation ID 7.",
  "Maximum number of login attempts exceeded. Please try again later.",
])("a limit is known by its words alone: %s", (message) => {
  expect(isLimit(403, {}, message)).toBe(true);
  expect(isLimit(404, {}, message)).toBe(false);
});

test.each<[string, number, object, boolean]>([
  ["429 without a header", 429, {}, true],
  ["403 that says when to retry", 403, { retryAfter: "60" }, true],
  ["403 with an empty retry-after", 403, { retryAfter: "" }, true],
  ["403 with nothing remaining", 403, { remaining: " 0 " }, true],
  ["403 with something remaining", 403, { remaining: "7" }, false],
  ["403 without a header", 403, {}, false],
  ["404 that says when to retry", 404, { retryAfter: "60" }, false],
  ["404 with nothing remaining", 404, { remaining: "0" }, false],
])("a limit is known by its status and headers: %s", (_, status, headers, expected) => {
  expect(isLimit(status, headers, "Resource not accessible by integration")).toBe(expected);
});

test("the headers of an answer are read by their names", () => {
  const headers = new Headers({
    "Retry-After": "1",
    "X-RateLimit-Remaining": "2",
    "X-RateLimit-Reset": "3",
    Date: "4",
  });
  expect(waitHeaders((name) => headers.get(name))).toEqual({
    retryAfter: "1",
    remaining: "2",
    reset: "3",
    date: "4",
  });
});
