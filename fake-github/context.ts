import type { Context, Hono } from "hono";
import { authorize, type Right } from "./access.ts";
import type { Caller } from "./auth.ts";
import { accessBlocked, GitHubError, notFound } from "./errors.ts";
import type { Faults } from "./faults.ts";
import type { Oidc } from "./oidc.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { RequestLog } from "./request-log.ts";
import type { Runs } from "./runs.ts";
import type { Grants } from "./sign-in/grants.ts";
import type { Repository } from "./state.ts";
import type { Webhooks } from "./webhooks.ts";
import type { World } from "./world.ts";

/** The parts that every route works with. */
export interface GitHubParts {
  world: World;
  webhooks: Webhooks;
  runs: Runs;
  oidc: Oidc;
  faults: Faults;
  limits: RateLimits;
  grants: Grants;
  requests: RequestLog;
}

/** `isCrowded`: as many requests of its caller as may be were under way when it came. */
export type Env = { Variables: { caller: Caller; isCrowded?: boolean } };
export type Ctx = Context<Env>;
type Method = "get" | "post" | "put" | "patch" | "delete";

/** Answers a route of a repository, under its name and under its id, once the caller's right to it is checked. */
export function onRepository(
  app: Hono<Env>,
  { world }: GitHubParts,
  method: Method,
  path: string,
  right: Right,
  handler: (context: Ctx, repository: Repository) => Response | Promise<Response>,
): void {
  const answer = async (context: Ctx, repository: Repository | undefined): Promise<Response> => {
    if (!repository) throw notFound();
    authorize(world, context.get("caller"), repository, right);
    if (repository.blocked) throw accessBlocked(repository.blocked);
    if (method !== "get" && repository.archived) {
      throw new GitHubError(403, "Repository was archived so is read-only.");
    }
    return await handler(context, repository);
  };
  app[method](`/repos/:owner/:repo${path}`, (context) => {
    const name = `${param(context, "owner")}/${param(context, "repo")}`;
    const repository = world.repository(name);
    const moved = repository ? undefined : world.formerNames.get(name.toLowerCase());
    return moved === undefined ? answer(context, repository) : redirect(context, world, name, moved);
  });
  app[method](`/repositories/:repositoryId${path}`, (context) =>
    answer(context, world.repositories.get(Number(param(context, "repositoryId")))),
  );
}

/**
 * Redirects from a repository's former name:
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
 */
function redirect(context: Ctx, world: World, name: string, id: number): Response {
  const { pathname, search } = new URL(context.req.url);
  const url = `${world.url}/repositories/${id}${pathname.slice(`/repos/${name}`.length)}${search}`;
  const status = context.req.method === "GET" ? 301 : 307;
  const body = { message: "Moved Permanently", url, documentation_url: "https://docs.github.com/rest" };
  return context.json(body, status, { location: url });
}

/** A parameter of the route's path. */
export const param = (context: Context, name: string): string =>
  (context.req.param(name as never) as string | undefined) ?? "";

/** Reads a JSON object from a request's body; nothing is an empty one. */
export async function bodyOf(context: Context): Promise<Record<string, unknown>> {
  const text = await context.req.text();
  if (text === "") return {};
  try {
    const body = JSON.parse(text) as unknown;
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    // Falls through to GitHub's answer for what it cannot parse.
  }
  throw new GitHubError(400, "Problems parsing JSON");
}
