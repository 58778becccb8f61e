import { createRoute, z } from "@hono/zod-openapi";
import type { Handler, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ApiDeps } from "../../deps.ts";
import { MAX_MESSAGE_BYTES } from "../../domain/limits.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Right } from "../../github/repository-right.ts";
import { type Access, authorize } from "./access.ts";
import { type Api, type Ctx, type Env, pathParam, recordInContext } from "./env.ts";
import { openapiErrors, PATH_PARAMS } from "./openapi-errors.ts";
import { problem } from "./problem.ts";
import { requireRun } from "./require-run.ts";
import { requireUser } from "./require-user.ts";
import type { RouteTag } from "./tags.ts";

export interface RouteSpec<B, Q> {
  /** Names the operation for whoever makes a client of the OpenAPI document. */
  id: string;
  method: "get" | "post" | "put" | "patch" | "delete";
  path: string;
  summary: string;
  tag: RouteTag;
  access: Access;
  body?: z.ZodType<B>;
  /** Bytes the body may have. */
  maxBody?: number;
  query?: z.ZodObject & z.ZodType<Q>;
  headers?: z.ZodObject;
  answer?: z.ZodType;
  /** The media type of a success; JSON where nothing is said. */
  answerType?: string;
  answerHeaders?: z.ZodObject;
  /** The status of a success. */
  status?: 200 | 201 | 202 | 204;
  /** Other statuses of a success, which the handler answers by itself. */
  also?: Readonly<Record<number, { description: string; schema?: z.ZodType }>>;
  /** Statuses of refusals that are this route's own. */
  refusals?: readonly number[];
  handle(call: Call<B, Q>): Promise<unknown>;
}

/** One call of a route, checked: who, with what. */
export interface Call<B, Q> {
  deps: ApiDeps;
  context: Ctx;
  body: B;
  query: Q;
  param(name: string): string;
  /** The login of the signed-in user. */
  by(): string;
  /** The caller's right on a repository. */
  rightOn(repositoryId: string): Promise<Right>;
  /** Adds fields to the request's log line. */
  note(facts: Record<string, unknown>): void;
}

/** A route that was defined, for those who must not forget one. */
export interface DefinedRoute {
  method: string;
  path: string;
  access: Access;
}

/** Adds a route to the API. */
export type Define = <B = undefined, Q = undefined>(spec: RouteSpec<B, Q>) => void;

/** The documentation of the answer to anyone who has it already. A stream has no end that a tag could be made of. */
const UNCHANGED = {
  304: { description: "Nothing has changed since the etag that was sent as if-none-match" },
};

/** Room for whatever people set; messages may be larger. */
const MAX_BODY = 256 * 1024;

const limitBody = (maxSize: number): MiddlewareHandler<Env> =>
  bodyLimit({
    maxSize,
    onError: () => {
      const hint = maxSize > MAX_MESSAGE_BYTES ? `; a message may have ${MAX_MESSAGE_BYTES}` : "";
      // The rest of the body is not read, so that nothing else can come over the same connection.
      return problem(413, `The body is larger than ${maxSize} bytes${hint}.`, {
        headers: { connection: "close" },
      });
    },
  });

/**
 * Makes the function that defines routes. A route's documentation, its checks and its work come from the same words.
 * The caller and their rights are checked before anything of the request is read.
 */
export const definer =
  (api: Api, deps: ApiDeps, routes: DefinedRoute[]): Define =>
  (spec) => {
    const { id, method, path, status = 200, access } = spec;
    routes.push({ method, path, access });
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
    const route = createRoute({
      operationId: id,
      method,
      path,
      summary: spec.summary,
      tags: [spec.tag],
      security: access.by === "step" ? [{ oidc: [] }] : [{ userToken: [] }, { session: [] }],
      middleware: [
        addParamsToLog(names.filter((name) => name !== "path")),
        ...(spec.body ? [limitBody(spec.maxBody ?? MAX_BODY)] : []),
        access.by === "step" ? requireRun(deps) : requireUser(deps),
        checkParams(names),
        authorize(deps, access),
      ],
      request: {
        ...(names.length > 0
          ? { params: z.object(Object.fromEntries(names.map((name) => [name, PATH_PARAMS[name]]))) }
          : {}),
        ...(spec.query ? { query: spec.query } : {}),
        ...(spec.headers ? { headers: spec.headers } : {}),
        ...(spec.body
          ? { body: { required: true, content: { "application/json": { schema: spec.body } } } }
          : {}),
      },
      responses: {
        [status]: {
          description: spec.summary,
          ...(spec.answerHeaders ? { headers: spec.answerHeaders } : {}),
          ...(spec.answer
            ? { content: { [spec.answerType ?? "application/json"]: { schema: spec.answer } } }
            : {}),
        },
        ...Object.fromEntries(
          Object.entries(spec.also ?? {}).map(([other, { description, schema }]) => [
            other,
            { description, ...(schema ? { content: { "application/json": { schema } } } : {}) },
          ]),
        ),
        ...(method === "get" && spec.answerType === undefined ? UNCHANGED : {}),
        ...openapiErrors(spec),
      },
    } as Parameters<typeof createRoute>[0]);
    const handler = async (context: Ctx) => {
      const valid = context.req.valid.bind(context.req) as (part: string) => unknown;
      const answer = await spec.handle({
        deps,
        context,
        body: (spec.body ? valid("json") : undefined) as never,
        query: (spec.query ? valid("query") : undefined) as never,
        param: (name) => pathParam(context, name),
        by: () => context.get("user").login,
        rightOn: (repositoryId) => deps.users.rightOn(context.get("user").token, repositoryId),
        note: (facts) => recordInContext(context, facts),
      });
      if (answer instanceof Response) return answer;
      return status === 204 ? context.body(null, 204) : context.json(answer as object, status);
    };
    api.openapi(route, handler as unknown as Handler as never);
  };

/** Refuses what cannot be an id before anything is looked up by it: the store holds no key of any length. */
const checkParams =
  (names: readonly string[]): MiddlewareHandler<Env> =>
  async (context, next) => {
    const wrong = names.find((name) => !PATH_PARAMS[name]?.safeParse(pathParam(context, name)).success);
    if (wrong !== undefined) {
      const { maxLength } = PATH_PARAMS[wrong] as z.ZodString;
      throw new Refusal(
        "invalid",
        `Correct the address: its ${wrong} must have 1 to ${maxLength} characters and has ${pathParam(context, wrong).length}.`,
      );
    }
    await next();
  };

const addParamsToLog =
  (names: readonly string[]): MiddlewareHandler<Env> =>
  async (context, next) => {
    recordInContext(context, Object.fromEntries(names.map((name) => [name, pathParam(context, name)])));
    await next();
  };
