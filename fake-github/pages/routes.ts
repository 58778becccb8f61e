import type { Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import type { Control } from "../control/control.ts";
import { avatarRoutes } from "./avatars.ts";
import { installationPages } from "./installations.ts";
import { repositoryPages } from "./repositories.ts";

/** What a browser sees of this GitHub, so that links to it lead somewhere. */
export function pageRoutes(app: Hono<Env>, parts: GitHubParts, control: Control): void {
  avatarRoutes(app, parts);
  installationPages(app, parts, control);
  repositoryPages(app, parts, control);
}
