import type { Context, Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import { json } from "../errors.ts";
import { ISSUER_PATH } from "../oidc.ts";

/** The OIDC provider's discovery, its keys, and where jobs ask for tokens. */
export function oidcRoutes(app: Hono<Env>, { oidc, world }: GitHubParts): void {
  const discovery = (context: Context, issuer: string) =>
    context.json({
      issuer,
      // An enterprise's own issuer has a discovery document of its own, and the keys of all.
      jwks_uri: `${oidc.issuer}/.well-known/jwks`,
      subject_types_supported: ["public", "pairwise"],
      response_types_supported: ["id_token"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid"],
    });
  app.get(`${ISSUER_PATH}/.well-known/openid-configuration`, (context) => discovery(context, oidc.issuer));
  app.get(`${ISSUER_PATH}/:slug/.well-known/openid-configuration`, (context) => {
    const isKnown = context.req.param("slug") === world.settings.issuerSlug;
    return isKnown ? discovery(context, oidc.tokenIssuer) : json(404, { message: "Not Found" });
  });
  app.get(`${ISSUER_PATH}/.well-known/jwks`, (context) => context.json(oidc.jwks()));
  app.get(`${ISSUER_PATH}/request`, async (context) => {
    const requestToken = /^bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    const value = await oidc.issue(requestToken, context.req.query("audience"));
    return value === null
      ? json(401, { message: "The job is not running, or its token is not good." })
      : json(200, { count: value.length, value });
  });
}
