import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { ApiDeps } from "../deps.ts";
import { isJsonType } from "../domain/headers.ts";
import { fieldErrorsOf } from "../domain/parse-input.ts";
import { answerError } from "./kit/answer-error.ts";
import type { Api, Ctx, Env } from "./kit/env.ts";
import { logRequests } from "./kit/log-requests.ts";
import { plainPath } from "./kit/plain-path.ts";
import { PROBLEM_TYPE, type Problem, problem } from "./kit/problem.ts";
import { dropEndedSession } from "./kit/require-user.ts";
import { type Define, type DefinedRoute, definer } from "./kit/route.ts";
import { dataHeaders } from "./pages/page-headers.ts";

/** Routes of the API that belong together. */
export type RouteGroup = (define: Define, deps: ApiDeps) => void;

export interface ApiOptions {
  /** Collects what was defined. */
  routes?: DefinedRoute[];
  /** Adds what is served as it is, before what holds for all of `/api`. */
  plain?: (api: Api) => void;
}

/** The routes that published clients call: of an error they read `error`, else `message`, else `title`. */
const CALLED_BY_CLIENTS = ["/api/events/receive", "/api/events/keys", "/api/event-delivery/*"];

/** The one address that answers with a stream. */
const STREAM = "/api/changes";

const JSON_TYPE = "application/json";

/** Gives every way of naming JSON the one name that the routes' library compares with. */
const plainJsonType: MiddlewareHandler = async ({ req }, next) => {
  const type = req.header("content-type");
  if (type !== undefined && type !== JSON_TYPE && isJsonType(type))
    req.raw.headers.set("content-type", JSON_TYPE);
  await next();
};

/** Gives an error its sentence as `message`, too. */
const withMessage: MiddlewareHandler<Env> = async (context, next) => {
  await next();
  if (context.res.headers.get("content-type") !== PROBLEM_TYPE) return;
  const told = (await context.res.json()) as Problem;
  context.res = new Response(JSON.stringify({ ...told, message: told.detail }), context.res);
};

/** Groups of routes as the API has them: with its way of errors, of caching and of telling who is there. */
export function apiOf(
  deps: ApiDeps,
  groups: readonly RouteGroup[],
  { routes = [], plain = () => {} }: ApiOptions = {},
): Api {
  const api: Api = new OpenAPIHono<Env>({
    getPath: plainPath,
    defaultHook: (result) => {
      if (result.success) return;
      const errors = fieldErrorsOf(result.error.issues);
      const where = result.target === "json" ? "body" : result.target;
      return problem(400, `Fix the fields named in errors[]: the request's ${where} is invalid.`, { errors });
    },
  });
  api.onError((error, context) => answerError(deps, error, context as Ctx));
  api.notFound(() => problem(404, "There is no such address."));
  plain(api);
  api.use("/api/*", logRequests(deps));
  api.use("/api/*", compress());
  api.use("/api/*", dataHeaders(deps));
  for (const path of CALLED_BY_CLIENTS) api.use(path, withMessage);
  api.use("/api/*", plainJsonType);
  api.use("/api/*", dropEndedSession(deps));
  api.use(
    "/api/*",
    methodNotAllowed({
      app: api,
      onMethodNotAllowed: ({ req }, methods) =>
        problem(405, `${req.method} is not for this address; it knows ${methods.join(", ")}.`, {
          headers: { allow: methods.join(", ") },
        }),
    }),
  );
  api.use("/api/*", async (context, next) => {
    await next();
    // What one may see is not for others' caches, and is asked for again each time.
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "private, no-cache");
  });
  const tagged = etag();
  // A stream has no end that a tag could be made of.
  api.use("/api/*", (context, next) => (context.req.path === STREAM ? next() : tagged(context, next)));
  const define = definer(api, deps, routes);
  for (const group of groups) group(define, deps);
  return api;
}
