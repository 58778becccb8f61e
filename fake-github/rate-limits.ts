import type { Caller } from "./auth.ts";
import { GitHubError } from "./errors.ts";
import type { World } from "./world.ts";

interface Window {
  start: number;
  used: number;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;
const CONTENT = /\/(dispatches|issues|comments|check-runs)(\/|$)/;

export const SECONDARY_MESSAGE =
  "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

/** The same in the words that GitHub used before, and that some of its servers still use. */
export const ABUSE_MESSAGE =
  "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.";

/** Uses a window of a length up by a cost, starting it anew where it is over. */
function spend(windows: Map<string, Window>, key: string, now: number, length: number, cost: number): Window {
  const standing = windows.get(key);
  const window = standing && standing.start + length > now ? standing : { start: now, used: 0 };
  window.used += cost;
  windows.set(key, window);
  return window;
}

/** Whose quota a request is counted against, in the words of GitHub's refusal. */
export function quotaOf(caller: Caller): string {
  if (caller.kind === "installation") return `installation ID ${caller.installation.id}`;
  if (caller.kind === "user") return `user ID ${caller.userId}`;
  if (caller.kind === "app") return `app ID ${caller.app.id}`;
  return caller.client ? `client ID ${caller.client.clientId}` : "127.0.0.1";
}

const secondary = (end: number, now: number): GitHubError =>
  new GitHubError(403, SECONDARY_MESSAGE, {
    headers: { "retry-after": String(Math.max(1, Math.ceil((end - now) / 1000))) },
  });

/** Primary and secondary limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export class RateLimits {
  readonly #world: World;
  readonly #primary = new Map<string, Window>();
  readonly #points = new Map<string, Window>();
  readonly #content = new Map<string, Window>();
  readonly #failedLogins = new Map<string, Window>();
  readonly #active = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Returns the state of a caller's primary limit; `reset` in seconds since the epoch. */
  core(caller: Caller): { limit: number; used: number; remaining: number; reset: number } {
    const now = this.#world.clock.now();
    const limit = this.#limitOf(caller);
    const standing = this.#primary.get(quotaOf(caller));
    const window = standing && standing.start + HOUR > now ? standing : { start: now, used: 0 };
    const used = Math.min(window.used, limit);
    return { limit, used, remaining: limit - used, reset: Math.ceil((window.start + HOUR) / 1000) };
  }

  /** The primary limit's headers as they are now. */
  headers(caller: Caller): Record<string, string> {
    const { limit, used, remaining, reset } = this.core(caller);
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-used": String(used),
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-reset": String(reset),
      "x-ratelimit-resource": "core",
    };
  }

  /** Counts a request as under way until what is returned is called; null where as many are as may be. */
  begin(caller: Caller): (() => void) | null {
    const key = quotaOf(caller);
    const active = this.#active.get(key) ?? 0;
    if (active >= this.#world.settings.concurrent) return null;
    this.#active.set(key, active + 1);
    return () => this.#active.set(key, (this.#active.get(key) ?? 1) - 1);
  }

  /** Refuses a request that came while as many were under way as may be. */
  refuseCrowd(): never {
    const now = this.#world.clock.now();
    throw secondary(now + MINUTE, now);
  }

  /** Counts a request in, or refuses it. */
  enter(caller: Caller, method: string, path: string): void {
    const { settings, clock } = this.#world;
    const now = clock.now();
    const key = quotaOf(caller);
    // Asking how the limit stands costs nothing of it.
    if (path !== "/rate_limit") this.#enterPrimary(caller, key, now);
    const reads = method === "GET" || method === "HEAD";
    const points = spend(this.#points, key, now, MINUTE, reads ? 1 : 5);
    if (points.used > settings.pointsPerMinute) throw secondary(points.start + MINUTE, now);
    if (!reads && CONTENT.test(path)) this.#enterContent(key, now);
  }

  /** Counts a request whose credentials nobody has. */
  countFailedLogin(): void {
    spend(this.#failedLogins, "", this.#world.clock.now(), MINUTE, 1);
  }

  /** Refuses every credential from an address that sent too many wrong ones. */
  checkLogins(): void {
    const { used } = spend(this.#failedLogins, "", this.#world.clock.now(), MINUTE, 0);
    if (used < this.#world.settings.failedLoginsPerMinute) return;
    throw new GitHubError(403, "Maximum number of login attempts exceeded. Please try again later.");
  }

  /** Forgets what was used. */
  reset(): void {
    for (const windows of [this.#primary, this.#points, this.#content, this.#failedLogins]) windows.clear();
  }

  #limitOf(caller: Caller): number {
    const { anonymousPerHour, requestsPerHour } = this.#world.settings;
    return caller.kind === "nobody" && !caller.client ? anonymousPerHour : requestsPerHour;
  }

  #enterPrimary(caller: Caller, key: string, now: number): void {
    const { used } = spend(this.#primary, key, now, HOUR, 1);
    if (used <= this.#limitOf(caller)) return;
    throw new GitHubError(403, `API rate limit exceeded for ${key}.`, { headers: this.headers(caller) });
  }

  #enterContent(key: string, now: number): void {
    const { contentPerMinute, contentPerHour } = this.#world.settings;
    const minute = spend(this.#content, `${key} minute`, now, MINUTE, 1);
    if (minute.used > contentPerMinute) throw secondary(minute.start + MINUTE, now);
    const hour = spend(this.#content, `${key} hour`, now, HOUR, 1);
    if (hour.used > contentPerHour) throw secondary(hour.start + HOUR, now);
  }
}
