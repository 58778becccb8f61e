import type { MiddlewareHandler } from "hono";
import { Refusal } from "../domain/refusal.ts";
import type { Zekt } from "../zekt.ts";
import { type Env, note } from "./env.ts";

/** Lets a user in by a GitHub user token that was issued to this App. */
export const requireUser =
  (zekt: Zekt): MiddlewareHandler<Env> =>
  async (context, next) => {
    const token = /^bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const user = token ? await zekt.users.identify(token) : null;
    if (!token || !user) {
      throw new Refusal(
        "unauthenticated",
        "Send a GitHub user token issued to this App (it begins with ghu_): authorization: Bearer <token>.",
      );
    }
    context.set("user", { ...user, token });
    note(context, { userId: user.userId });
    await next();
  };
