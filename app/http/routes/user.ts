import { z } from "@hono/zod-openapi";
import type { Define } from "../route.ts";

/** Who is signed in. */
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
        login: z.string().meta({ description: "The user's name", example: "octocat" }),
      })
      .openapi("User"),
    async handle({ context }) {
      const { userId, login } = context.get("user");
      return { userId, login };
    },
  });
}
