import { setTimeout as sleep } from "node:timers/promises";
import { createAppAuth } from "@octokit/auth-app";
import type { Octokit } from "@octokit/core";
import { RequestError } from "@octokit/request-error";
import { LRUCache } from "lru-cache";
import { readDate } from "../../shared/retry-after.ts";
import { SECOND } from "../domain/clock.ts";
import { signAppJwt } from "./app-jwt.ts";
import { Requests, type SendOptions } from "./requests.ts";

/** Where GitHub is and who we are there. Every URL is configuration, so that an Enterprise Server works too. */
export interface GitHubConfig {
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  apiUrl: string;
  appId: string;
  privateKey: string;
}

/** An installation of the App, and whose it is. */
export interface Installation {
  installationId: string;
  ownerId: string;
}

/** The permissions and repositories of a token: the least that serves. */
export interface Scope {
  repositoryIds: readonly string[];
  permissions: Readonly<Record<string, "read" | "write">>;
}

/** Clocks that are less than this apart count as the same: GitHub's date has whole seconds. */
const CLOCK_TOLERANCE = 2000;
/** GitHub's words for a token whose times do not fit its clock. */
const CLOCK_REFUSAL = /'(?:Expiration time|Issued at)' claim/;

/** Tokens whose minting is remembered: as many as are kept. */
const TOKENS = 15_000;

/** The quota of requests that the App makes as itself. */
const APP_QUOTA = "app";
/** The quota of requests that the App makes by its client secret. */
export const CLIENT_QUOTA = "client";

export interface GitHubOptions {
  /** The time in milliseconds since the epoch. */
  now?: () => number;
  /** Hears of every request that an owner's quota pays for. */
  onRequest?: (ownerId: string) => void;
  /** Hears by how many milliseconds this machine's clock is found to be ahead of GitHub's. */
  onClockOff?: (ms: number) => void;
  wait?: (ms: number) => Promise<unknown>;
  /** Sends every request; Node's own unless given. */
  fetch?: typeof fetch;
  /** Requests of one quota that are under way at once; as many as GitHub takes unless given. */
  atOnce?: number | undefined;
}

/** Speaks to GitHub as the App and as its installations. */
export class GitHub {
  /** The layer that all requests to GitHub go through. */
  readonly requests: Requests;
  readonly #config: GitHubConfig;
  readonly #options: Required<Omit<GitHubOptions, "wait" | "fetch" | "atOnce">>;
  readonly #auth: ReturnType<typeof createAppAuth>;
  /** The moments at which tokens were minted, by the clock that nobody sets. */
  readonly #minted = new LRUCache<string, number>({ max: TOKENS });
  #clockOff = 0;

  constructor(config: GitHubConfig, options: GitHubOptions = {}) {
    const { now = Date.now, onRequest = () => {}, onClockOff = () => {}, wait, fetch, atOnce } = options;
    this.#config = config;
    this.#options = { now, onRequest, onClockOff };
    this.requests = new Requests({ now, atOnce, ...(wait ? { wait } : {}), ...(fetch ? { fetch } : {}) });
    this.requests.onDate((date, took) => took < SECOND && this.#endCorrection(date));
    // One token more does no harm, so that minting is always tried again.
    const minting = this.requests.client(config.apiUrl, { quota: APP_QUOTA, repeats: "always" });
    minting.hook.wrap("request", async (request, options) => {
      const response = await this.#asApp(request, options);
      const { token } = (response.data ?? {}) as { token?: unknown };
      if (response.status === 201 && typeof token === "string" && token !== "") return response;
      throw new Error(`GitHub's address answered ${response.status} without a token`);
    });
    this.#auth = createAppAuth({
      appId: config.appId,
      createJwt: async () => this.#sign(),
      request: minting.request,
    });
  }

  /** The time that many milliseconds this machine's clock is ahead of GitHub's, as far as GitHub has complained. */
  get clockOff(): number {
    return this.#clockOff;
  }

  /** Returns the time by GitHub's clock, as far as GitHub has complained of ours, in milliseconds since the epoch. */
  now(): number {
    return this.#options.now() - this.#clockOff;
  }

  /** Passes on the dates of GitHub's own answers, in milliseconds since the epoch, and the time that each took. */
  onDate(hear: (date: number, took: number) => void): void {
    this.requests.onDate((date, took, isOwn) => isOwn && hear(date, took));
  }

  /** Asks GitHub for anything, so that its date is heard: a refusal has one too. */
  async askDate(): Promise<void> {
    const app = await this.asApp();
    await app.request("GET /app").catch(() => {});
  }

  get apiUrl(): string {
    return this.#config.apiUrl;
  }

  /** A client that signs as the App itself, whatever it asks for. */
  async asApp(): Promise<Octokit> {
    const octokit = this.requests.client(this.#config.apiUrl, { quota: APP_QUOTA });
    octokit.hook.wrap("request", (request, options) => this.#asApp(request, options));
    return octokit;
  }

  /**
   * A token of an installation, narrowed to repositories and permissions; kept until shortly before
   * its hour is over. One that GitHub has `refused` is forgotten, and a new one minted.
   * https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
   *
   * @throws RequestError of `@octokit/request-error` with GitHub's status
   */
  async token(installation: Installation, scope: Scope, refused: string | null = null): Promise<MintedToken> {
    const mint = async (refresh: boolean): Promise<MintedToken> => {
      const { token } = await this.#auth({
        type: "installation",
        installationId: Number(installation.installationId),
        ...(scope.repositoryIds.length > 0 ? { repositoryIds: scope.repositoryIds.map(Number) } : {}),
        permissions: { ...scope.permissions },
        refresh,
      });
      const mintedAt = this.#minted.get(token) ?? performance.now();
      this.#minted.set(token, mintedAt);
      return { token, mintedAt };
    };
    const kept = await mint(false);
    // Of many whose token was refused at once, one mints another for all.
    return kept.token === refused ? await mint(true) : kept;
  }

  /** A client for all repositories of an installation, for what cannot be asked of one alone. */
  async asWhole(installation: Installation, permissions: Scope["permissions"]): Promise<Octokit> {
    return await this.as(installation, { repositoryIds: [], permissions });
  }

  /** The rules for requests that an owner's quota pays for: each is counted, and all wait where GitHub asks to. */
  quotaOf({ ownerId }: Installation): SendOptions {
    return { quota: `owner ${ownerId}`, onSent: () => this.#options.onRequest(ownerId) };
  }

  /** A client for one use of an installation; `repeats` says what it sends again. */
  async as(
    installation: Installation,
    scope: Scope,
    options: Pick<SendOptions, "repeats"> = {},
  ): Promise<Octokit> {
    const octokit = this.requests.client(this.#config.apiUrl, { ...this.quotaOf(installation), ...options });
    // What GitHub refuses is refused here, not at the first request.
    await this.token(installation, scope);
    octokit.hook.wrap("request", async (request, options) => {
      const answer = await sendWithToken(
        await this.token(installation, scope),
        (refused) => this.token(installation, scope, refused),
        async (token) => {
          options.headers.authorization = `token ${token}`;
          return await Promise.resolve(request(options)).then(
            (response) => ({ response }),
            (error: unknown) => ({ error }),
          );
        },
        (given) =>
          "error" in given && given.error instanceof RequestError
            ? tokenRefusal(given.error.status, given.error.message)
            : null,
        (ms) => this.requests.pause(ms),
      );
      if ("error" in answer) throw answer.error;
      return answer.response;
    });
    return octokit;
  }

  #sign(): { jwt: string; expiresAt: string } {
    return signAppJwt(this.#config.appId, this.#config.privateKey, this.now());
  }

  /** Sends a request as the App; once more by GitHub's clock where GitHub says that ours is off. */
  async #asApp<Options extends { headers: { authorization?: string | undefined } }, Response>(
    request: (options: Options) => Response | Promise<Response>,
    options: Options,
  ): Promise<Response> {
    const send = async () => {
      // Changed in place: what an outer hook passes on, the hooks within it do not get.
      options.headers.authorization = `bearer ${this.#sign().jwt}`;
      return await request(options);
    };
    const signedBy = this.#clockOff;
    try {
      return await send();
    } catch (error) {
      if (!this.#correctClock(error, signedBy)) throw error;
      return await send();
    }
  }

  /**
   * Reads GitHub's clock from its refusal of ours; false where that is not what it says. Of many requests that
   * were refused at once the first corrects the clock for all.
   */
  #correctClock(error: unknown, signedBy: number): boolean {
    if (!(error instanceof RequestError) || !CLOCK_REFUSAL.test(error.message)) return false;
    const date = readDate(error.response?.headers.date);
    if (date === null) return false;
    const off = this.#options.now() - date;
    if (Math.abs(off - signedBy) < CLOCK_TOLERANCE) return false;
    if (Math.abs(off - this.#clockOff) < CLOCK_TOLERANCE) return true;
    this.#clockOff = off;
    this.#options.onClockOff(off);
    return true;
  }

  /** Ends the correction once an answer shows that this machine's clock was set right. */
  #endCorrection(date: number): void {
    if (this.#clockOff === 0 || Math.abs(this.#options.now() - date) > CLOCK_TOLERANCE) return;
    this.#clockOff = 0;
    this.#options.onClockOff(0);
  }
}

/** An installation token, and when it was minted, in milliseconds by the clock that nobody sets. */
export interface MintedToken {
  token: string;
  mintedAt: number;
}

/** GitHub's answer was about the token, not about the request: nothing was done. */
export type TokenRefusal = "bad-credentials" | "not-accessible";

/** Returns whether an answer refuses the token. A young token is refused in both ways until GitHub's servers all know it. */
export function tokenRefusal(status: number, message: string): TokenRefusal | null {
  if (status === 401) return "bad-credentials";
  return status === 403 && /not accessible by integration/i.test(message) ? "not-accessible" : null;
}

/** A token spreads to all of GitHub's servers within so long, in milliseconds. */
const YOUNG = 10 * SECOND;
/** Delays before a young token is tried again; one minted in its place has them anew. */
const DELAYS = [1 * SECOND, 2 * SECOND, 3 * SECOND] as const;
/** No try begins later than this, so that all end within a dispatch's lease. */
const LAST_TRY = 20 * SECOND;

/** Mints a new token in place of one that GitHub refused. */
export type Renew = (refused: string) => Promise<MintedToken>;

/**
 * Sends something with an installation token. While GitHub refuses a young token, waits and sends again. A token that
 * GitHub no longer knows is forgotten, and a new one is tried once. Each refusal means that nothing was done, so that
 * sending again is safe.
 */
export async function sendWithToken<Answer>(
  minted: MintedToken,
  renew: Renew,
  send: (token: string) => Promise<Answer>,
  refusalIn: (answer: Answer) => TokenRefusal | null,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<Answer> {
  const began = performance.now();
  let delays: number[] = [...DELAYS];
  let current = minted;
  for (let renewed = false; ; ) {
    const answer = await send(current.token);
    const refusal = refusalIn(answer);
    if (refusal === null || performance.now() - began > LAST_TRY) return answer;
    const delay = performance.now() - current.mintedAt < YOUNG ? delays.shift() : undefined;
    if (delay !== undefined) await wait(delay);
    else if (renewed || refusal === "not-accessible") return answer;
    else {
      current = await renew(current.token);
      renewed = true;
      delays = [...DELAYS];
    }
  }
}
