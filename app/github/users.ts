import { createHash } from "node:crypto";
import { Octokit } from "@octokit/core";
import { LRUCache } from "lru-cache";
import { hasStatus } from "./installations.ts";

/** Somebody signed in through this App. */
export interface User {
  userId: string;
  login: string;
}

/** What a user may do with a repository in Zekt. Reading what is public is no right. */
export type Right = "none" | "see" | "change";

export interface UsersConfig {
  apiUrl: string;
  clientId: string;
  clientSecret: string;
}

const IDENTITY_TTL = 60_000;
const RIGHT_TTL = 30_000;

/** Keeps what GitHub said for a short while; tokens themselves are not kept. */
const keyOf = (token: string, ...rest: string[]): string =>
  [createHash("sha256").update(token).digest("base64url"), ...rest].join("\n");

/** Who users are and what they may do, as GitHub says. */
export class GitHubUsers {
  readonly #config: UsersConfig;
  readonly #identities = new LRUCache<string, User>({ max: 10_000, ttl: IDENTITY_TTL });
  readonly #rights = new LRUCache<string, Right>({ max: 50_000, ttl: RIGHT_TTL });

  constructor(config: UsersConfig) {
    this.#config = config;
  }

  #octokit(token: string): Octokit {
    return new Octokit({ baseUrl: this.#config.apiUrl, userAgent: "zekt", auth: token });
  }

  /**
   * Whose token it is; null for one that ended, or that was issued to another App.
   * https://docs.github.com/en/rest/apps/oauth-applications#check-a-token
   */
  async identify(token: string): Promise<User | null> {
    const cached = this.#identities.get(keyOf(token));
    if (cached) return cached;
    const { apiUrl, clientId, clientSecret } = this.#config;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    try {
      const { data } = await new Octokit({ baseUrl: apiUrl, userAgent: "zekt" }).request(
        "POST /applications/{client_id}/token",
        { client_id: clientId, access_token: token, headers: { authorization: `Basic ${basic}` } },
      );
      const { id, login } = data.user as { id: number; login: string };
      const user = { userId: String(id), login };
      this.#identities.set(keyOf(token), user);
      return user;
    } catch (error) {
      if (hasStatus(error, 404, 422)) return null;
      throw error;
    }
  }

  /** A user's right on a repository: triage or push to see, maintain or admin to change. */
  async rightOn(token: string, repositoryId: string): Promise<Right> {
    const key = keyOf(token, repositoryId);
    const cached = this.#rights.get(key);
    if (cached) return cached;
    const right = await this.#askRight(token, repositoryId);
    this.#rights.set(key, right);
    return right;
  }

  async #askRight(token: string, repositoryId: string): Promise<Right> {
    try {
      const { data } = await this.#octokit(token).request("GET /repositories/{repository_id}", {
        repository_id: Number(repositoryId),
      });
      const { permissions = {} } = data as { permissions?: Record<string, boolean> };
      if (permissions.admin || permissions.maintain) return "change";
      return permissions.push || permissions.triage ? "see" : "none";
    } catch (error) {
      if (hasStatus(error, 401, 403, 404, 410)) return "none";
      throw error;
    }
  }

  /** Whether a user administers an account: their own, or an organisation they are an admin of. */
  async administers(
    token: string,
    user: User,
    account: { ownerId: string; login: string; type: string },
  ): Promise<boolean> {
    if (account.type === "User") return account.ownerId === user.userId;
    try {
      const { data } = await this.#octokit(token).request("GET /user/memberships/orgs/{org}", {
        org: account.login,
      });
      return (
        data.state === "active" && data.role === "admin" && String(data.organization.id) === account.ownerId
      );
    } catch (error) {
      if (hasStatus(error, 403, 404)) return false;
      throw error;
    }
  }

  /** Ids of the repositories a user sees through the App's installations, with what they may do there. */
  async repositories(token: string): Promise<Map<string, Right>> {
    const octokit = this.#octokit(token);
    const found = new Map<string, Right>();
    const { data } = await octokit.request("GET /user/installations", { per_page: 100 });
    for (const { id } of data.installations) {
      for (let page = 1; ; page++) {
        const answer = await octokit.request("GET /user/installations/{installation_id}/repositories", {
          installation_id: id,
          per_page: 100,
          page,
        });
        for (const repository of answer.data.repositories) {
          const repositoryId = String(repository.id);
          const right = await this.rightOn(token, repositoryId);
          if (right !== "none") found.set(repositoryId, right);
        }
        if (answer.data.repositories.length < 100) break;
      }
    }
    return found;
  }
}
