import { z } from "@hono/zod-openapi";
import { ownerId, trust } from "./common.ts";

export const installationSchema = z
  .object({
    ownerId,
    login: z.string().meta({ description: "The owner's name", example: "acme" }),
    avatarUrl: z
      .url()
      .meta({ description: "The owner's picture", example: "https://avatars.githubusercontent.com/u/9919" }),
    type: z.enum(["User", "Organization"]).describe("Whether it is a person or an organization"),
    trust,
    installation: z
      .enum(["active", "suspended", "none"])
      .describe("How the App's installation stands; none: your own account, where it is not installed"),
    selection: z
      .enum(["all", "selected"])
      .nullable()
      .describe("Whether it reaches every repository or those that were chosen"),
    missingPermissions: z.array(z.string()).meta({
      description: "Permissions that the App asks for and that were not granted yet",
      example: ["contents: write"],
    }),
    settingsUrl: z.url().meta({
      description: "Where on GitHub repositories are added, permissions granted and a suspension is ended",
      example: "https://github.com/organizations/acme/settings/installations/42",
    }),
    administers: z.boolean().describe("Whether you administer the owner: its usage is yours to see"),
  })
  .openapi("Installation");

export const leftOutSchema = z
  .object({
    ownerId,
    login: z
      .string()
      .nullable()
      .meta({ description: "The organization's name, where Zekt knows it", example: "acme" }),
    signOnUrl: z.url().nullable().meta({
      description: "Where you sign on; after it sign in to Zekt again",
      example: "https://github.com/orgs/acme/sso",
    }),
  })
  .openapi("LeftOutOrganization");
