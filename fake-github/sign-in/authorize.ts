import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { Env, GitHubParts } from "../context.ts";
import type { App } from "../state.ts";
import type { World } from "../world.ts";
import { newSecret } from "./secrets.ts";

const CODE_LIFE = 600_000;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** Returns whether an App may send its users to an address; on loopback any port will do. */
function isCallback(app: App, address: string): boolean {
  return app.callbackUrls.some((callback) => {
    if (callback === address) return true;
    if (!URL.canParse(address) || !URL.canParse(callback)) return false;
    const [given, known] = [new URL(address), new URL(callback)];
    return (
      LOOPBACK.test(given.hostname) &&
      given.hostname === known.hostname &&
      given.pathname === known.pathname &&
      given.search === known.search
    );
  });
}

/** Sends the browser back with an answer for the App. */
function sendBack(context: Context, to: string, answer: Record<string, string | undefined>): Response {
  const address = new URL(to);
  for (const [name, value] of Object.entries(answer)) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  return context.redirect(address.href);
}

/** Everybody who may sign in, a button each; whoever does comes back with what the App sent. */
function consentPage(world: World, app: App, query: Record<string, string>) {
  const hidden = Object.entries(query).filter(([name]) => name !== "login");
  const users = [...world.accounts.values()].filter(({ type }) => type === "User");
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>Authorize ${app.name}</title>
      </head>
      <body>
        <h1>Authorize ${app.name}</h1>
        <p>This is the fake GitHub. Who are you?</p>
        <form>
          ${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          ${users.map(({ login }) => html`<p><button name="login" value="${login}">${login}</button></p>`)}
        </form>
      </body>
    </html>`;
}

/**
 * The page where a user authorises an App. The signed-in user is named by `login` or set by the control API, and
 * consents unless set otherwise. Else the page offers the users there are.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app#using-the-web-application-flow-to-generate-a-user-access-token
 */
export function authorizeRoute(app: Hono<Env>, { world, grants }: GitHubParts): void {
  app.get("/login/oauth/authorize", (context) => {
    const query = context.req.query();
    const { client_id, redirect_uri, state, code_challenge, code_challenge_method, login } = query;
    const through = [...world.apps.values()].find(({ clientId }) => clientId === client_id);
    if (!through) return context.html(html`<h1>404</h1><p>There is no such App.</p>`, 404);
    const first = through.callbackUrls[0];
    if (!first) return context.html(html`<p>The App has no callback URL.</p>`, 400);
    const back = redirect_uri ?? first;
    if (!isCallback(through, back)) {
      return sendBack(context, first, {
        error: "redirect_uri_mismatch",
        error_description: "The redirect_uri is not associated with this application.",
        state,
      });
    }
    if (code_challenge !== undefined && code_challenge_method !== "S256") {
      return sendBack(context, back, {
        error: "invalid_request",
        error_description: "Only the S256 code challenge method is supported.",
        state,
      });
    }
    const user = world.account(login ?? grants.defaultUser ?? "");
    if (user?.type !== "User") {
      return context.html(consentPage(world, through, query));
    }
    if (grants.deny) {
      return sendBack(context, back, {
        error: "access_denied",
        error_description: "The user has denied your application access.",
        state,
      });
    }
    const code = newSecret();
    grants.codes.set(code, {
      appId: through.id,
      userId: user.id,
      redirectUri: back,
      challenge: code_challenge ?? null,
      expiresAt: world.clock.now() + CODE_LIFE,
    });
    return sendBack(context, back, { code, state });
  });
}
