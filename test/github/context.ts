import type { Context, Hono } from "hono";
import { authorize, type Caller } from "./auth.ts";
import { invalid, notFound } from "./errors.ts";
import type { Faults } from "./faults.ts";
import type { Oidc } from "./oidc.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Runs } from "./runs.ts";
import type { Level, Repository, World } from "./state.ts";
import type { Webhooks } from "./webhooks.ts";

/** What every route works with. */
export interface GitHubParts {
  world: World;
  webhooks: Webhooks;
  runs: Runs;
  oidc: Oidc;
  faults: Faults;
  limits: RateLimits;
}

export type Env = { Variables: { caller: Caller } };
export type Ctx = Context<Env>;
type Method = "get" | "post" | "put" | "patch" | "delete";

/** Answers a route of a repository, under its name and under its id, once the caller's right to it is checked. */
export function onRepository(
  app: Hono<Env>,
  { world }: GitHubParts,
  method: Method,
  path: string,
  right: readonly [permission: string, level: Level],
  handler: (context: Ctx, repository: Repository) => Response | Promise<Response>,
): void {
  const answer = async (context: Ctx, repository: Repository | undefined): Promise<Response> => {
    if (!repository) throw notFound();
    authorize(world, context.get("caller"), repository, right[0], right[1]);
    return await handler(context, repository);
  };
  app[method](`/repos/:owner/:repo${path}`, (context) =>
    answer(context, world.repository(`${context.req.param("owner")}/${context.req.param("repo")}`)),
  );
  app[method](`/repositories/:repositoryId${path}`, (context) =>
    answer(context, world.repositories.get(Number(context.req.param("repositoryId")))),
  );
}

/** Reads a JSON object from a request's body. */
export async function bodyOf(context: Ctx): Promise<Record<string, unknown>> {
  const text = await context.req.text();
  if (text === "") return {};
  try {
    const body = JSON.parse(text) as unknown;
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    // Falls through to GitHub's answer for what it cannot parse.
  }
  throw invalid("Problems parsing JSON");
}

/** Cuts a list into pages, with GitHub's Link header: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export function paged<T>(context: Ctx, all: readonly T[]): T[] {
  const perPage = Math.min(100, Number(context.req.query("per_page") ?? 30) || 30);
  const page = Number(context.req.query("page") ?? 1) || 1;
  const url = new URL(context.req.url);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const link = (rel: string, to: number): string => {
    url.searchParams.set("page", String(to));
    return `<${url}>; rel="${rel}"`;
  };
  if (page < last) context.header("link", [link("next", page + 1), link("last", last)].join(", "));
  return all.slice((page - 1) * perPage, page * perPage);
}

/** Cuts a delivery log into pages by cursor, newest first. */
export function pagedByCursor<T extends { id: number }>(context: Ctx, all: readonly T[]): T[] {
  const perPage = Math.min(100, Number(context.req.query("per_page") ?? 30) || 30);
  const cursor = context.req.query("cursor");
  const newest = [...all].sort((a, b) => b.id - a.id);
  const from =
    cursor === undefined ? 0 : newest.findIndex(({ id }) => id < Number(cursor.replace(/^v1_/, "")));
  const items = from === -1 ? [] : newest.slice(from, from + perPage);
  const lastItem = items.at(-1);
  if (lastItem && newest.at(-1) !== lastItem) {
    const url = new URL(context.req.url);
    url.searchParams.set("cursor", `v1_${lastItem.id}`);
    context.header("link", `<${url}>; rel="next"`);
  }
  return items;
}
