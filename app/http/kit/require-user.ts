import type { MiddlewareHandler } from "hono";
import type { ApiDeps } from "../../deps.ts";
import { readBearer } from "../../domain/headers.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { User } from "../../github/users.ts";
import { endRevoked, type OpenSession, resumeSession } from "../../steps/sign-in/session.ts";
import { isOwnPage } from "./csrf.ts";
import { type Ctx, type Env, recordInContext } from "./env.ts";
import { problem } from "./problem.ts";
import { clearSessionCookie, hasSessionCookie, sessionIdOf } from "./session-cookie.ts";

const HOW =
  "Sign in to the console, or send a GitHub user token issued to this App (it begins with ghu_): authorization: Bearer <token>.";

/** Admits a user by a GitHub user token that was issued to this App, or by the session of a browser. */
export const requireUser =
  (deps: ApiDeps): MiddlewareHandler<Env> =>
  async (context, next) => {
    const authorization = context.req.header("authorization");
    if (authorization === undefined) {
      context.set("staleSession", hasSessionCookie(deps, context));
      const sessionId = await sessionIdOf(deps, context);
      if (sessionId !== null) return await bySession(deps, context, sessionId, next);
    }
    const token = readBearer(authorization);
    const user = token ? await deps.users.identify(token) : null;
    if (!token || !user) throw new Refusal("unauthenticated", HOW);
    context.set("user", { ...user, token });
    context.set("session", null);
    recordInContext(context, { userId: user.userId });
    await next();
  };

async function bySession(
  deps: ApiDeps,
  context: Ctx,
  sessionId: string,
  next: () => Promise<void>,
): Promise<void> {
  if (!isOwnPage(deps, context, sessionId)) {
    throw new Refusal(
      "forbidden",
      "By cookie only a page of this deployment may change anything: send the csrfToken of GET /api/session as x-csrf-token.",
    );
  }
  const live = await liveSession(deps, sessionId);
  if (!live) throw new Refusal("unauthenticated", "The session has ended; sign in again.");
  const { open, user } = live;
  const { endsAt } = open.session;
  context.set("user", { ...user, token: open.token });
  context.set("session", { sessionId, endsAt });
  context.set("staleSession", false);
  recordInContext(context, { userId: user.userId });
  await next();
  const { error } = context;
  // GitHub took the token for ended while the route was at work.
  if (!(error instanceof Refusal && error.code === "unauthenticated")) return;
  const ended = await endRevoked(deps, sessionId, open);
  context.set("staleSession", ended);
  if (ended) return;
  context.res = undefined;
  context.res = problem(503, "The sign-in was renewed meanwhile; try again.", {
    headers: { "retry-after": "1" },
  });
}

/**
 * The session, whose token GitHub still takes: access that was revoked ends it. And its user as GitHub calls them now,
 * since the login that they signed in with may be another's by then.
 */
async function liveSession(
  deps: ApiDeps,
  sessionId: string,
): Promise<{ open: OpenSession; user: User } | null> {
  for (let tries = 0; tries < 2; tries++) {
    const open = await resumeSession(deps, sessionId);
    if (!open) return null;
    const user = await deps.users.holder(open.token);
    if (user) return { open, user };
    if (await endRevoked(deps, sessionId, open)) return null;
  }
  return null;
}

/** Removes the cookie of an ended session from the browser. */
export const dropEndedSession =
  (deps: ApiDeps): MiddlewareHandler<Env> =>
  async (context, next) => {
    await next();
    if (context.res.status === 401 && context.get("staleSession")) clearSessionCookie(deps, context);
  };
