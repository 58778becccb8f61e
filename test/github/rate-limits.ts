import type { Caller } from "./auth.ts";
import { GitHubError } from "./errors.ts";
import type { World } from "./state.ts";

interface Window {
  start: number;
  used: number;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
const SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

const bump = (
  windows: Map<string, Window>,
  key: string,
  now: number,
  length: number,
  cost: number,
): Window => {
  const standing = windows.get(key);
  const window = standing && standing.start + length > now ? standing : { start: now, used: 0 };
  window.used += cost;
  windows.set(key, window);
  return window;
};

/** Whose quota a request is counted against. */
const quotaOf = (caller: Caller): string => {
  if (caller.kind === "installation") return `installation ${caller.installation.id}`;
  if (caller.kind === "user") return `user ${caller.userId}`;
  return caller.kind === "app" ? `app ${caller.app.id}` : "nobody";
};

/** Primary and secondary limits, in memory: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export class RateLimits {
  readonly #world: World;
  readonly #primary = new Map<string, Window>();
  readonly #points = new Map<string, Window>();
  readonly #content = new Map<string, Window>();
  readonly #active = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The primary limit's headers as they are now. */
  headers(caller: Caller): Record<string, string> {
    const now = this.#world.clock.now();
    const limit = this.#world.settings.requestsPerHour;
    const window = this.#primary.get(quotaOf(caller)) ?? { start: now, used: 0 };
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-used": String(Math.min(window.used, limit)),
      "x-ratelimit-remaining": String(Math.max(0, limit - window.used)),
      "x-ratelimit-reset": String(Math.ceil((window.start + HOUR) / 1000)),
      "x-ratelimit-resource": "core",
    };
  }

  /** Counts a request in, or refuses it; call what is returned when it is answered. */
  enter(caller: Caller, method: string, path: string): () => void {
    const { settings, clock } = this.#world;
    const now = clock.now();
    const key = quotaOf(caller);
    const active = (this.#active.get(key) ?? 0) + 1;
    if (active > settings.concurrent) throw this.#secondary(60);
    if (path !== "/rate_limit") {
      const primary = bump(this.#primary, key, now, HOUR, 1);
      if (primary.used > settings.requestsPerHour) {
        throw new GitHubError(403, `API rate limit exceeded for ${key}.`, { headers: this.headers(caller) });
      }
    }
    const reads = method === "GET" || method === "HEAD";
    const points = bump(this.#points, key, now, MINUTE, reads ? 1 : 5);
    if (points.used > settings.pointsPerMinute)
      throw this.#secondary(Math.ceil((points.start + MINUTE - now) / 1000));
    if (!reads && /\/(dispatches|issues|comments|check-runs)(\/|$)/.test(path)) {
      const minute = bump(this.#content, `${key} minute`, now, MINUTE, 1);
      if (minute.used > settings.contentPerMinute)
        throw this.#secondary(Math.ceil((minute.start + MINUTE - now) / 1000));
      const hour = bump(this.#content, `${key} hour`, now, HOUR, 1);
      if (hour.used > settings.contentPerHour)
        throw this.#secondary(Math.ceil((hour.start + HOUR - now) / 1000));
    }
    this.#active.set(key, active);
    return () => this.#active.set(key, (this.#active.get(key) ?? 1) - 1);
  }

  #secondary(retryAfter: number): GitHubError {
    return new GitHubError(403, SECONDARY, { headers: { "retry-after": String(Math.max(1, retryAfter)) } });
  }

  reset(): void {
    for (const windows of [this.#primary, this.#points, this.#content]) windows.clear();
  }
}
