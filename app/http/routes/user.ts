import { z } from "@hono/zod-openapi";
import { iso } from "../../domain/clock.ts";
import { csrfTokenOf } from "../kit/csrf.ts";
import type { Define } from "../kit/route.ts";
import { sessionSchema } from "../views/session.ts";

const login = z.string().meta({ description: "The user's name", example: "octocat" });

/** Defines the route of the signed-in user. */
export function userRoutes(define: Define): void {
  define({
    id: "getUser",
    method: "get",
    path: "/api/user",
    summary: "Say who is signed in",
    tag: "User",
    access: { by: "user" },
    answer: z
      .object({
        userId: z.string().meta({ description: "GitHub's id of the user", example: "583231" }),
        login,
      })
      .openapi("User"),
    async handle({ context }) {
      const { userId, login } = context.get("user");
      return { userId, login };
    },
  });
  define({
    id: "getSession",
    method: "get",
    path: "/api/session",
    summary: "Say who is signed in, until when, and what the console must send along",
    tag: "User",
    access: { by: "user" },
    answer: sessionSchema,
    async handle({ deps, context }) {
      const { userId, login, avatarUrl } = context.get("user");
      const session = context.get("session");
      // The token that it tells is for this page alone.
      context.header("cache-control", "no-store");
      return {
        userId,
        login,
        avatarUrl,
        endsAt: session && iso(session.endsAt),
        github: { url: deps.links.url, installUrl: deps.links.install },
        csrfToken: session && csrfTokenOf(session.sessionId),
      };
    },
  });
}
