import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Octokit } from "@octokit/core";
import { LRUCache } from "lru-cache";
import { readDate } from "../../shared/retry-after.ts";
import { DAY, SECOND } from "../domain/clock.ts";
import { cutText } from "../domain/cut-text.ts";
import { goesOn, isLimit, readWait, unstatedWait, waitHeaders } from "../domain/wait.ts";
import { type AnnouncedEnd, announcedEnd, COMMON_HEADERS, versionRefusal } from "./api-version.ts";
import { foreignAnswer, isForeignAnswer } from "./foreign-answer.ts";
import { whyNeverSent } from "./never-sent.ts";
import { Places } from "./places.ts";

/** One try's time limit, in milliseconds. */
const REQUEST_TIMEOUT = 10 * SECOND;
/** Delays before the second and the third try. */
const DELAYS = [1 * SECOND, 3 * SECOND] as const;
/** No try begins later than this after the first one, so that none outlasts a Lambda. */
const LAST_TRY = 12 * SECOND;
/** A limit that ends so soon is waited for here; a longer one is the caller's to wait for. */
const LONGEST_WAIT = 5 * SECOND;
/**
 * Requests of one quota that GitHub takes at once, of REST and GraphQL together. By what it counts it does not say. The
 * limits of an hour go by installation, App and user, and each of these has a count here.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
const MOST_AT_ONCE = 100;
/** The same of one process among some: a new account of AWS runs ten functions at once. */
export const SHARE_AT_ONCE = MOST_AT_ONCE / 10;
/** The time after which a request that found no place is to come again. */
const COME_AGAIN = 5 * SECOND;
/** The time after which work is to go on whose time was over. */
const GO_ON = 30 * SECOND;
/** Says that work had no time left for a request. */
export const OUT_OF_TIME = "There was no time left to ask GitHub; nothing was sent.";
/** Quotas whose waits are remembered. */
const QUOTAS = 15_000;
/** Methods that have the effect of once however often they are sent. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE"]);
/** Answers after which another try may fare better. */
const PASSING = new Set([408, 500, 502, 503, 504]);

/** The moment by which all requests of some work are to be over, by the clock that nobody sets. */
const endOfWork = new AsyncLocalStorage<number>();

/**
 * Does work that has so many milliseconds for its requests to GitHub. One that might take longer than is left of them
 * is not sent, so that the work ends in time, and goes on later.
 */
export const withinTime = <T>(ms: number, work: () => Promise<T>): Promise<T> =>
  endOfWork.run(performance.now() + ms, work);

/** The rules for one kind of request. */
export interface SendOptions {
  /**
   * Names whose limit the request counts against. While GitHub asks to wait, none of these is sent. While as many are
   * under way as GitHub takes at once, the request waits for one to end.
   */
  quota?: string;
  /** Goes before those of its quota that wait for a place; none does unless given. */
  precedes?: boolean;
  /** One try's time limit, in milliseconds. */
  timeout?: number;
  /** Which requests are sent again after a failure that may have been carried out; idempotent ones unless given. */
  repeats?: "never" | "idempotent" | "always";
  /** Is called for each request that leaves. */
  onSent?: () => void;
  /** The time in milliseconds since the epoch; the layer's own clock unless given. */
  now?: () => number;
}

/**
 * The outcomes of a request: the class of its answer's status, or the reason that there was none. One that is held back
 * was not sent: GitHub had asked to wait, or too many were under way.
 */
export const REQUEST_OUTCOMES = [
  "2xx",
  "3xx",
  "4xx",
  "5xx",
  "limited",
  "timeout",
  "unreachable",
  "held-back",
] as const;
export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number];

/** A quota that GitHub asks to wait for. */
interface Closed {
  /** Its end by the clock, and by the one that nobody sets back, in milliseconds. */
  until: number;
  monotonicUntil: number;
  /** The length of the wait where GitHub stated none; null where it did. */
  waited: number | null;
}

const leftOf = ({ until, monotonicUntil }: Closed, now: number): number =>
  Math.min(until - now, monotonicUntil - performance.now());

/** Hears of an answer's date. */
type DateHearer = (date: number, took: number, isOwn: boolean) => void;

export interface RequestsOptions {
  now?: () => number;
  /** Sends what leaves; Node's own unless given. */
  fetch?: typeof fetch;
  wait?: (ms: number) => Promise<unknown>;
  /** Requests of one quota that are under way at once; as many as GitHub takes unless given. */
  atOnce?: number | undefined;
}

/**
 * Sends every request that Zekt makes to GitHub. It names the API version, ends what hangs, and sends
 * again where that is safe. It counts each request, and holds requests back while GitHub asks to wait, or as many are
 * under way as it takes.
 */
export class Requests {
  readonly #now: () => number;
  readonly #wait: (ms: number) => Promise<unknown>;
  readonly #fetch: typeof fetch;
  /** The waits that GitHub asks for, by quota. */
  readonly #closed = new LRUCache<string, Closed>({ maxSize: QUOTAS, sizeCalculation: () => 1 });
  readonly #places: Places;
  readonly #heard: DateHearer[] = [];
  #heardEnd: ((end: AnnouncedEnd) => void) | null = null;
  /** The ends that were passed on, each with when. */
  readonly #ends = new LRUCache<string, true>({ max: 100, ttl: DAY });
  #heardOutcome: ((outcome: RequestOutcome, ms: number) => void) | null = null;

  constructor(options: RequestsOptions = {}) {
    const { now = Date.now, wait = sleep, fetch = globalThis.fetch, atOnce = MOST_AT_ONCE } = options;
    this.#now = now;
    this.#fetch = fetch;
    this.#wait = wait;
    this.#places = new Places(atOnce);
  }

  /**
   * Passes on the date of each answer, in milliseconds since the epoch, the milliseconds that the answer took, and
   * whether it is GitHub's own. A proxy's has the proxy's date.
   */
  onDate(hear: DateHearer): void {
    this.#heard.push(hear);
  }

  /** Passes on the outcome of each request, and the milliseconds it took. */
  onOutcome(hear: (outcome: RequestOutcome, ms: number) => void): void {
    this.#heardOutcome = hear;
  }

  /** Passes on, once a day each, that GitHub announces the end of what is asked for. */
  onAnnouncedEnd(hear: (end: AnnouncedEnd) => void): void {
    this.#heardEnd = hear;
  }

  /** Waits for some milliseconds, as between two tries. */
  async pause(ms: number): Promise<void> {
    await this.#wait(ms);
  }

  /** Makes a client whose requests go through here. A page of a proxy's is an error of status 502 to it. */
  client(baseUrl: string, options: SendOptions = {}, auth?: string): Octokit {
    return new Octokit({
      baseUrl,
      userAgent: "zekt",
      ...(auth === undefined ? {} : { auth }),
      request: {
        log: SILENT,
        fetch: async (url: string, init: RequestInit = {}) => {
          const response = await this.send(url, init, options).catch(explain);
          return isForeign(response, init) ? foreign(response) : await whereServed(response);
        },
      },
    });
  }

  /**
   * Sends one request and returns GitHub's answer, whatever its status. The answer is a 429 that was not asked for
   * where the quota is closed or full, or the work has no time left. A redirect is followed for reads alone.
   *
   * @throws as `fetch` does, where no answer came, or none to its end
   */
  async send(url: string, init: RequestInit, options: SendOptions = {}): Promise<Response> {
    const { quota, repeats = "idempotent", timeout = REQUEST_TIMEOUT, now = this.#now } = options;
    const method = (init.method ?? "GET").toUpperCase();
    const mayRepeat = repeats === "always" || (repeats === "idempotent" && IDEMPOTENT.has(method));
    const latest = (endOfWork.getStore() ?? Number.POSITIVE_INFINITY) - timeout;
    const lastTry = Math.min(latest, performance.now() + LAST_TRY);
    for (let tries = 0; ; tries++) {
      const held =
        performance.now() > latest ? outOfTime() : await this.#holdBack(lastTry, init.signal, options);
      if (held !== null) {
        this.#heardOutcome?.("held-back", 0);
        return held;
      }
      const { answer, limit } = await this.#judged(url, { ...init, method }, options)
        // Not before it is known that others may go on: they would be sent in spite of a limit.
        .finally(() => quota !== undefined && this.#places.leave(quota));
      const delay = delayOf(answer, limit, mayRepeat, tries, now());
      const isLast = repeats === "never" || delay === null || performance.now() + delay > lastTry;
      if (isLast) {
        if ("error" in answer) throw answer.error;
        return answer;
      }
      await this.#wait(delay);
      if (limit !== null && quota !== undefined) this.#closed.delete(quota);
    }
  }

  /** Sends a request once, and closes its quota where the answer says so; `limit` says for how many milliseconds. */
  async #judged(
    url: string,
    init: RequestInit,
    options: SendOptions,
  ): Promise<{ answer: Answer; limit: number | null }> {
    const { quota, now = this.#now } = options;
    const sentAt = performance.now();
    const answer: Answer = await this.#once(url, init, options).catch((error: unknown) => ({ error }));
    const limited = "error" in answer ? null : await limitOf(answer, now());
    const limit = limited && (limited.wait ?? this.#unstatedWait(quota, now()));
    this.#heardOutcome?.(outcomeOf(answer, limit), performance.now() - sentAt);
    if (limit !== null && quota !== undefined)
      this.#close(quota, now(), limit, limited?.wait === null ? limit : null);
    return { answer, limit };
  }

  /** Occupies a place for a request. Returns the answer in GitHub's stead where it may not be sent, and then has none. */
  async #holdBack(
    lastTry: number,
    signal: AbortSignal | null | undefined,
    { quota, precedes = false, now = this.#now }: SendOptions,
  ): Promise<Response | null> {
    if (quota === undefined) return null;
    const closedFor = this.#closedFor(quota, now());
    if (closedFor > 0) return heldBack(closedFor);
    // The wait counts too: no try begins later for it.
    const longest = lastTry - performance.now();
    if (!(await this.#places.take(quota, { precedes, longest, signal }))) return crowded();
    // Whoever had the place may have been told to wait.
    const closedSince = this.#closedFor(quota, now());
    if (closedSince <= 0) return null;
    this.#places.leave(quota);
    return heldBack(closedSince);
  }

  async #once(url: string, init: RequestInit, { timeout = REQUEST_TIMEOUT, onSent }: SendOptions) {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(COMMON_HEADERS)) headers.set(name, value);
    const limit = AbortSignal.timeout(timeout);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    const isRead = init.method === "GET" || init.method === "HEAD";
    // What a redirect points to would get the token and the body, and its yes would be another's.
    const redirect = init.redirect ?? (isRead ? "follow" : "manual");
    const sentAt = performance.now();
    onSent?.();
    const response = await this.#fetch(url, { ...init, headers, signal, redirect });
    const date = readDate(response.headers.get("date"));
    const isOwn = response.headers.has("x-github-request-id");
    this.#noteEnd(String(init.method), url, response.headers);
    if (date !== null) for (const hear of this.#heard) hear(date, performance.now() - sentAt, isOwn);
    return await wholeOf(response);
  }

  #noteEnd(method: string, url: string, headers: Headers): void {
    const end = announcedEnd(method, url, headers);
    // Of a whole version every answer tells: its moment is logged once, not each request.
    const key = end && (end.sunset ?? end.request);
    if (end === null || key === null || this.#ends.has(key)) return;
    this.#ends.set(key, true);
    this.#heardEnd?.(end);
  }

  #close(quota: string, now: number, ms: number, waited: number | null): void {
    const standing = this.#closed.get(quota);
    // An answer to what was sent before it was closed says nothing new.
    if (waited !== null && standing && leftOf(standing, now) > 0) return;
    this.#closed.set(quota, { until: now + ms, monotonicUntil: performance.now() + ms, waited });
  }

  /** Returns how long to wait at a limit that states no wait. */
  #unstatedWait(quota: string | undefined, now: number): number {
    const { waited = null, until = 0 } = (quota === undefined ? undefined : this.#closed.get(quota)) ?? {};
    return unstatedWait(waited === null ? null : { waited, until }, now);
  }

  /** Returns for how many milliseconds a quota is still closed. */
  #closedFor(quota: string, now: number): number {
    const closed = this.#closed.get(quota);
    if (closed === undefined) return 0;
    const left = leftOf(closed, now);
    if (left > 0) return left;
    if (closed.waited === null || !goesOn(closed, now)) this.#closed.delete(quota);
    return 0;
  }
}

/**
 * Reads an answer to its end, so that one whose body breaks off is none: Octokit would take what came of it for all.
 *
 * @throws as `fetch` does, where the body breaks off
 */
async function wholeOf(response: Response): Promise<Response> {
  if (response.body !== null) await response.clone().arrayBuffer();
  return response;
}

/** Throws an error again, with the reason where nothing was sent: of it Octokit shows only the message. */
function explain(error: unknown): never {
  const neverSent = whyNeverSent(error);
  throw neverSent === null ? error : new Error(neverSent, { cause: error });
}

/** GitHub's answer, or why there was none. */
type Answer = Response | { error: unknown };

/** Returns the outcome of a request that was sent. */
function outcomeOf(answer: Answer, limit: number | null): RequestOutcome {
  if ("error" in answer)
    return (answer.error as Error | null)?.name === "TimeoutError" ? "timeout" : "unreachable";
  if (limit !== null) return "limited";
  return `${Math.floor(answer.status / 100) as 2 | 3 | 4 | 5}xx`;
}

/** Returns how long to wait before another try; null where there is to be none. */
function delayOf(
  answer: Answer,
  limit: number | null,
  mayRepeat: boolean,
  tries: number,
  now: number,
): number | null {
  const delay = DELAYS[tries];
  if (delay === undefined) return null;
  // A limit says that nothing was done, so that any method may be sent again.
  if (limit !== null) return limit <= LONGEST_WAIT ? limit : null;
  if (!mayRepeat) return null;
  if ("error" in answer) return delay;
  if (!PASSING.has(answer.status)) return null;
  const wait =
    readWait(
      waitHeaders((name) => answer.headers.get(name)),
      now,
    ) ?? delay;
  return wait <= LONGEST_WAIT ? Math.max(delay, wait) : null;
}

/** Returns how long a limit asks to wait, in milliseconds, null where it states no wait; null where an answer is no limit. */
async function limitOf(response: Response, now: number): Promise<{ wait: number | null } | null> {
  if (response.status !== 429 && response.status !== 403) return null;
  const waiting = waitHeaders((name) => response.headers.get(name));
  const text = await response
    .clone()
    .text()
    .catch(() => "");
  if (!isLimit(response.status, waiting, messageOf(text))) return null;
  return { wait: readWait(waiting, now) };
}

/** Reads the sentence of GitHub's refusal; empty where it is not GitHub's JSON. */
export function messageOf(text: string): string {
  // Most answers are empty, and an error that is thrown and caught takes longer than all else here.
  if (text === "") return "";
  try {
    return cutText(String((JSON.parse(text) as { message?: unknown }).message ?? ""), 300);
  } catch {
    return "";
  }
}

/** Answers in GitHub's place, where nothing was sent. */
const notSent = (message: string, retryAfter: number): Response =>
  Response.json({ message }, { status: 429, headers: { "retry-after": String(retryAfter) } });

const heldBack = (ms: number): Response =>
  notSent("GitHub's rate limit asked to wait; nothing was sent.", Math.ceil(ms / SECOND));

const crowded = (): Response =>
  notSent("Too many requests to GitHub are under way; nothing was sent.", COME_AGAIN / SECOND);

const outOfTime = (): Response => notSent(OUT_OF_TIME, GO_ON / SECOND);

/** Returns whether an answer is not GitHub's: a redirect that was asked for is. */
const isForeign = ({ status, headers }: Response, init: RequestInit): boolean =>
  isForeignAnswer(status, (name) => headers.get(name)) &&
  (init.redirect !== "manual" || status < 300 || status >= 400);

/** Turns a refusal of the API's version into a failure that says so: to the caller a 410 would mean that something is gone. */
async function whereServed(response: Response): Promise<Response> {
  if (response.status !== 410 && response.status !== 400) return response;
  const message = versionRefusal(response.status, messageOf(await response.clone().text()));
  return message === null ? response : Response.json({ message }, { status: 502 });
}

/** Octokit warns on its own of what GitHub announces the end of, at each answer and beside the log. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Turns an answer that is not GitHub's into a failure which names what answered. */
const foreign = ({ status, headers }: Response): Response =>
  Response.json({ message: foreignAnswer(status, (name) => headers.get(name)) }, { status: 502 });
