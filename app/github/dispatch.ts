import { SECOND } from "../domain/clock.ts";
import { cutText } from "../domain/cut-text.ts";
import type { FailureKind, ReceivedResponse } from "../domain/records/delivery.ts";
import { DEFAULT_WAIT, isLimit, readWait, type WaitHeaders, waitHeaders } from "../domain/wait.ts";
import { versionRefusal } from "./api-version.ts";
import {
  type GitHub,
  type Installation,
  type MintedToken,
  type Renew,
  sendWithToken,
  type TokenRefusal,
  tokenRefusal,
} from "./client.ts";
import { foreignAnswer, isForeignAnswer } from "./foreign-answer.ts";
import { findInstallationOf, hasStatus } from "./installations.ts";
import { isClosedTo } from "./kept-out.ts";
import { noRoomOf, whyNeverSent } from "./never-sent.ts";
import { messageOf, type SendOptions } from "./requests.ts";

/** The result of a dispatch. */
export type DispatchAnswer =
  /** `runId`: the run that it started, where GitHub names it. */
  (
    | { outcome: "dispatched"; status: number; runId?: string }
    /** GitHub asks to wait, or this machine has to; nothing was done. `retryAt` in milliseconds since the epoch. */
    | { outcome: "limited"; status: number | null; retryAt: number; isStated?: false; reason: string }
    /** GitHub refused and will refuse again. */
    | { outcome: "refused"; status: number; kind: FailureKind; reason: string }
    /** GitHub failed, or could not be reached: nothing was done, and later it may work, or from `retryAt` on. */
    | { outcome: "failed"; status: number | null; kind: FailureKind; reason: string; retryAt?: number }
    /** The request went out and no answer of GitHub's own came: it may have been done. `status`: a gateway's. */
    | { outcome: "unknown"; status: number | null; kind: FailureKind; reason: string }
  ) & { response?: ReceivedResponse };

/** One dispatch's time limit, in milliseconds. */
const DISPATCH_TIMEOUT = 15_000;

/** A token of a dispatch; or, where GitHub issues none, the result that the dispatch would have. */
export type DispatchAccess = GrantedAccess | DispatchAnswer;

/** A token for dispatches to one repository. */
export interface GrantedAccess {
  minted: MintedToken;
  renew: Renew;
  /** The installation that gave the last token: another than was known, where the App was installed anew. */
  installation: Installation;
}

/** The permission that each kind of dispatch needs, and no other. */
const PERMISSIONS = {
  repository_dispatch: { contents: "write" },
  workflow_dispatch: { actions: "write" },
} as const;

/** Returns a token for dispatches of a kind to one repository. */
export async function dispatchAccess(
  github: GitHub,
  installation: Installation,
  repositoryId: string,
  now: () => number,
  kind: keyof typeof PERMISSIONS = "repository_dispatch",
): Promise<DispatchAccess> {
  const scope = { repositoryIds: [repositoryId], permissions: PERMISSIONS[kind] };
  const access = {
    installation,
    renew: async (refused: string | null): Promise<MintedToken> => {
      try {
        return await github.token(access.installation, scope, refused);
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
        const { ownerId, installationId } = access.installation;
        const current = await findInstallationOf(github, repositoryId);
        // With another owner its subscriptions are approved anew, which is not for a dispatch to pass over.
        if (current?.ownerId !== ownerId || current.installationId === installationId) throw error;
        access.installation = { installationId: current.installationId, ownerId };
        return await github.token(access.installation, scope, refused);
      }
    },
  };
  try {
    return Object.assign(access, { minted: await access.renew(null) });
  } catch (error) {
    return tokenFailure(error, now());
  }
}

/** Returns the address that a repository's dispatches go to. */
export const dispatchUrl = ({ apiUrl }: GitHub, repositoryId: string): string =>
  `${apiUrl}/repositories/${repositoryId}/dispatches`;

/** Returns the headers of a dispatch with a token. */
export const dispatchHeaders = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  accept: "application/vnd.github+json",
  "content-type": "application/json",
});

/**
 * Makes one `repository_dispatch` and says how it went. Sends again only where GitHub's answer was about the
 * token: each attempt is the caller's to record.
 * https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
 */
export async function dispatch(
  github: GitHub,
  access: GrantedAccess,
  repositoryId: string,
  body: { event_type: string; client_payload: object },
  now: () => number,
  wait?: (ms: number) => Promise<unknown>,
): Promise<DispatchAnswer> {
  const url = dispatchUrl(github, repositoryId);
  return await postDispatch(github, url, access, body, { now, wait, accepted: isNoContent });
}

/** The way to send a dispatch, and which of GitHub's answers says that it was accepted. */
interface Posting {
  now: () => number;
  wait?: ((ms: number) => Promise<unknown>) | undefined;
  /** Reads an answer below 400; null where it says nothing of a dispatch. */
  accepted: (status: number, text: string) => DispatchAnswer | null;
}

const isNoContent: Posting["accepted"] = (status) =>
  status === 204 ? { outcome: "dispatched", status } : null;

/** Posts one dispatch of whatever kind and says how it went. */
export async function postDispatch(
  github: GitHub,
  url: string,
  access: GrantedAccess,
  body: object,
  { now, wait, accepted }: Posting,
): Promise<DispatchAnswer> {
  const text = JSON.stringify(body);
  let sent = 0;
  const options = (): SendOptions => {
    const { onSent, ...quota } = github.quotaOf(access.installation);
    // The attempt itself counts one; what it took besides is counted here.
    const countMore = (): void => void (sent++ > 0 && onSent?.());
    return { ...quota, precedes: true, onSent: countMore, timeout: DISPATCH_TIMEOUT, repeats: "never", now };
  };
  try {
    const posted = await sendWithToken(
      access.minted,
      access.renew,
      (token) => post(github, url, token, text, options(), now, accepted),
      ({ refusal }) => refusal,
      wait ?? ((ms) => github.requests.pause(ms)),
    );
    return posted.answer;
  } catch (error) {
    // Only minting throws: GitHub had refused the token before, so that nothing was done.
    return tokenFailure(error, now());
  }
}

interface Posted {
  answer: DispatchAnswer;
  refusal: TokenRefusal | null;
}

async function post(
  github: GitHub,
  url: string,
  token: string,
  body: string,
  options: SendOptions,
  now: () => number,
  accepted: Posting["accepted"],
): Promise<Posted> {
  try {
    const headers = dispatchHeaders(token);
    const response = await github.requests.send(url, { method: "POST", headers, body }, options);
    const text = response.status === 204 ? "" : await response.text();
    const message = messageOf(text);
    const answer = {
      ...((response.status < 400 ? accepted(response.status, text) : null) ??
        classifyAnswer(response.status, response.headers, message, now())),
      response: receivedResponse(response.headers, text),
    };
    const isAboutToken =
      (answer.outcome === "refused" || answer.outcome === "failed") && answer.kind !== "network";
    return { answer, refusal: isAboutToken ? tokenRefusal(response.status, message) : null };
  } catch (error) {
    return { answer: classifyError(error, now()), refusal: null };
  }
}

/** Headers of an answer that say something of the request, and hold no secret. */
const SHOWN_HEADERS = [
  "content-type",
  "date",
  "retry-after",
  "server",
  "x-github-request-id",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-ratelimit-resource",
] as const;

/** Characters of an answer's body that are stored, in UTF-16 units. */
const SHOWN_BODY = 1_000;

const receivedResponse = (headers: Headers, text: string): ReceivedResponse => ({
  headers: Object.fromEntries(
    SHOWN_HEADERS.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value.slice(0, 200)]];
    }),
  ),
  body: text === "" ? null : cutText(text, SHOWN_BODY),
});

/** Reads GitHub's answer: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export function classifyAnswer(
  status: number,
  headers: Headers,
  message: string,
  now: number,
): DispatchAnswer {
  const read = (name: string): string | null => headers.get(name);
  if (status < 400 || isForeignAnswer(status, read))
    return { outcome: "failed", status, kind: "network", reason: foreignAnswer(status, read) };
  const unserved = versionRefusal(status, message);
  if (unserved !== null) return { outcome: "failed", status, kind: "service-unavailable", reason: unserved };
  const said = message ? `GitHub answered ${status}: ${message}` : `GitHub answered ${status}.`;
  const waiting = waitHeaders(read);
  if (isLimit(status, waiting, message)) {
    const wait = readWait(waiting, now);
    return wait === null
      ? { outcome: "limited", status, retryAt: now + DEFAULT_WAIT, isStated: false, reason: said }
      : { outcome: "limited", status, retryAt: now + wait, reason: said };
  }
  if (status >= 500 || PASSING.has(status)) {
    const kind = status === 504 || status === 408 ? "timeout" : "service-unavailable";
    if (GATEWAYS.has(status)) return { outcome: "unknown", status, kind, reason: said };
    return { outcome: "failed", status, kind, reason: said, ...statedIn(waiting, now) };
  }
  if (status === 401) return { outcome: "failed", status, kind: "auth", reason: said };
  const isOut = status === 404 || status === 451 || (status === 403 && isClosedTo(message));
  const kind: FailureKind = isOut ? "not-found" : status === 403 ? "auth" : "payload";
  return { outcome: "refused", status, kind, reason: said };
}

/** Returns the moment at which an answer says to come again, where it says one. */
function statedIn(headers: WaitHeaders, now: number): { retryAt?: number } {
  const wait = readWait(headers, now);
  return wait === null ? {} : { retryAt: now + wait };
}

/** Answers of a gateway where GitHub behind it gave no answer, or none in time: the request may have been done. */
const GATEWAYS = new Set([502, 504]);

/** Refusals that may pass: a request that was not read in time, and one that met another. */
const PASSING = new Set([408, 409]);

/** The wait of a machine that has no room for another connection: some of its own end meanwhile. */
const ROOM_WAIT = 30 * SECOND;

/** Returns the answer where this machine had no room for the connection. A delivery then waits, and has made no attempt. */
function noRoomAnswer(error: unknown, now: number): DispatchAnswer | null {
  const code = noRoomOf(error);
  if (code === null) return null;
  const reason = `This machine has no room for another connection (${code}). Raise its limits, as LimitNOFILE.`;
  return { outcome: "limited", status: null, retryAt: now + ROOM_WAIT, reason };
}

function classifyError(error: unknown, now: number): DispatchAnswer {
  const noRoom = noRoomAnswer(error, now);
  if (noRoom !== null) return noRoom;
  if (error instanceof Error && error.name === "TimeoutError") {
    const reason = `GitHub did not answer within ${DISPATCH_TIMEOUT / 1000} s.`;
    return { outcome: "unknown", status: null, kind: "timeout", reason };
  }
  const neverSent = whyNeverSent(error);
  if (neverSent !== null) return { outcome: "failed", status: null, kind: "network", reason: neverSent };
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  const cause = typeof code === "string" ? code : "";
  const reason = `The connection to GitHub broke before it answered${cause ? ` (${cause})` : ""}.`;
  return { outcome: "unknown", status: null, kind: "network", reason };
}

/** A token that cannot be had is a failure before GitHub was asked to dispatch. */
function tokenFailure(error: unknown, now: number): DispatchAnswer {
  const noRoom = noRoomAnswer(error, now);
  if (noRoom !== null) return noRoom;
  const { status, response } = error as { status?: number; response?: { headers?: Record<string, string> } };
  const message = error instanceof Error ? cutText(error.message, 300) : "";
  const headers = new Headers();
  for (const name of ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date"]) {
    const value = response?.headers?.[name];
    if (value !== undefined) headers.set(name, String(value));
  }
  if (status === undefined || status >= 500) {
    return {
      outcome: "failed",
      status: status === undefined ? null : status,
      kind: status === undefined ? "network" : "service-unavailable",
      reason: `GitHub gave no installation token: ${message || "it could not be reached"}.`,
      ...statedIn(
        waitHeaders((name) => headers.get(name)),
        now,
      ),
    };
  }
  const answer = classifyAnswer(status, headers, message, now);
  return answer.outcome === "refused" ? { ...answer, kind: status === 404 ? "not-found" : "auth" } : answer;
}
