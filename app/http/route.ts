import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Refusal } from "../domain/refusal.ts";
import type { StepIdentity } from "../github/oidc.ts";
import type { Right, User } from "../github/users.ts";
import type { Zekt } from "../zekt.ts";

export type Env = {
  Variables: {
    requestId: string;
    user: User & { token: string };
    identity: StepIdentity;
    ownerId: string;
    about: Record<string, unknown>;
  };
};
export type Ctx = Context<Env>;
export type Api = OpenAPIHono<Env>;

/**
 * Who may call a route: a workflow step with its OIDC token, anybody signed in, or somebody with a
 * right on the repositories that the call concerns.
 */
export type Access =
  | { by: "step" }
  | { by: "user" }
  | {
      by: "user";
      right: Exclude<Right, "none">;
      /** Ids of the repositories concerned: the right on any one of them is enough. Empty: there is no such thing. */
      repositories(zekt: Zekt, context: Ctx): Promise<string[]> | string[];
    };

export interface RouteSpec<B, Q> {
  method: "get" | "post" | "put" | "patch" | "delete";
  path: string;
  summary: string;
  tag: string;
  access: Access;
  body?: z.ZodType<B>;
  query?: z.ZodObject & z.ZodType<Q>;
  answer?: z.ZodType;
  /** The status of a success. */
  status?: 200 | 201 | 202 | 204;
  handle(call: Call<B, Q>): Promise<unknown>;
}

/** One call of a route, checked: who, with what. */
export interface Call<B, Q> {
  zekt: Zekt;
  context: Ctx;
  body: B;
  query: Q;
  param(name: string): string;
  /** The right the caller has, where the route asked for one. */
  rightOn(repositoryId: string): Promise<Right>;
}

/** Every route that was defined, for those who must not forget one. */
export interface DefinedRoute {
  method: string;
  path: string;
  access: Access;
}

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem");

const notThere = (): Refusal =>
  new Refusal("not-found", "There is no such thing, or it is not yours to see.");

/** Checks that the caller may do what a route does. */
async function checkAccess(zekt: Zekt, context: Ctx, access: Access): Promise<void> {
  if (access.by === "step" || !("right" in access)) return;
  const { token } = context.get("user");
  const repositoryIds = await access.repositories(zekt, context);
  const rights = await Promise.all(repositoryIds.map((id) => zekt.users.rightOn(token, id)));
  if (rights.every((right) => right === "none")) throw notThere();
  if (access.right === "change" && !rights.includes("change")) {
    throw new Refusal("forbidden", "Changing this needs the maintain or admin role on the repository.");
  }
}

/** Defines a route: its documentation, its checks and what it does come from the same words. */
export function defineRoute<B = undefined, Q = undefined>(
  api: Api,
  zekt: Zekt,
  routes: DefinedRoute[],
  spec: RouteSpec<B, Q>,
): void {
  const { method, path, status = 200, access } = spec;
  routes.push({ method, path, access });
  const params = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const failures = Object.fromEntries(
    [400, 401, 403, 404, 409, 429].map((code) => [
      code,
      { description: "Refused", content: { "application/problem+json": { schema: problemSchema } } },
    ]),
  );
  const route = createRoute({
    method,
    path,
    summary: spec.summary,
    tags: [spec.tag],
    security: [{ [access.by === "step" ? "oidc" : "userToken"]: [] }],
    request: {
      ...(params.length > 0
        ? { params: z.object(Object.fromEntries(params.map((name) => [name, z.string().min(1).max(400)]))) }
        : {}),
      ...(spec.query ? { query: spec.query } : {}),
      ...(spec.body
        ? { body: { required: true, content: { "application/json": { schema: spec.body } } } }
        : {}),
    },
    responses: {
      [status]:
        status === 204
          ? { description: "Done" }
          : {
              description: "Done",
              content: { "application/json": { schema: spec.answer ?? z.object({}).loose() } },
            },
      ...failures,
    },
  });
  api.openapi(
    route as never,
    (async (context: Ctx) => {
      await checkAccess(zekt, context, access);
      const valid = context.req.valid.bind(context.req) as (part: string) => unknown;
      const answer = await spec.handle({
        zekt,
        context,
        body: (spec.body ? valid("json") : undefined) as B,
        query: (spec.query ? valid("query") : undefined) as Q,
        param: (name) => context.req.param(name as never) as unknown as string,
        rightOn: (repositoryId) => zekt.users.rightOn(context.get("user").token, repositoryId),
      });
      if (answer instanceof Response) return answer;
      return status === 204 ? context.body(null, 204) : context.json(answer as object, status);
    }) as never,
  );
}
