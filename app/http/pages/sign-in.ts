import { createHash, randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { ApiDeps } from "../../deps.ts";
import { MINUTE, SECOND } from "../../domain/clock.ts";
import { GrantRefused, WRONG_CREDENTIALS, WRONG_CREDENTIALS_ADVICE } from "../../github/sign-in.ts";
import { endSession, startSession } from "../../steps/sign-in/session.ts";
import { isOwnPage } from "../kit/csrf.ts";
import { problem } from "../kit/problem.ts";
import { clearSessionCookie, cookieOptions, sessionIdOf, setSessionCookie } from "../kit/session-cookie.ts";
import { localPath } from "./local-path.ts";
import { messagePage } from "./message-page.ts";

const CALLBACK = "/console/callback";
const ATTEMPT = "zekt-sign-in";
/** As long as GitHub's code is good, in milliseconds. */
const ATTEMPT_LIFE = 10 * MINUTE;

/** The data that a sign-in stores until the browser is back. */
interface Attempt {
  state: string;
  verifier: string;
  returnTo: string;
  endsAt: number;
}

const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
const random = (): string => randomBytes(32).toString("base64url");

/** Signing in and out of the console by GitHub, with state and PKCE. */
export function signInRoutes(deps: ApiDeps): Hono {
  const redirectUri = `${deps.settings.publicUrl}${CALLBACK}`;
  const routes = new Hono();
  routes.get("/console/sign-in", async (context) => {
    const elsewhere = otherName(deps, context);
    if (elsewhere) return context.redirect(elsewhere);
    const attempt: Attempt = {
      state: random(),
      verifier: random(),
      returnTo: localPath(context.req.query("return_to")),
      endsAt: deps.clock.now() + ATTEMPT_LIFE,
    };
    setCookie(context, ATTEMPT, await deps.seal.close("sign-in cookie", { ...attempt }), {
      ...cookieOptions(deps),
      maxAge: ATTEMPT_LIFE / SECOND,
    });
    const { state, verifier } = attempt;
    return context.redirect(
      deps.signIn.authorizeUrl({ state, challenge: challengeOf(verifier), redirectUri }),
    );
  });
  routes.get(CALLBACK, async (context) => {
    const attempt = await attemptOf(deps, context);
    deleteCookie(context, ATTEMPT, cookieOptions(deps));
    const { state, code, error } = context.req.query();
    if (!attempt || attempt.endsAt <= deps.clock.now() || state !== attempt.state) {
      return refuse(
        context,
        400,
        "This sign-in was not begun in this browser, or longer than ten minutes ago.",
      );
    }
    if (error === "access_denied") return refuse(context, 403, "You did not allow Zekt to know who you are.");
    if (error !== undefined || code === undefined) {
      deps.log.warn(
        { event: "sign-in.refused", reason: error?.slice(0, 100) ?? "no code" },
        "GitHub refused a sign-in",
      );
      return refuse(context, 502, hintOf(error, redirectUri));
    }
    return await signIn(deps, context, { code, verifier: attempt.verifier, redirectUri }, attempt.returnTo);
  });
  routes.post("/console/sign-out", async (context) => {
    const sessionId = await sessionIdOf(deps, context);
    if (sessionId !== null) {
      if (!isOwnPage(deps, context, sessionId)) {
        return problem(
          403,
          "Send the csrfToken of GET /api/session as x-csrf-token, from a page of this origin.",
        );
      }
      await endSession(deps, sessionId);
    }
    clearSessionCookie(deps, context);
    return context.body(null, 204);
  });
  return routes;
}

async function signIn(
  deps: ApiDeps,
  context: Context,
  answer: { code: string; verifier: string; redirectUri: string },
  returnTo: string,
): Promise<Response> {
  try {
    const grant = await deps.signIn.exchange(answer);
    // GitHub gave it to this App just now: strangers' tokens, of which only so many are asked about, delay nobody here.
    const user = await deps.users.holder(grant.token);
    if (!user) return refuse(context, 502, "GitHub did not say who you are.");
    const before = await sessionIdOf(deps, context);
    if (before !== null) await endSession(deps, before);
    await setSessionCookie(deps, context, await startSession(deps, user, grant));
    deps.log.info({ event: "user.signed-in", userId: user.userId }, "User signed in");
    return context.redirect(returnTo, 303);
  } catch (error) {
    deps.log.warn({ event: "sign-in.failed", err: error }, "Sign-in failed");
    const reason = error instanceof GrantRefused ? error.reason : undefined;
    return refuse(context, 502, hintOf(reason, answer.redirectUri));
  }
}

/** Returns advice for the operator of this Zekt. */
function hintOf(reason: string | undefined, redirectUri: string): string {
  if (reason === "redirect_uri_mismatch") {
    return `The operator of this Zekt has to add the callback URL ${redirectUri} to the GitHub App (General → Identifying and authorizing users).`;
  }
  if (reason === WRONG_CREDENTIALS) return WRONG_CREDENTIALS_ADVICE;
  return "GitHub did not complete the sign-in.";
}

async function attemptOf(deps: ApiDeps, context: Context): Promise<Attempt | null> {
  const sealed = getCookie(context, ATTEMPT, cookieOptions(deps).prefix);
  return sealed ? ((await deps.seal.open("sign-in cookie", sealed)) as Attempt | null) : null;
}

function refuse(context: Context, status: 400 | 403 | 502, why: string): Response | Promise<Response> {
  return context.html(
    messagePage({ title: "You are not signed in", text: why, link: ["/console/sign-in", "Sign in again"] }),
    status,
  );
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/**
 * A machine's loopback has several names, and a cookie is for one of them. A sign-in begins at the name to which
 * GitHub will send the browser back.
 */
function otherName(deps: ApiDeps, context: Context): string | null {
  const [own, asked] = [new URL(deps.settings.publicUrl), new URL(context.req.url)];
  if (own.hostname === asked.hostname || ![own, asked].every(({ hostname }) => LOOPBACK.test(hostname))) {
    return null;
  }
  return `${own.origin}${asked.pathname}${asked.search}`;
}
