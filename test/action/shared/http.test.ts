import { expect, test } from "vitest";
import { retryAfter } from "../../../action/shared/http.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

test.each([
  [undefined, null],
  ["30", 30_000],
  ["0", null],
  ["Thu, 01 Jan 2026 12:00:05 GMT", 5000],
  ["Thu, 01 Jan 2026 11:59:00 GMT", null],
  ["soon", null],
])("retry-after: %s asks to wait %s ms", (given, ms) => {
  expect(retryAfter({ headers: { "retry-after": given } }, NOW)).toBe(ms);
});

test("the answer's own clock is the one that a retry-after is read by", () => {
  const headers = {
    "retry-after": "Thu, 01 Jan 2026 13:00:05 GMT",
    date: "Thu, 01 Jan 2026 13:00:00 GMT",
  };
  expect(retryAfter({ headers }, NOW)).toBe(5000);
});
