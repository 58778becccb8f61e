import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { ApiDeps } from "../../deps.ts";
import { readBearer } from "../../domain/headers.ts";
import { TokenRefused } from "../../github/oidc.ts";
import { TOKEN_USE } from "../../store/fact-kinds.ts";
import { type Env, recordInContext } from "./env.ts";

/**
 * Admits a workflow step by its OIDC token. The first request that comes with a token is the only one that may
 * repeat. The token is refused with any other request, so whoever found it in a log can say nothing new.
 */
export const requireRun =
  (deps: ApiDeps): MiddlewareHandler<Env> =>
  async (context, next) => {
    const token = readBearer(context.req.header("authorization"));
    if (!token) throw new TokenRefused("Send a GitHub Actions OIDC token: authorization: Bearer <token>.");
    const identity = await deps.oidc.verify(token, deps.github.now());
    const { method, path } = context.req;
    // The key makes another message of the same words, so that it belongs to the request.
    const said = [method, path, context.req.header("idempotency-key") ?? "", await context.req.text()];
    const request = createHash("sha256").update(JSON.stringify(said)).digest("hex");
    const claimed = await deps.store.facts.claim(TOKEN_USE.of(identity), { request });
    if (!claimed.won && claimed.value.request !== request) {
      throw new TokenRefused("The token was used for another request already; ask for a fresh one.");
    }
    context.set("identity", identity);
    recordInContext(context, { repositoryId: identity.repositoryId, runId: identity.runId });
    await next();
  };
