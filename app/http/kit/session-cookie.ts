import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { ApiDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { MAX_LIFE } from "../../steps/sign-in/session.ts";

/** A session as its cookie names it. */
export interface BySession {
  sessionId: string;
  endsAt: number;
}

const NAME = "zekt-session";

/**
 * On https the name begins with `__Host-`: then a browser takes it from this host alone, over https alone.
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix
 */
export const cookieOptions = ({ settings }: ApiDeps) => {
  const secure = settings.publicUrl.startsWith("https:");
  return {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure,
    prefix: secure ? ("host" as const) : undefined,
  } as const;
};

/** Gives the browser its session. The cookie holds the session's id, sealed, and nothing else. */
export async function setSessionCookie(deps: ApiDeps, context: Context, sessionId: string): Promise<void> {
  const sealed = await deps.seal.close("session cookie", { sid: sessionId });
  setCookie(context, NAME, sealed, { ...cookieOptions(deps), maxAge: MAX_LIFE / SECOND });
}

export const clearSessionCookie = (deps: ApiDeps, context: Context): void =>
  void deleteCookie(context, NAME, cookieOptions(deps));

export const hasSessionCookie = (deps: ApiDeps, context: Context): boolean =>
  getCookie(context, NAME, cookieOptions(deps).prefix) !== undefined;

/** The id of the session that a request's cookie names; null where it has none that was given here. */
export async function sessionIdOf(deps: ApiDeps, context: Context): Promise<string | null> {
  const sealed = getCookie(context, NAME, cookieOptions(deps).prefix);
  const claims = sealed ? await deps.seal.open("session cookie", sealed) : null;
  return typeof claims?.sid === "string" ? claims.sid : null;
}
