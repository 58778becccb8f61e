import { createHash } from "node:crypto";
import type { Octokit } from "@octokit/core";
import { LRUCache } from "lru-cache";
import { HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { Refusal } from "../domain/refusal.ts";
import { Answers } from "./answers.ts";
import { CLIENT_QUOTA } from "./client.ts";
import { hasStatus } from "./installations.ts";
import { keptOut, leftOutOf } from "./kept-out.ts";
import { isThrottled, refusalOf } from "./outage.ts";
import { type Permissions, type Right, rightOf } from "./repository-right.ts";
import type { Requests } from "./requests.ts";
import { readRights, type UserRights } from "./user-rights.ts";

/** Somebody signed in through this App. */
export interface User {
  userId: string;
  login: string;
  avatarUrl: string;
}

/** An installation of the App as one of its users sees it. */
export interface UserInstallation {
  installationId: string;
  ownerId: string;
  login: string;
  avatarUrl: string;
  type: "User" | "Organization";
  suspended: boolean;
  /** "all" of the owner's repositories, or the "selected" ones. */
  selection: "all" | "selected";
  permissions: Record<string, string>;
  /** Where the owner changes it. */
  settingsUrl: string;
}

export interface UserInstallations {
  installations: readonly UserInstallation[];
  /** Ids of the organizations whose single sign-on keeps them out of the user's lists. */
  leftOut: readonly string[];
}

export interface UsersConfig {
  apiUrl: string;
  clientId: string;
  clientSecret: string;
}

/** GitHub's word on a token's user, and why it says no more where an organization keeps the token out. */
interface Told<T> {
  said: T;
  keptOut: Refusal | null;
}

/** For how long GitHub's answers hold, in milliseconds. */
const IDENTITY_TTL = 60_000;
const RIGHT_TTL = 30_000;
const SEEN_TTL = HOUR;
/**
 * An answer that took many requests holds longer, for so many milliseconds a request, and at most so long. Else a tab
 * that is open would spend what its user has for everything: GitHub allows 5,000 requests an hour.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-authenticated-users
 */
const REST = 5 * SECOND;
const LONGEST_REST = 5 * MINUTE;
/** Tokens that nobody has, or that are another App's, asked about in a minute. */
const UNKNOWN_A_MINUTE = 60;

const PER_PAGE = 100;
/** The form of user tokens of GitHub Apps; Zekt does not ask GitHub about any other kind of token. */
const USER_TOKEN = /^ghu_\S{10,4000}$/;

/** Tokens are not kept, only what they hash to. */
const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** The quota of requests that a user pays for, by their token: whose it is may not be known yet. */
const userQuota = (token: string): string => `user ${hashOf(token)}`;

const tooManyUnknown = (retryAfter = MINUTE / SECOND): Refusal =>
  new Refusal("limited", "Too many tokens were sent that GitHub does not know; try again later.", {
    retryAfter,
  });

/** Limits how many tokens that nobody has are asked about: GitHub locks out a sender of many. */
class UnknownTokens {
  /** When the first of these was unknown, by the monotonic clock. */
  #since = 0;
  #count = 0;

  /**
   * Sees that another token may be asked about.
   *
   * @throws Refusal limited where too many were unknown in this minute
   */
  check(): void {
    const left = this.#since + MINUTE - performance.now();
    if (left <= 0) this.#count = 0;
    if (this.#count >= UNKNOWN_A_MINUTE) throw tooManyUnknown(Math.ceil(left / SECOND));
  }

  /** Counts one that was unknown. */
  count(): void {
    if (this.#count === 0) this.#since = performance.now();
    this.#count += 1;
  }
}

/** Reads users and their rights from GitHub. */
export class GitHubUsers {
  readonly #config: UsersConfig;
  readonly #requests: Requests;
  readonly #identities = new Answers<User | null>(10_000, IDENTITY_TTL);
  /** Tokens that were good within the hour: they are asked about whatever strangers do. */
  readonly #seen = new LRUCache<string, true>({ maxSize: 10_000, sizeCalculation: () => 1, ttl: SEEN_TTL });
  readonly #unknown = new UnknownTokens();
  readonly #holders = new Answers<User | null>(10_000, IDENTITY_TTL);
  readonly #rights = new Answers<Told<Right>>(50_000, RIGHT_TTL);
  readonly #installations = new Answers<UserInstallations>(10_000, RIGHT_TTL);
  readonly #administered = new Answers<Told<boolean | null>>(10_000, RIGHT_TTL);
  readonly #repositories = new Answers<UserRights>(1_000, RIGHT_TTL);

  constructor(config: UsersConfig, requests: Requests) {
    this.#config = config;
    this.#requests = requests;
  }

  /**
   * Whose token it is; null for one that ended, or that was issued to another App.
   * https://docs.github.com/en/rest/apps/oauth-applications#check-a-token
   *
   * @throws Refusal unavailable or limited where GitHub does not answer
   */
  async identify(token: string): Promise<User | null> {
    if (!USER_TOKEN.test(token)) return null;
    return await this.#identities.get(hashOf(token), () => this.#askIdentity(token));
  }

  /**
   * Returns who has a token that this App was given, as they are called now; null where GitHub takes it no more. It
   * asks as the user, whose quota is their own; {@link identify} draws on one that all users share.
   * https://docs.github.com/en/rest/users/users#get-the-authenticated-user
   *
   * @throws Refusal unavailable or limited where GitHub does not answer
   */
  async holder(token: string): Promise<User | null> {
    return await this.#holders.get(hashOf(token), async () => {
      try {
        const { data } = await this.#ask(token, (octokit) => octokit.request("GET /user"));
        return { userId: String(data.id), login: data.login, avatarUrl: data.avatar_url };
      } catch (error) {
        if (error instanceof Refusal && error.code === "unauthenticated") return null;
        throw error;
      }
    });
  }

  /** Forgets what is known of a token: it was taken back. */
  forget(token: string): void {
    this.#identities.forget(hashOf(token));
    this.#holders.forget(hashOf(token));
  }

  /** Asks at the token's own quota first, so that a token that was made up costs the App none of its own. */
  async #askIdentity(token: string): Promise<User | null> {
    const key = hashOf(token);
    if (!this.#seen.has(key)) this.#unknown.check();
    const user = (await this.#isGood(token)) ? await this.#askOwner(token) : null;
    if (user) this.#seen.set(key, true);
    else this.#unknown.count();
    return user;
  }

  /** Returns whether GitHub takes a token at all, whosever App's it is. */
  async #isGood(token: string): Promise<boolean> {
    try {
      await this.#requests.client(this.#config.apiUrl, { repeats: "never" }, token).request("GET /user");
      return true;
    } catch (error) {
      if (hasStatus(error, 401)) return false;
      if (hasStatus(error, 403) && /login attempts/i.test(error.message)) throw tooManyUnknown();
      // The request holds the token: its error goes no further than this.
      throw refusalOf(error) ?? new Refusal("unavailable", "GitHub did not say whether a token is good.");
    }
  }

  async #askOwner(token: string): Promise<User | null> {
    const { apiUrl, clientId, clientSecret } = this.#config;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    const octokit = this.#requests.client(apiUrl, { quota: CLIENT_QUOTA, repeats: "never" });
    try {
      const { data } = await octokit.request("POST /applications/{client_id}/token", {
        client_id: clientId,
        access_token: token,
        headers: { authorization: `Basic ${basic}` },
      });
      const { id, login, avatar_url } = data.user as { id: number; login: string; avatar_url: string };
      return { userId: String(id), login, avatarUrl: avatar_url };
    } catch (error) {
      if (hasStatus(error, 404, 422)) return null;
      // The request's body is the token: its error goes no further than this.
      if (hasStatus(error, 401)) throw new Error("GitHub did not accept the App's client id and secret.");
      throw refusalOf(error) ?? new Error("GitHub did not say whose a token is.");
    }
  }

  /** Asks GitHub as the user. */
  async #ask<T>(token: string, ask: (octokit: Octokit) => Promise<T>): Promise<T> {
    const { apiUrl } = this.#config;
    try {
      // Somebody waits for the answer, and can ask again.
      return await ask(this.#requests.client(apiUrl, { quota: userQuota(token), repeats: "never" }, token));
    } catch (error) {
      if (hasStatus(error, 401)) {
        this.forget(token);
        throw new Refusal("unauthenticated", "The token has ended or was revoked; sign in again.");
      }
      throw refusalOf(error) ?? error;
    }
  }

  /**
   * A user's right on a repository: triage or push to see, maintain or admin to change.
   * https://docs.github.com/en/rest/repos/repos#get-a-repository
   *
   * @throws Refusal unauthenticated where the token has ended, unavailable or limited where GitHub does not answer
   */
  async rightOn(token: string, repositoryId: string): Promise<Right> {
    return (await this.#toldRight(token, repositoryId)).said;
  }

  /**
   * Returns why a user sees nothing of a repository that they have a right on: its organization keeps their token out.
   * Null where it does not.
   *
   * @throws Refusal as {@link rightOn} does
   */
  async whyKeptOut(token: string, repositoryId: string): Promise<Refusal | null> {
    return (await this.#toldRight(token, repositoryId)).keptOut;
  }

  async #toldRight(token: string, repositoryId: string): Promise<Told<Right>> {
    if (!/^[1-9]\d{0,15}$/.test(repositoryId)) return { said: "none", keptOut: null };
    return await this.#rights.get(`${hashOf(token)}\n${repositoryId}`, () =>
      this.#ask(token, async (octokit) => {
        try {
          const { data } = await octokit.request("GET /repositories/{repository_id}", {
            repository_id: Number(repositoryId),
          });
          const said = rightOf((data as { permissions?: Permissions }).permissions ?? {});
          return { said, keptOut: null };
        } catch (error) {
          if (!hasStatus(error, 403, 404, 451) || isThrottled(error)) throw error;
          return { said: "none", keptOut: keptOut(error) };
        }
      }),
    );
  }

  /**
   * Returns whether a user administers an account: their own, or an organization they own. Null where GitHub does not
   * say, as of an organization that the App is not installed on. Where one keeps their token out, `keptOut` says why.
   * https://docs.github.com/en/rest/orgs/members#get-an-organization-membership-for-the-authenticated-user
   *
   * @throws Refusal as {@link rightOn} does
   */
  async administers(
    token: string,
    user: Pick<User, "userId">,
    account: { ownerId: string; login: string; type: string },
  ): Promise<Told<boolean | null>> {
    if (account.type === "User") return { said: account.ownerId === user.userId, keptOut: null };
    return await this.#administered.get(`${hashOf(token)}\n${account.ownerId}`, () =>
      this.#ask(token, async (octokit) => {
        try {
          const { data } = await octokit.request("GET /user/memberships/orgs/{org}", { org: account.login });
          const { state, role, organization } = data;
          // Logins change hands; the id tells whether it is still the one that is meant.
          const isOwner = String(organization.id) === account.ownerId;
          return { said: state === "active" && role === "admin" && isOwner, keptOut: null };
        } catch (error) {
          if (hasStatus(error, 404)) return { said: false, keptOut: null };
          if (!hasStatus(error, 403) || isThrottled(error)) throw error;
          return { said: null, keptOut: keptOut(error) };
        }
      }),
    );
  }

  /**
   * The App's installations in which a user has something, and the organizations that GitHub leaves out of them.
   * https://docs.github.com/en/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token
   *
   * @throws Refusal as {@link rightOn} does
   */
  async installations(token: string): Promise<UserInstallations> {
    return await this.#installations.get(hashOf(token), () => this.#ask(token, listInstallations));
  }

  /**
   * Ids of the repositories that the App's installations reach and a user has a right on, with that right. Of many
   * repositories it is as of some minutes ago.
   * https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-user-access-token
   *
   * @throws Refusal as {@link rightOn} does
   */
  async repositories(token: string): Promise<ReadonlyMap<string, Right>> {
    const { installations } = await this.installations(token);
    const ids = installations.map(({ installationId }) => installationId);
    // With its installations: of one that is new, or suspended, the answer before says nothing.
    const key = [hashOf(token), ...installations.map((one) => `${one.installationId} ${one.suspended}`)];
    const { rights } = await this.#repositories.get(
      key.join("\n"),
      () => this.#ask(token, (octokit) => readRights(octokit, ids)),
      ({ requests }) => Math.min(LONGEST_REST, Math.max(RIGHT_TTL, requests * REST)),
    );
    return rights;
  }
}

/** Reads page after page until one is not full. */
async function allPages<T>(read: (page: number) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let page = 1; ; page++) {
    const items = await read(page);
    all.push(...items);
    if (items.length < PER_PAGE) return all;
  }
}

async function listInstallations(octokit: Octokit): Promise<UserInstallations> {
  const leftOut = new Set<string>();
  const installations = await allPages<UserInstallation>(async (page) => {
    const { data, headers } = await octokit.request("GET /user/installations", { per_page: PER_PAGE, page });
    for (const id of leftOutOf(headers["x-github-sso"])) leftOut.add(id);
    return data.installations.map((one) => {
      const account = one.account as { id: number; login: string; avatar_url: string; type: string };
      return {
        installationId: String(one.id),
        ownerId: String(account.id),
        login: account.login,
        avatarUrl: account.avatar_url,
        type: account.type === "Organization" ? "Organization" : "User",
        suspended: one.suspended_at !== null,
        selection: one.repository_selection,
        permissions: one.permissions as Record<string, string>,
        settingsUrl: one.html_url,
      };
    });
  });
  return { installations, leftOut: [...leftOut] };
}
