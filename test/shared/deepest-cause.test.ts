import { expect, test } from "vitest";
import { deepestCause } from "../../shared/deepest-cause.ts";

const errorOf = (message: string, code?: unknown, cause?: Error): Error =>
  Object.assign(new Error(message, cause ? { cause } : {}), code === undefined ? {} : { code });

test.each([
  ["ECONNREFUSED", errorOf("fetch failed", undefined, errorOf("connect ECONNREFUSED", "ECONNREFUSED"))],
  [
    "Proxy response (407) !== 200 when HTTP Tunneling",
    errorOf(
      "fetch failed",
      undefined,
      errorOf(
        "Request was cancelled.",
        0,
        errorOf("Proxy response (407) !== 200 when HTTP Tunneling", "UND_ERR_ABORTED"),
      ),
    ),
  ],
  ["fetch failed", errorOf("fetch failed", undefined, errorOf(""))],
])("the reason of a failed request is the innermost: %s", (reason, error) => {
  expect(deepestCause(error)).toBe(reason);
});
