import type { Command } from "commander";
import { CommandError, EXIT, usageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { currentUrl, storedToken } from "../login/stored-token.ts";
import { type ChangeStream, openChanges } from "./change-stream.ts";
import { parseJson, request } from "./http.ts";
import type { Page } from "./types.ts";

type Params = Readonly<Record<string, string | number | undefined>>;

interface CallOptions {
  params?: Params;
  headers?: Record<string, string>;
  body?: object;
}

/** Calls the API of one Zekt as one user. */
export interface Client {
  /**
   * Returns the JSON of a success; null where it has none.
   *
   * @throws CommandError where Zekt refuses, or cannot be reached
   */
  call<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, options?: CallOptions): Promise<T>;

  /**
   * Returns the JSON of a success and its `etag`; null where nothing has changed since the one that was given.
   *
   * @throws CommandError as {@link Client.call} does
   */
  poll<T>(path: string, params: Params, etag: string | null): Promise<{ answer: T; etag: string } | null>;

  /** Opens the stream of changes; null where there is none, so that one polls. */
  changes(): Promise<ChangeStream | null>;
}

/** The options by which a user names their Zekt. */
export interface ServerOptions {
  url?: string;
  token?: string;
}

const UNAUTHENTICATED = 401;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/** Adds the options of every command that calls the API. */
export const withServer = (command: Command): Command =>
  command
    .option("--url <url>", "the address of your Zekt (default: ZEKT_URL, or that of zekt login)")
    .option("--token <token>", "a GitHub user token (default: ZEKT_TOKEN, or that of zekt login)");

/**
 * Returns the client that a command's options, the environment, or an earlier login describe.
 *
 * @throws CommandError where one of them is missing or wrong
 */
export async function clientOf(io: Io, options: ServerOptions): Promise<Client> {
  const base = baseOf(urlOf(io, options));
  const isLogin = (options.token ?? io.env.ZEKT_TOKEN) === undefined;
  // Asked for anew with each request: a login's token ends after hours, and a command may go on for days.
  const token = (): Promise<string> => tokenOf(io, options, base);
  await token();
  const send = async (method: string, path: string, { params = {}, headers = {}, body }: CallOptions) => {
    const url = new URL(`api${path}`, base);
    for (const [name, value] of Object.entries(params)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return await request(url, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${await token()}`,
        accept: "application/json",
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  };
  const read = ({ status, text }: { status: number; text: string }): unknown => {
    if (status === NO_CONTENT) return null;
    const answer = parseJson(text);
    if (status >= 200 && status < 300 && answer !== null) return answer;
    if (status === UNAUTHENTICATED && isLogin && isProblem(answer)) throw endedLogin(base);
    throw refusal(base, status, answer);
  };
  return {
    changes: async () => await openChanges(base, await token()),
    call: async (method, path, options = {}) => read(await send(method, path, options)) as never,
    async poll(path, params, etag) {
      const headers: Record<string, string> = etag === null ? {} : { "if-none-match": etag };
      const response = await send("GET", path, { params, headers });
      if (response.status === NOT_MODIFIED) return null;
      return { answer: read(response) as never, etag: response.headers.get("etag") ?? "" };
    },
  };
}

async function tokenOf(io: Io, options: ServerOptions, base: URL): Promise<string> {
  const token = options.token ?? io.env.ZEKT_TOKEN ?? (await storedToken(io, base));
  if (!token)
    throw usageError(
      "Set ZEKT_TOKEN or --token to a GitHub user token issued to your Zekt's App, or log in by `zekt login`.",
    );
  if (!/^[\x21-\x7e]+$/.test(token)) throw usageError("The token holds characters that no token has.");
  return token;
}

/** Returns the address of the user's Zekt: as they named it, else that of the last login; null where there is none. */
export const urlOf = (io: Io, { url }: ServerOptions): string | null =>
  url ?? io.env.ZEKT_URL ?? currentUrl(io);

/**
 * Reads the address of a Zekt.
 *
 * @throws CommandError where there is none, or it is no address
 */
export function baseOf(given: string | null | undefined): URL {
  if (!given) throw usageError("Set ZEKT_URL or --url to the address of your Zekt.");
  const text = given.endsWith("/") ? given : `${given}/`;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw usageError(`${given} is no address; one looks like https://zekt.example.com.`);
  }
  return new URL(text);
}

interface Problem {
  detail: string;
  errors?: readonly { pointer: string; detail: string }[];
}

const isProblem = (answer: unknown): answer is Problem =>
  typeof (answer as { detail?: unknown } | null)?.detail === "string";

const endedLogin = ({ href }: URL): CommandError =>
  new CommandError(
    EXIT.refused,
    `GitHub does not take your login at ${href} any more; run zekt login --url ${href} again.`,
    UNAUTHENTICATED,
  );

function refusal({ origin }: URL, status: number, answer: unknown): CommandError {
  if (status >= 500) {
    const detail = isProblem(answer) ? `: ${answer.detail}` : ".";
    return new CommandError(EXIT.unreachable, `${origin} answered ${status}${detail}`);
  }
  if (!isProblem(answer)) {
    return new CommandError(
      EXIT.unreachable,
      `${origin} answered ${status}, and not as Zekt does. Check the address.`,
    );
  }
  // Many refusals have their one place's words for a sentence.
  const places = (answer.errors ?? [])
    .filter(({ detail }) => !answer.detail.includes(detail))
    .map(({ pointer, detail }) => ` ${pointer}: ${detail}`);
  return new CommandError(EXIT.refused, [answer.detail, ...places].join(""), status);
}

/**
 * Reads a list, page by page, until its end or a number of items, where that is given.
 *
 * @param goesOn - is called with each page, and ends the reading by false
 */
export async function listOf<T, P extends Page<T> = Page<T>>(
  client: Client,
  path: string,
  params: Params,
  most = Number.POSITIVE_INFINITY,
  goesOn: (page: P) => boolean = () => true,
): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; items.length < most; ) {
    const limit = Math.min(100, most - items.length);
    const page = await client.call<P>("GET", path, { params: { ...params, limit, cursor } });
    items.push(...page.items);
    if (!goesOn(page) || page.cursor === null) break;
    cursor = page.cursor;
  }
  return items;
}
