import type { Caller } from "./auth.ts";
import type { Permissions } from "./state.ts";

const KEPT = 5000;

/** A request to the REST API, as it was answered. */
export interface LoggedRequest {
  at: number;
  method: string;
  path: string;
  status: number;
  /** The API version that it named; null where it named none, and was answered by GitHub's default. */
  api_version: string | null;
  as: Caller["kind"];
  /** Whose quota it was counted against. */
  quota: string;
  /** The permissions to which its token was narrowed. */
  permissions?: Permissions;
  repository_ids?: number[] | null;
}

/** The latest requests to the REST API. */
export class RequestLog {
  #requests: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > 2 * KEPT) this.#requests = this.#requests.slice(-KEPT);
  }

  list(): readonly LoggedRequest[] {
    return this.#requests;
  }

  clear(): void {
    this.#requests = [];
  }
}

/** Returns the permissions and repositories to which a caller's token was narrowed. */
export const narrowingOf = (caller: Caller): Pick<LoggedRequest, "permissions" | "repository_ids"> =>
  caller.kind === "installation"
    ? {
        permissions: caller.token.permissions,
        repository_ids: caller.token.repositoryIds && [...caller.token.repositoryIds],
      }
    : {};
