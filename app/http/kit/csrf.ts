import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import type { ApiDeps } from "../../deps.ts";

/** Returns the token that a page must send with each change; it is derived, so it is not stored. */
export const csrfTokenOf = (sessionId: string): string =>
  createHmac("sha256", sessionId).update("csrf").digest("base64url");

export const CSRF_HEADER = "x-csrf-token";
const SAFE = /^(GET|HEAD|OPTIONS)$/;

/**
 * Returns whether a page of this deployment made a request by cookie. The browser sends the cookie for other
 * sites' pages as well. Both must hold: the browser says the page is of this origin, and the request has the
 * token that only such a page can read.
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function isOwnPage(deps: ApiDeps, context: Context, sessionId: string): boolean {
  if (SAFE.test(context.req.method)) return true;
  const given = Buffer.from(context.req.header(CSRF_HEADER) ?? "");
  const wanted = Buffer.from(csrfTokenOf(sessionId));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
  // Browsers send at least one of the two with whatever is not safe.
  const site = context.req.header("sec-fetch-site");
  const origin = context.req.header("origin");
  if (site !== undefined && site !== "same-origin") return false;
  if (origin !== undefined) return isOwnOrigin(deps, context, origin);
  return site !== undefined;
}

/** The deployment's public origin, or where the request went: on one machine a host has many names. */
const isOwnOrigin = (deps: ApiDeps, context: Context, origin: string): boolean =>
  origin === new URL(deps.settings.publicUrl).origin || origin === new URL(context.req.url).origin;
