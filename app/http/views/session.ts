import { z } from "@hono/zod-openapi";

const login = z.string().meta({ description: "The user's name", example: "octocat" });

const link = (description: string, path: string) =>
  z.url().meta({ description, example: `https://github.com${path}` });

export const sessionSchema = z
  .object({
    userId: z.string().meta({ description: "GitHub's id of the user", example: "583231" }),
    login,
    avatarUrl: z.url().meta({
      description: "The user's picture",
      example: "https://avatars.githubusercontent.com/u/583231?v=4",
    }),
    endsAt: z.iso.datetime().nullable().meta({
      description: "When the session ends unless it is used; null for a token, which says so itself",
      example: "2026-01-31T09:30:00.000Z",
    }),
    github: z
      .object({
        url: link("GitHub's own pages, which owners and repositories are beneath", ""),
        installUrl: link(
          "Where the App is installed on an account or more of its repositories",
          "/apps/zekt/installations/new",
        ),
      })
      .describe("Where to go on GitHub"),
    csrfToken: z.string().nullable().meta({
      description:
        "To be sent as x-csrf-token with whatever changes anything; null for a token, which needs none",
      example: "Jq3vZ6cG6m3mTQmUuQF3v1S8s3fVxJ5d0bq6k0yK2aE",
    }),
  })
  .openapi("Session");
