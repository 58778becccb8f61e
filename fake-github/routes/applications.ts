import type { Hono } from "hono";
import { clientOf } from "../auth.ts";
import { bodyOf, type Ctx, type Env, type GitHubParts, param } from "../context.ts";
import { GitHubError, notFound } from "../errors.ts";
import { accountJson } from "../payloads/account.ts";
import { iso } from "../payloads/common.ts";
import { revokeUserTokens } from "../sign-in/user-tokens.ts";
import type { Account, App, UserToken } from "../state.ts";

/** Tokens of an App's users, asked about with its client secret: https://docs.github.com/en/rest/apps/oauth-applications */
export function applicationRoutes(app: Hono<Env>, { world, webhooks }: GitHubParts): void {
  const appBySecret = (context: Ctx): App => {
    const found = clientOf(world, context.req.header("authorization"));
    if (!found) throw new GitHubError(401, "Bad credentials");
    if (found.clientId !== param(context, "clientId")) throw notFound();
    return found;
  };
  const tokenOf = async (context: Ctx, through: App): Promise<UserToken> => {
    const { access_token } = await bodyOf(context);
    const token = world.tokens.get(String(access_token));
    const good = token?.kind === "user" && token.appId === through.id && token.expiresAt > world.clock.now();
    if (!good) throw notFound();
    return token;
  };
  app.post("/applications/:clientId/token", async (context) => {
    const through = appBySecret(context);
    const token = await tokenOf(context, through);
    const user = world.accounts.get(token.userId) as Account;
    return context.json({
      id: through.id,
      url: `${world.url}/authorizations/${through.id}`,
      app: { name: through.name, url: through.homepage, client_id: through.clientId },
      token: token.token,
      hashed_token: null,
      token_last_eight: token.token.slice(-8),
      note: null,
      note_url: null,
      created_at: iso(token.createdAt),
      updated_at: iso(token.createdAt),
      scopes: [],
      fingerprint: null,
      expires_at: iso(token.expiresAt),
      user: accountJson(world, user),
    });
  });
  app.delete("/applications/:clientId/token", async (context) => {
    const token = await tokenOf(context, appBySecret(context));
    world.tokens.delete(token.token);
    return context.body(null, 204);
  });
  app.delete("/applications/:clientId/grant", async (context) => {
    const through = appBySecret(context);
    const { userId } = await tokenOf(context, through);
    revokeUserTokens(world, through, userId);
    void webhooks.revoked(through, world.accounts.get(userId) as Account);
    return context.body(null, 204);
  });
}
