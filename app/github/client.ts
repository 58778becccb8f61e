import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { RequestError } from "@octokit/request-error";
import { signAppJwt } from "./app-jwt.ts";
import { foreignAnswer } from "./foreign-answer.ts";
import { type MintedToken, sendWithToken, tokenRefusal } from "./token-refusal.ts";

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

export const USER_AGENT = "zekt";
/** One request's time limit, in milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/** Ends a request that GitHub leaves hanging; Octokit itself has no time limit. */
export const impatientFetch: typeof fetch = (input, init) => {
  const limit = AbortSignal.timeout(REQUEST_TIMEOUT);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit]) : limit });
};

let loading: Promise<typeof Octokit> | null = null;

/** Octokit that retries what may pass, loaded when GitHub is first asked by it: neither a dispatch nor a step's message is. */
function loadPatientOctokit(): Promise<typeof Octokit> {
  loading ??= import("@octokit/plugin-retry").then(({ retry }) => Octokit.plugin(retry));
  return loading;
}

/** Clocks that are less than this apart count as the same: GitHub's date has whole seconds. */
const CLOCK_TOLERANCE = 2000;
/** GitHub's words for a token whose times do not fit its clock. */
const CLOCK_REFUSAL = /'(?:Expiration time|Issued at)' claim/;

/** Speaks to GitHub as the App and as its installations. */
export class GitHub {
  readonly #config: GitHubConfig;
  readonly #onRequest: (ownerId: string) => void;
  readonly #onClockOff: (ms: number) => void;
  readonly #auth: ReturnType<typeof createAppAuth>;
  #clockOff = 0;

  /**
   * `onRequest` hears of every request that an owner's quota pays for. `onClockOff` hears by how many milliseconds
   * this machine's clock is ahead of GitHub's.
   */
  constructor(
    config: GitHubConfig,
    onRequest: (ownerId: string) => void = () => {},
    onClockOff: (ms: number) => void = () => {},
  ) {
    this.#config = config;
    this.#onRequest = onRequest;
    this.#onClockOff = onClockOff;
    const minting = new Octokit({
      baseUrl: config.apiUrl,
      userAgent: USER_AGENT,
      request: { fetch: impatientFetch, redirect: "manual" },
    });
    minting.hook.wrap("request", async (request, options) => {
      const response = await this.#asApp(request, options);
      const { token } = (response.data ?? {}) as { token?: unknown };
      if (response.status === 201 && typeof token === "string" && token !== "") return response;
      // A page of a proxy's must not be kept as a token.
      const { headers } = response;
      throw new Error(
        foreignAnswer(response.status, (name) => {
          const value = headers[name];
          return value === undefined ? null : String(value);
        }),
      );
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

  get apiUrl(): string {
    return this.#config.apiUrl;
  }

  /** A client that signs as the App itself, whatever it asks for; retries what may pass. */
  async asApp(): Promise<Octokit> {
    const octokit = await this.#client();
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
      const { token, createdAt } = await this.#auth({
        type: "installation",
        installationId: Number(installation.installationId),
        ...(scope.repositoryIds.length > 0 ? { repositoryIds: scope.repositoryIds.map(Number) } : {}),
        permissions: { ...scope.permissions },
        refresh,
      });
      return { token, mintedAt: Date.parse(createdAt) };
    };
    const kept = await mint(false);
    // Of many whose token was refused at once, one mints another for all.
    return kept.token === refused ? await mint(true) : kept;
  }

  /** A client for all repositories of an installation, for what cannot be asked of one alone. */
  async asWhole(installation: Installation, permissions: Scope["permissions"]): Promise<Octokit> {
    return await this.as(installation, { repositoryIds: [], permissions });
  }

  /** A client for one use of an installation; retries what may pass and counts what it asks. */
  async as(installation: Installation, scope: Scope): Promise<Octokit> {
    const octokit = await this.#client();
    // What GitHub refuses is refused here, not at the first request.
    await this.token(installation, scope);
    octokit.hook.wrap("request", async (request, options) => {
      const answer = await sendWithToken(
        await this.token(installation, scope),
        (refused) => this.token(installation, scope, refused),
        async (token) => {
          this.#onRequest(installation.ownerId);
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
      );
      if ("error" in answer) throw answer.error;
      return answer.response;
    });
    return octokit;
  }

  #sign(): { jwt: string; expiresAt: string } {
    return signAppJwt(this.#config.appId, this.#config.privateKey, Date.now() - this.#clockOff);
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
    try {
      return await send();
    } catch (error) {
      if (!this.#correctClock(error)) throw error;
      return await send();
    }
  }

  /** Takes GitHub's clock from its refusal of ours; false where that is not what it says. */
  #correctClock(error: unknown): boolean {
    if (!(error instanceof RequestError) || !CLOCK_REFUSAL.test(error.message)) return false;
    const off = Date.now() - Date.parse(String(error.response?.headers.date));
    if (Number.isNaN(off) || Math.abs(off - this.#clockOff) < CLOCK_TOLERANCE) return false;
    this.#clockOff = off;
    this.#onClockOff(off);
    return true;
  }

  async #client(): Promise<Octokit> {
    const PatientOctokit = await loadPatientOctokit();
    return new PatientOctokit({
      baseUrl: this.#config.apiUrl,
      userAgent: USER_AGENT,
      request: { fetch: impatientFetch },
    });
  }
}
