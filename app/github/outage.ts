import { RequestError } from "@octokit/request-error";
import { SECOND } from "../domain/clock.ts";
import { Refusal } from "../domain/refusal.ts";
import { DEFAULT_WAIT, isLimit, readWait, type WaitHeaders, waitHeaders } from "../domain/wait.ts";
import { OUT_OF_TIME } from "./requests.ts";

const headersOf = ({ response }: RequestError): WaitHeaders =>
  waitHeaders((name) => {
    const value = response?.headers[name];
    return value === undefined ? null : String(value);
  });

/**
 * Returns whether GitHub refuses a request only because there were too many.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export const isThrottled = (error: RequestError): boolean =>
  isLimit(error.status, headersOf(error), error.message);

/**
 * Returns the refusal for a caller where GitHub cannot be asked now; null where the error says something
 * else. It leaves the error itself out: that holds the request, which may be a secret.
 */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof RequestError)) return null;
  if (isThrottled(error)) {
    const wait = readWait(headersOf(error), Date.now()) ?? DEFAULT_WAIT;
    const retryAfter = Math.ceil(wait / SECOND);
    if (error.message === OUT_OF_TIME)
      return new Refusal("unavailable", "GitHub took too long; try again in a minute.", { retryAfter });
    return new Refusal("limited", "GitHub's rate limit is used up; try again later.", { retryAfter });
  }
  if (error.status < 500 && error.status !== 408) return null;
  // Octokit gives a request that never got an answer the status 500.
  const said = error.response ? `answered ${error.status}` : "did not answer";
  return new Refusal("unavailable", `GitHub ${said}; try again in a minute.`);
}

/** Returns the refusal for work that waits because GitHub cannot be asked now; null where an error says something else. */
export function outageOf(error: unknown): Refusal | null {
  if (error instanceof Refusal)
    return error.code === "unavailable" || error.code === "limited" ? error : null;
  return refusalOf(error);
}
