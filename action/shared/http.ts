import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import type { Socket } from "node:net";
import { readRetryAfter } from "../../shared/retry-after.ts";
import { proxyAuthorization, proxyOf } from "./proxy.ts";
import { Passing, timeLeft } from "./retry.ts";
import { StepError } from "./step-error.ts";

/** One request's time limit, in milliseconds. */
const REQUEST_LIMIT = 15_000;

/** Node's codes for a certificate whose authority is not known here; the next request would meet the same. */
const UNKNOWN_AUTHORITY =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|CERT_UNTRUSTED)/;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body's exact bytes. */
  body: Buffer;
}

interface Request {
  method: "GET" | "POST";
  headers: Record<string, string>;
  body?: string;
}

/**
 * Sends one request, by way of the proxy that the environment names, if any. Redirects are not
 * followed: the token is for one address. Not fetch: loading it takes longer than all else a step does.
 * Not Node's own support for proxies: runners before 2.328 have a Node without it.
 * https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support
 *
 * @throws Passing where there is no whole answer in time
 * @throws StepError where the environment names a proxy that cannot be spoken to, or a certificate is not trusted
 */
export async function send(url: string, request: Request): Promise<Answer> {
  const target = new URL(url);
  const proxy = proxyOf(target);
  const left = timeLeft();
  try {
    return await exchange(target, request, proxy, Math.max(1, Math.min(REQUEST_LIMIT, left)));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const way = proxy ? ` through the proxy ${proxy.host}` : "";
    const isCut = error instanceof NoAnswer && left < REQUEST_LIMIT;
    const said = `${target.host} could not be reached${way} (${code ?? message})`;
    if (UNKNOWN_AUTHORITY.test(String(code))) {
      throw new StepError(
        `${said}: its certificate is not trusted here. Where an authority of your own signed it, name that authority's file in NODE_EXTRA_CA_CERTS, in the job's env.`,
        { cause: error },
      );
    }
    throw new Passing(`${said}.`, null, isCut);
  }
}

/** No answer came within a request's time. */
class NoAnswer extends Error {}

async function exchange(
  url: URL,
  { method, headers, body }: Request,
  proxy: URL | null,
  limit: number,
): Promise<Answer> {
  let open: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new NoAnswer(`no answer within ${(limit / 1000).toFixed(1)} s`));
      open?.destroy();
    }, limit);
  });
  const opened = (request: ClientRequest): ClientRequest => {
    open = request;
    return request;
  };
  const answer = async (): Promise<Answer> => {
    if (proxy && url.protocol === "https:") {
      const socket = await tunnel(url, proxy, opened);
      return await ask(
        opened(start(url, { method, headers, createConnection: () => secure(url, socket) })),
        body,
      );
    }
    if (proxy) {
      const asked = { ...headers, host: url.host, ...proxyAuthorization(proxy) };
      return await ask(opened(start(proxy, { method, headers: asked, path: url.href, auth: null })), body);
    }
    return await ask(opened(start(url, { method, headers })), body);
  };
  try {
    return await Promise.race([answer(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Begins a request. TLS is a good part of what a step loads, so it is loaded only where it is spoken. */
function start(url: URL, options: RequestOptions): ClientRequest {
  const { request } = url.protocol === "https:" ? process.getBuiltinModule("node:https") : http;
  return request(url, options);
}

function ask(request: ClientRequest, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on("error", reject).on("response", (response) => collect(response).then(resolve, reject));
    request.end(body);
  });
}

/**
 * Asks a proxy to connect to an address.
 * https://www.rfc-editor.org/rfc/rfc9110#CONNECT
 */
function tunnel(url: URL, proxy: URL, opened: (request: ClientRequest) => ClientRequest): Promise<Socket> {
  const path = `${url.hostname}:${url.port || 443}`;
  const headers = { host: path, ...proxyAuthorization(proxy) };
  return new Promise((resolve, reject) => {
    opened(start(proxy, { method: "CONNECT", path, headers, auth: null }))
      .on("error", reject)
      .on("response", ({ statusCode }) => reject(new Error(`the proxy answered ${statusCode}`)))
      .on("connect", ({ statusCode }, socket: Socket) => {
        if (statusCode === 200) return resolve(socket);
        socket.destroy();
        reject(new Error(`the proxy answered ${statusCode}`));
      })
      .end();
  });
}

/** Speaks TLS to an address over a connection that a proxy made. */
function secure({ hostname }: URL, socket: Socket): Socket {
  const host = hostname.replace(/^\[|\]$/g, "");
  const isName = process.getBuiltinModule("node:net").isIP(host) === 0;
  return process
    .getBuiltinModule("node:tls")
    .connect({ socket, host, ...(isName ? { servername: host } : {}) });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode as number, headers: response.headers, body: Buffer.concat(chunks) };
}

/** Returns whether a repeated request may get a better answer. */
export const mayPass = ({ status }: Answer): boolean => status === 429 || status >= 500;

/** Returns the wait that an answer requests, in milliseconds; null where it requests none. */
export const retryAfter = ({ headers }: Pick<Answer, "headers">, now = Date.now()): number | null =>
  readRetryAfter(headers["retry-after"], headers.date, now);
