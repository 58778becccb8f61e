import { RequestError } from "@octokit/request-error";
import { expect, test } from "vitest";
import { refusalOf } from "../../app/github/outage.ts";

const error = (status: number, headers: Record<string, string>, message = "") =>
  new RequestError(message, status, {
    request: { method: "GET", url: "https://github.test/", headers: {} },
    response: { status, url: "https://github.test/", headers, data: {} },
  });

test("a primary limit that resets in 40 min is waited out, by GitHub's clock", () => {
  const at = Date.parse("2020-01-01T00:00:00Z");
  const headers = {
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": String(at / 1000 + 2400),
    date: new Date(at).toUTCString(),
  };
  expect(refusalOf(error(403, headers))).toMatchObject({ code: "limited", retryAfter: 2400 });
});

test.each([
  ["30", 30],
  ["0", 60],
  ["-1", 60],
  ["99999999999", 3660],
])("a wait of %s is read with bounds", (retryAfter, expected) => {
  expect(refusalOf(error(429, { "retry-after": retryAfter }))).toMatchObject({ retryAfter: expected });
});

test("the old wording of a secondary limit is one", () => {
  const refusal = refusalOf(error(403, {}, "You have triggered an abuse detection mechanism."));
  expect(refusal).toMatchObject({ code: "limited", retryAfter: 60 });
});
