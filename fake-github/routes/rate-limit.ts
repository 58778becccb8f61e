import type { Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import { versionOf } from "../request-rules.ts";

/** https://docs.github.com/en/rest/rate-limit/rate-limit */
export function rateLimitRoute(app: Hono<Env>, { world, limits }: GitHubParts): void {
  app.get("/rate_limit", (context) => {
    const core = limits.core(context.get("caller"));
    const reset = Math.ceil(world.clock.now() / 1000) + 60;
    const search = { limit: 30, used: 0, remaining: 30, reset };
    const resources = { core, search };
    // https://docs.github.com/en/rest/about-the-rest-api/breaking-changes
    return context.json(
      versionOf(context, world.settings) < "2026-03-10" ? { resources, rate: core } : { resources },
    );
  });
}
