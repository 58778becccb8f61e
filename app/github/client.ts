import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";

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

/** Speaks to GitHub as the App and as its installations. */
export class GitHub {
  readonly #config: GitHubConfig;
  readonly #onRequest: (ownerId: string) => void;
  readonly #auth: ReturnType<typeof createAppAuth>;

  /** `onRequest` hears of every request that an owner's quota pays for. */
  constructor(config: GitHubConfig, onRequest: (ownerId: string) => void = () => {}) {
    this.#config = config;
    this.#onRequest = onRequest;
    const { request } = new Octokit({
      baseUrl: config.apiUrl,
      userAgent: USER_AGENT,
      request: { fetch: impatientFetch },
    });
    this.#auth = createAppAuth({ appId: config.appId, privateKey: config.privateKey, request });
  }

  get apiUrl(): string {
    return this.#config.apiUrl;
  }

  /** A client that signs as the App itself, whatever it asks for; retries what may pass. */
  async asApp(): Promise<Octokit> {
    const { token } = await this.#auth({ type: "app" });
    return await this.#client(token);
  }

  /**
   * A token of an installation, narrowed to repositories and permissions; kept until shortly before
   * its hour is over. `refresh` asks GitHub for a new one whatever is kept.
   * https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
   *
   * @throws RequestError of `@octokit/request-error` with GitHub's status
   */
  async token(installation: Installation, scope: Scope, refresh = false): Promise<string> {
    const { token } = await this.#auth({
      type: "installation",
      installationId: Number(installation.installationId),
      ...(scope.repositoryIds.length > 0 ? { repositoryIds: scope.repositoryIds.map(Number) } : {}),
      permissions: { ...scope.permissions },
      refresh,
    });
    return token;
  }

  /** A client for all repositories of an installation, for what cannot be asked of one alone. */
  async asWhole(installation: Installation, permissions: Scope["permissions"]): Promise<Octokit> {
    return await this.as(installation, { repositoryIds: [], permissions });
  }

  /** A client for one use of an installation; retries what may pass and counts what it asks. */
  async as(installation: Installation, scope: Scope): Promise<Octokit> {
    const octokit = await this.#client(await this.token(installation, scope));
    octokit.hook.before("request", () => this.#onRequest(installation.ownerId));
    return octokit;
  }

  async #client(auth: string): Promise<Octokit> {
    const PatientOctokit = await loadPatientOctokit();
    return new PatientOctokit({
      baseUrl: this.#config.apiUrl,
      userAgent: USER_AGENT,
      auth,
      request: { fetch: impatientFetch },
    });
  }
}
