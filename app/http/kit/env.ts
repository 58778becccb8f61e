import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { RunIdentity } from "../../github/oidc.ts";
import type { User } from "../../github/users.ts";
import { addLogContext } from "../../log/context.ts";
import type { BySession } from "./session-cookie.ts";

/** The facts about a request while it is answered. */
export type Env = {
  Variables: {
    requestId: string;
    /** The signed-in user, on routes for users. */
    user: User & { token: string };
    /** The session that they speak by, where it is no token. */
    session: BySession | null;
    /** True when the browser's session cookie names no valid session, so that it is removed. */
    staleSession: boolean;
    /** Which run speaks, on routes for workflow steps. */
    identity: RunIdentity;
    /** The owner whose call it is, once that is known. */
    ownerId: string | undefined;
    /** Additional fields of the request's log line: ids, never content. */
    about: Record<string, unknown>;
  };
};
export type Ctx = Context<Env>;
export type Api = OpenAPIHono<Env>;

/** A part of the path, by its name in the route. */
export const pathParam = (context: Ctx, name: string): string =>
  (context.req.param(name as never) as unknown as string | undefined) ?? "";

/** Adds fields to the log line of a request. */
export function recordInContext(context: Ctx, facts: Record<string, unknown>): void {
  context.set("about", { ...context.get("about"), ...facts });
  addLogContext(facts);
}
