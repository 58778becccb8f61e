import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { RunIdentity } from "../../github/oidc.ts";
import type { User } from "../../github/users.ts";
import { addLogContext } from "../../log/context.ts";
import type { BySession } from "./session-cookie.ts";

/** What is known of a request while it is answered. */
export type Env = {
  Variables: {
    requestId: string;
    /** Who is signed in, on routes for users. */
    user: User & { token: string };
    /** The session that they speak by, where it is no token. */
    session: BySession | null;
    /** Whether the browser has a session that is none (any more), to be taken from it. */
    staleSession: boolean;
    /** Which run speaks, on routes for workflow steps. */
    identity: RunIdentity;
    /** The owner whose call it is, once that is known. */
    ownerId: string | undefined;
    /** What its log line tells of it besides: ids, never what was sent. */
    about: Record<string, unknown>;
  };
};
export type Ctx = Context<Env>;
export type Api = OpenAPIHono<Env>;

/** A part of the path, by its name in the route. */
export const pathParam = (context: Ctx, name: string): string =>
  (context.req.param(name as never) as unknown as string | undefined) ?? "";

/** Tells the log line of a request more about it. */
export function recordInContext(context: Ctx, facts: Record<string, unknown>): void {
  context.set("about", { ...context.get("about"), ...facts });
  addLogContext(facts);
}
