import type { Octokit } from "@octokit/core";
import { Refusal } from "../domain/refusal.ts";
import { CLIENT_QUOTA } from "./client.ts";
import { hasStatus } from "./installations.ts";
import { refusalOf } from "./outage.ts";
import type { Requests } from "./requests.ts";

export interface SignInConfig {
  /** `https://github.com`, or `https://HOST`. */
  webUrl: string;
  apiUrl: string;
  clientId: string;
  clientSecret: string;
}

/** The tokens that a user granted to the App. Where the App's tokens do not expire there is no refresh token. */
export interface UserGrant {
  token: string;
  /** Seconds until the token ends; null for never. */
  expiresIn: number | null;
  refreshToken: string | null;
}

/**
 * GitHub's word where the client id and secret are not the App's. It says nothing of the code or token.
 * https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
 */
export const WRONG_CREDENTIALS = "incorrect_client_credentials";
export const WRONG_CREDENTIALS_ADVICE =
  "GitHub does not take the App's client id and secret; this Zekt's operator must set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET again.";

/** GitHub took a code or refresh token for not good, or no longer good. */
export class GrantRefused extends Error {
  override name = "GrantRefused";
  /** GitHub's word for it, such as `bad_refresh_token`. */
  readonly reason: string;

  constructor(reason: string) {
    super(`GitHub refused the sign-in: ${reason}.`);
    this.reason = reason;
  }
}

/**
 * Origins that serve pictures of users and organizations, which `<login>.png` leads to. An Enterprise Server serves
 * them at its own address, or with subdomain isolation at one beside it.
 */
export function avatarOrigins(webUrl: string): string[] {
  const { protocol, host, origin } = new URL(webUrl);
  if (origin === "https://github.com") return [origin, "https://avatars.githubusercontent.com"];
  return [origin, ...(/[a-z]/i.test(host) ? [`${protocol}//avatars.${host}`] : [])];
}

interface TokenAnswer {
  error?: string;
  access_token?: string;
  expires_in?: number;
  refresh_token?: string;
}

/**
 * Signing users in through the App.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
export class GitHubSignIn {
  readonly #config: SignInConfig;
  readonly #requests: Requests;

  constructor(config: SignInConfig, requests: Requests) {
    this.#config = config;
    this.#requests = requests;
  }

  /** The App's client id, and the addresses by which a device gets a user's token. */
  get deviceFlow(): { clientId: string; codeUrl: string; tokenUrl: string } {
    const { clientId, webUrl } = this.#config;
    return {
      clientId,
      codeUrl: `${webUrl}/login/device/code`,
      tokenUrl: `${webUrl}/login/oauth/access_token`,
    };
  }

  /** Where the browser goes to let the user decide. `challenge` is PKCE's, of S256. */
  authorizeUrl(asked: { state: string; challenge: string; redirectUri: string }): string {
    const address = new URL(`${this.#config.webUrl}/login/oauth/authorize`);
    address.search = new URLSearchParams({
      client_id: this.#config.clientId,
      redirect_uri: asked.redirectUri,
      state: asked.state,
      code_challenge: asked.challenge,
      code_challenge_method: "S256",
    }).toString();
    return address.href;
  }

  /**
   * Exchanges the code that the browser brought back.
   *
   * @throws GrantRefused where GitHub does not take it, Refusal unavailable where it does not answer
   */
  async exchange(answer: { code: string; verifier: string; redirectUri: string }): Promise<UserGrant> {
    return await this.#ask({
      code: answer.code,
      code_verifier: answer.verifier,
      redirect_uri: answer.redirectUri,
    });
  }

  /**
   * Renews a grant; the tokens before it are worth nothing afterwards.
   * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
   *
   * @throws as {@link exchange} does
   */
  async refresh(refreshToken: string): Promise<UserGrant> {
    return await this.#ask({ grant_type: "refresh_token", refresh_token: refreshToken });
  }

  async #ask(form: Record<string, string>): Promise<UserGrant> {
    const { webUrl, clientId, clientSecret } = this.#config;
    let answer: TokenAnswer;
    try {
      const { data } = await this.#client(webUrl).request("POST /login/oauth/access_token", {
        client_id: clientId,
        client_secret: clientSecret,
        ...form,
        headers: { accept: "application/json" },
      });
      answer = data as TokenAnswer;
    } catch (error) {
      // The request's body is secrets: its error goes no further than this.
      throw refusalOf(error) ?? new Refusal("unavailable", "GitHub did not answer as it should; try again.");
    }
    // Refusals are answered with status 200 here.
    if (!answer.access_token) throw new GrantRefused(answer.error ?? "no token");
    return {
      token: answer.access_token,
      expiresIn: answer.expires_in ?? null,
      refreshToken: answer.refresh_token ?? null,
    };
  }

  /**
   * Revokes a token, so that nobody can use it any more.
   * https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token
   *
   * @throws Refusal unavailable or limited where GitHub does not answer
   */
  async revoke(token: string): Promise<void> {
    const { apiUrl, clientId, clientSecret } = this.#config;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    try {
      await this.#client(apiUrl).request("DELETE /applications/{client_id}/token", {
        client_id: clientId,
        access_token: token,
        headers: { authorization: `Basic ${basic}` },
      });
    } catch (error) {
      // It had ended already.
      if (hasStatus(error, 404, 422)) return;
      throw refusalOf(error) ?? new Refusal("unavailable", "GitHub did not take the token back.");
    }
  }

  #client(baseUrl: string): Octokit {
    // A code and a refresh token are good once, and somebody waits.
    return this.#requests.client(baseUrl, { quota: CLIENT_QUOTA, repeats: "never" });
  }
}
