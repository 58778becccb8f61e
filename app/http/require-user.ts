import type { MiddlewareHandler } from "hono";
import { Refusal } from "../domain/refusal.ts";
import type { Zekt } from "../zekt.ts";
import type { Env } from "./route.ts";

/** Addresses under `/api` that anybody may read. */
const OPEN = new Set(["/api/openapi.json"]);

/** Lets a user in by a GitHub user token that was issued to this App. */
export const requireUser = (zekt: Zekt, except: readonly string[]): MiddlewareHandler<Env> => {
  const exempt = except.map((path) => path.replace(/\*$/, ""));
  return async (context, next) => {
    const { path } = context.req;
    if (OPEN.has(path) || exempt.some((prefix) => path.startsWith(prefix))) return await next();
    const token = /^bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const user = token ? await zekt.users.identify(token) : null;
    if (!token || !user) {
      throw new Refusal(
        "unauthenticated",
        "Send a GitHub user token issued to this App: authorization: Bearer <token>.",
      );
    }
    context.set("user", { ...user, token });
    context.set("about", { userId: user.userId });
    await next();
  };
};
