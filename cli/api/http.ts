import { knowsProxies } from "../../app/main/proxy.ts";
import { deepestCause } from "../../shared/deepest-cause.ts";
import { CommandError, EXIT } from "../exit.ts";

/** The longest wait for an answer, in milliseconds. */
const TIMEOUT = 30_000;

/** An answer, read to its end. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Sends a request. A redirect is not followed: a token is for the address that was given.
 *
 * @throws CommandError where nothing answers
 */
export async function request(url: URL, init: RequestInit = {}): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    const isLate = (error as Error).name === "TimeoutError";
    const why = isLate ? `no answer within ${TIMEOUT / 1000} seconds` : deepestCause(error);
    const hint =
      knowsProxies() || !process.env.https_proxy ? "" : " Before version 24.14 Node goes through no proxy.";
    throw new CommandError(EXIT.unreachable, `${url.origin} cannot be reached: ${why}.${hint}`);
  }
}

/**
 * Posts a form to GitHub's sign-in pages, which answer JSON.
 *
 * @throws CommandError as {@link request} does
 */
export const postForm = (url: URL, form: Record<string, string>): Promise<HttpAnswer> =>
  request(url, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });

/** Returns whether a status tells of a server that fails, or asks to wait, just now: later it may answer. */
export const failsJustNow = (status: number): boolean => status === 429 || status >= 500;

/** Reads JSON; null where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
