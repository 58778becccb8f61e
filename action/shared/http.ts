import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { isLoopback } from "./loopback.ts";
import { Passing, timeLeft } from "./retry.ts";

/** One request's time limit, in milliseconds. */
const REQUEST_LIMIT = 15_000;

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
 * https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support
 *
 * @throws Passing where there is no whole answer in time
 */
export async function send(url: string, request: Request): Promise<Answer> {
  const target = new URL(url);
  try {
    return await exchange(target, request, Math.max(1, Math.min(REQUEST_LIMIT, timeLeft())));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Passing(`${target.host} could not be reached (${code ?? message}).`);
  }
}

function exchange(url: URL, { method, headers, body }: Request, limit: number): Promise<Answer> {
  // TLS is a good part of what a step loads, so it is loaded only where it is spoken.
  const { request: start, Agent } = url.protocol === "https:" ? process.getBuiltinModule("node:https") : http;
  return new Promise((resolve, reject) => {
    const agent = new Agent(isLoopback(url) ? {} : { proxyEnv: process.env });
    const request = start(url, { method, headers, agent }, (response) => {
      collect(response).then(resolve, reject);
    });
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${(limit / 1000).toFixed(1)} s`));
      request.destroy();
    }, limit);
    request.on("error", reject).on("close", () => clearTimeout(timer));
    request.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode as number, headers: response.headers, body: Buffer.concat(chunks) };
}

/** Whether an answer is worth asking again for. */
export const mayPass = ({ status }: Answer): boolean => status === 429 || status >= 500;

/**
 * How long an answer asks to wait, in milliseconds; null where it does not say.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter({ headers }: Pick<Answer, "headers">, now = Date.now()): number | null {
  const given = headers["retry-after"];
  if (given === undefined) return null;
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - now;
  return ms > 0 ? ms : null;
}
