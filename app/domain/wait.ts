import { readDate, readRetryAfter } from "../../shared/retry-after.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./clock.ts";

/** The least that a server makes us wait: no answer has us ask again in a hot loop. In milliseconds. */
export const LEAST_WAIT = SECOND;
/** The most that GitHub makes us wait: its limits reset within the hour. */
export const GREATEST_WAIT = HOUR + MINUTE;
/** The most that a receiver of notices makes us wait. */
export const GREATEST_RECEIVER_WAIT = DAY;
/** GitHub's advice where a limit says neither when to retry nor when it resets: at least a minute. */
export const DEFAULT_WAIT = MINUTE;

/** The longest wait where one limit after the other states none. */
const LONGEST_UNSTATED_WAIT = 30 * MINUTE;
/** A limit that comes so soon after the wait for another goes on with it: what waited may ask again minutes later. */
const GOES_ON = 6 * MINUTE;

/** The last wait for a limit that stated none: its length, and its end in milliseconds since the epoch. */
export interface UnstatedWait {
  waited: number;
  until: number;
}

/** Returns whether a limit now goes on with the one that was waited for before. */
export const goesOn = ({ until }: Pick<UnstatedWait, "until">, now: number): boolean =>
  now - until <= GOES_ON;

/**
 * Returns how long to wait at a limit that states no wait, in milliseconds. It is a minute, and twice as long each time
 * while that goes on, up to half an hour. GitHub asks for that, and may ban an App that goes on asking.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export const unstatedWait = (before: UnstatedWait | null, now: number): number =>
  before !== null && goesOn(before, now) ? Math.min(LONGEST_UNSTATED_WAIT, 2 * before.waited) : DEFAULT_WAIT;

/** The headers that say how long to wait, as they came. */
export interface WaitHeaders {
  retryAfter?: string | null | undefined;
  remaining?: string | null | undefined;
  /** `x-ratelimit-reset`: seconds since the epoch, by the server's clock. */
  reset?: string | null | undefined;
  /** The server's clock. */
  date?: string | null | undefined;
}

/** Reads the headers of an answer that say how long to wait; `get` returns null where a header is not there. */
export const waitHeaders = (get: (name: string) => string | null): WaitHeaders => ({
  retryAfter: get("retry-after"),
  remaining: get("x-ratelimit-remaining"),
  reset: get("x-ratelimit-reset"),
  date: get("date"),
});

const DIGITS = /^\d{1,15}$/;

/**
 * Returns how long an answer asks to wait, in milliseconds between the least and the greatest wait; null
 * where it does not say. Zero, what is past and what cannot be read count as not said. Moments are compared
 * with the answer's own date, so that a clock of ours that is off does not matter.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function readWait(headers: WaitHeaders, now: number, greatest = GREATEST_WAIT): number | null {
  const said = readRetryAfter(headers.retryAfter, headers.date, now);
  if (said !== null) return Math.min(greatest, Math.max(LEAST_WAIT, said));
  const reset = headers.reset?.trim() ?? "";
  if (headers.remaining?.trim() !== "0" || !DIGITS.test(reset)) return null;
  const left = Number(reset) * SECOND - (readDate(headers.date) ?? now);
  return left > 0 ? Math.min(greatest, Math.max(LEAST_WAIT, left)) : null;
}

/**
 * GitHub's words for limits, old and new, and for the lockout of a sender of many wrong credentials, which ends too.
 * https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit
 */
const LIMIT = /rate limit|abuse detection|login attempts exceeded/i;

/** Returns whether GitHub turned a request down for a limit, by any of its headers and wordings. */
export const isLimit = (status: number, headers: WaitHeaders, message: string): boolean =>
  status === 429 ||
  (status === 403 &&
    (typeof headers.retryAfter === "string" || headers.remaining?.trim() === "0" || LIMIT.test(message)));
