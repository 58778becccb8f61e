import { lookup } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { SECOND } from "../domain/clock.ts";
import type { WebhookAnswer } from "../domain/notices/notice-retry.ts";
import { GREATEST_RECEIVER_WAIT, readWait } from "../domain/wait.ts";
import { isPrivateAddress, isPrivateUrl } from "./private-address.ts";

/** A receiver has so long to answer, in milliseconds. */
const TIMEOUT = 15 * SECOND;

export interface WebhookRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** True to allow plain HTTP and private addresses: for tests and for deployments inside a private network. */
  allowPrivate: boolean;
}

/** Why an address given by somebody is not one to send to; null where it may be. The name's own address is looked at when it is sent to. */
export function refusalOfAddress(text: string, allowPrivate: boolean): string | null {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    return "must be the address of a server, beginning with https://";
  if (url.username !== "" || url.password !== "") return "must hold no user or password";
  if (allowPrivate) return null;
  if (url.protocol !== "https:") return "must begin with https://";
  return isPrivateUrl(url) ? "must be on the open internet, not a private address" : null;
}

/** Resolves a name and returns only addresses of the open internet: the one connected to is the one that was checked. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { all: true, family: options.family ?? 0 }).then(
    (found) => {
      const open = found.filter(({ address }) => !isPrivateAddress(address));
      const first = open[0];
      if (!first) callback(new Error(`${hostname} is not on the open internet`), "", 0);
      else if (options.all) callback(null, open);
      else callback(null, first.address, first.family);
    },
    (error: NodeJS.ErrnoException) => callback(error, "", 0),
  );
};

/**
 * Posts a webhook to an address that somebody else chose. It never connects to a private address, follows no
 * redirect, and reads only the status of the answer.
 */
export async function postWebhook({
  url,
  headers,
  body,
  allowPrivate,
}: WebhookRequest): Promise<WebhookAnswer> {
  const refused = refusalOfAddress(url, allowPrivate);
  if (refused !== null) return { outcome: "failed", reason: `The address ${refused}.`, retryAfter: null };
  const signal = AbortSignal.timeout(TIMEOUT);
  try {
    const { status, retryAfter } = await post({ url, headers, body, allowPrivate }, signal);
    if (status >= 200 && status < 300) return { outcome: "taken" };
    const reason = `It answered ${status}.`;
    return status === 410 ? { outcome: "gone", reason } : { outcome: "failed", reason, retryAfter };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = signal.aborted
      ? `It did not answer within ${TIMEOUT / SECOND} s.`
      : `It could not be reached (${code ?? message}).`;
    return { outcome: "failed", reason, retryAfter: null };
  }
}

const post = (
  { url, headers, body, allowPrivate }: WebhookRequest,
  signal: AbortSignal,
): Promise<{ status: number; retryAfter: number | null }> =>
  new Promise((resolve, reject) => {
    const request = (url.startsWith("https:") ? requestHttps : requestHttp)(
      url,
      {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        signal,
        // A connection that was kept might be to an address that was not looked at.
        agent: false,
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      },
      (response) => {
        response.destroy();
        const { "retry-after": retryAfter, date } = response.headers;
        const wait = readWait({ retryAfter, date }, Date.now(), GREATEST_RECEIVER_WAIT);
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: wait === null ? null : Math.ceil(wait / SECOND),
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
