import type { Command } from "commander";
import { CommandError, EXIT, usageError } from "../exit.ts";
import type { Io } from "../io.ts";
import type { Page } from "./types.ts";

/** The longest wait for an answer, in milliseconds. */
const TIMEOUT = 30_000;

type Params = Readonly<Record<string, string | number | undefined>>;

/** Calls the API of one Zekt as one user. */
export interface Client {
  /**
   * Returns the JSON of a success.
   *
   * @throws CommandError where Zekt refuses, or cannot be reached
   */
  call<T>(
    method: "GET" | "POST",
    path: string,
    options?: { params?: Params; headers?: Record<string, string> },
  ): Promise<T>;
}

/** Adds the options of every command that calls the API. */
export const withServer = (command: Command): Command =>
  command
    .option("--url <url>", "the address of your Zekt (default: ZEKT_URL)")
    .option("--token <token>", "a GitHub user token (default: ZEKT_TOKEN)");

/**
 * Returns the client that a command's options and environment describe.
 *
 * @throws CommandError where one of them is missing or wrong
 */
export function clientOf(io: Io, options: { url?: string; token?: string }): Client {
  const base = baseOf(options.url ?? io.env.ZEKT_URL);
  const token = options.token ?? io.env.ZEKT_TOKEN;
  if (!token) throw usageError("Set ZEKT_TOKEN or --token to a GitHub user token issued to your Zekt's App.");
  if (!/^[\x21-\x7e]+$/.test(token)) throw usageError("The token holds characters that no token has.");
  return {
    async call(method, path, { params = {}, headers = {} } = {}) {
      const url = new URL(`api${path}`, base);
      for (const [name, value] of Object.entries(params)) {
        if (value !== undefined) url.searchParams.set(name, String(value));
      }
      const { status, text } = await request(url, {
        method,
        headers: { ...headers, authorization: `Bearer ${token}`, accept: "application/json" },
      });
      const answer = parse(text);
      if (status >= 200 && status < 300 && answer !== null) return answer as never;
      throw refusal(base, status, answer);
    },
  };
}

function baseOf(given: string | undefined): URL {
  if (!given) throw usageError("Set ZEKT_URL or --url to the address of your Zekt.");
  const text = given.endsWith("/") ? given : `${given}/`;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw usageError(`${given} is no address; one looks like https://zekt.example.com.`);
  }
  return new URL(text);
}

/** Sends a request. A redirect is not followed: the token is for the address that was given. */
async function request(url: URL, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    const why =
      name === "TimeoutError"
        ? `no answer within ${TIMEOUT / 1000} seconds`
        : (cause?.code ?? cause?.message ?? message);
    throw new CommandError(EXIT.unreachable, `${url.origin} cannot be reached: ${why}.`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface Problem {
  detail: string;
  errors?: readonly { pointer: string; detail: string }[];
}

const isProblem = (answer: unknown): answer is Problem =>
  typeof (answer as { detail?: unknown } | null)?.detail === "string";

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
  const places = (answer.errors ?? []).map(({ pointer, detail }) => ` ${pointer}: ${detail}`);
  return new CommandError(EXIT.refused, [answer.detail, ...places].join(""));
}

/** Reads a list, page by page, until its end or a number of items. */
export async function listOf<T>(client: Client, path: string, params: Params, most: number): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; items.length < most; ) {
    const limit = Math.min(100, most - items.length);
    const page = await client.call<Page<T>>("GET", path, { params: { ...params, limit, cursor } });
    items.push(...page.items);
    if (page.cursor === null) break;
    cursor = page.cursor;
  }
  return items;
}
