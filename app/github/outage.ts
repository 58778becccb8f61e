import { RequestError } from "@octokit/request-error";
import { Refusal } from "../domain/refusal.ts";

/** When GitHub names no time to wait, it asks for a minute at least. In seconds. */
const DEFAULT_WAIT = 60;

/**
 * Returns whether GitHub refuses a request only because there were too many.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export const isThrottled = (error: RequestError): boolean =>
  error.status === 429 ||
  (error.status === 403 &&
    (error.response?.headers["x-ratelimit-remaining"] === "0" ||
      error.response?.headers["retry-after"] !== undefined ||
      /rate limit/i.test(error.message)));

/**
 * Returns the refusal for a caller where GitHub cannot be asked now; null where the error says something
 * else. It leaves the error itself out: that holds the request, which may be a secret.
 */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof RequestError)) return null;
  if (isThrottled(error)) {
    const retryAfter = Number(error.response?.headers["retry-after"]) || DEFAULT_WAIT;
    return new Refusal("limited", "GitHub's rate limit is used up; try again later.", { retryAfter });
  }
  if (error.status < 500) return null;
  // Octokit gives a request that never got an answer the status 500.
  const said = error.response ? `answered ${error.status}` : "did not answer";
  return new Refusal("unavailable", `GitHub ${said}; try again in a minute.`);
}
