import { failsJustNow, parseJson, postForm } from "../api/http.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { visible } from "../output/visible.ts";

/** The way by which a device gets a user's token, as a Zekt tells it. */
export interface DeviceFlow {
  clientId: string;
  codeUrl: string;
  tokenUrl: string;
}

/** A user's token as GitHub gives it. Times are in seconds from now. */
export interface GrantedToken {
  access_token: string;
  expires_in?: number;
  refresh_token?: string;
  refresh_token_expires_in?: number;
}

interface DeviceCode {
  device_code: string;
  user_code: string;
  verification_uri: string;
  expires_in: number;
  interval: number;
}

interface Refused {
  error: string;
  error_description?: string;
  /** With `slow_down`: the seconds that must now be between two polls. */
  interval?: number;
}

/** The remedies of GitHub's refusals. */
const REMEDIES: Record<string, string> = {
  device_flow_disabled:
    "The App does not allow logging in on a device. Its owner turns on “Enable Device Flow” in the App's settings.",
  access_denied: "The login was cancelled on GitHub.",
  expired_token: "The code has expired; run zekt login again.",
  bad_refresh_token: "The login has ended; run zekt login again.",
  incorrect_client_credentials:
    "GitHub does not know this login, or this Zekt's App, any more; run zekt login again.",
};

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
/** Seconds that a poll which came too early adds at least: https://www.rfc-editor.org/rfc/rfc8628#section-3.5 */
const SLOW_DOWN = 5;
/** Milliseconds between two polls, at most, while GitHub does not answer: each failure doubles them. */
const LONGEST_PAUSE = 60_000;

/**
 * Asks GitHub for a code, shows it, and waits until the user has entered it.
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow
 *
 * @throws CommandError where GitHub refuses, or the user ends the command
 */
export async function askForToken(
  io: Io,
  { clientId, codeUrl, tokenUrl }: DeviceFlow,
): Promise<GrantedToken> {
  const code = await post<DeviceCode>(codeUrl, { client_id: clientId }, "device_code");
  if ("error" in code) throw refusalOf(code);
  io.err(`Open ${code.verification_uri} and enter the code ${code.user_code}\n`);
  const form = { client_id: clientId, device_code: code.device_code, grant_type: DEVICE };
  const endsAt = io.now() + Number(code.expires_in) * 1000;
  let seconds = Number(code.interval);
  for (let failures = 0; io.now() < endsAt; ) {
    const left = Math.ceil((endsAt - io.now()) / 60_000);
    io.progress(`Waiting for GitHub; the code expires in ${left} min`);
    const pause = Math.min(seconds * 1000 * 2 ** failures, Math.max(LONGEST_PAUSE, seconds * 1000));
    if (!(await io.wait(pause))) {
      io.progress("");
      throw new CommandError(EXIT.interrupted, "Not logged in.");
    }
    const answer = await post<GrantedToken>(tokenUrl, form, "access_token").catch(passing);
    if (answer instanceof CommandError) {
      io.progress("");
      if (failures === 0) io.err(`${visible(answer.message)} Trying again until the code expires.\n`);
      failures += 1;
      continue;
    }
    failures = 0;
    if ("access_token" in answer) {
      io.progress("");
      return answer;
    }
    if (answer.error === "slow_down") seconds = Math.max(seconds + SLOW_DOWN, Number(answer.interval) || 0);
    else if (answer.error !== "authorization_pending") throw refusalOf(answer);
  }
  throw refusalOf({ error: "expired_token" });
}

/**
 * Exchanges a refresh token, which is good for one use.
 *
 * @throws CommandError where GitHub refuses it
 */
export async function refresh(
  { clientId, tokenUrl }: Pick<DeviceFlow, "clientId" | "tokenUrl">,
  refreshToken: string,
): Promise<GrantedToken> {
  const form = { client_id: clientId, grant_type: "refresh_token", refresh_token: refreshToken };
  const answer = await post<GrantedToken>(tokenUrl, form, "access_token");
  if ("access_token" in answer) return answer;
  throw refusalOf(answer);
}

const refusalOf = ({ error, error_description }: Refused): CommandError =>
  new CommandError(
    EXIT.refused,
    REMEDIES[error] ?? `GitHub refused the login: ${error_description ?? error}.`,
  );

/** Returns a failure that may pass by itself: GitHub cannot be reached, or does not answer as it does. */
function passing(error: unknown): CommandError {
  if (error instanceof CommandError && error.exitCode === EXIT.unreachable) return error;
  throw error;
}

/** Posts a form and returns the answer, which has what was asked for, or says why it was refused. */
async function post<T extends object>(
  url: string,
  form: Record<string, string>,
  wanted: keyof T & string,
): Promise<T | Refused> {
  const address = new URL(url);
  const { status, text } = await postForm(address, form);
  const answer = parseJson(text) as Partial<Record<string, unknown>> | null;
  if (failsJustNow(status)) throw new CommandError(EXIT.unreachable, `${address.origin} answered ${status}.`);
  if (typeof answer?.[wanted] === "string" || typeof answer?.error === "string") return answer as T | Refused;
  throw new CommandError(EXIT.unreachable, `${address.origin} answered ${status}, and not as GitHub does.`);
}
