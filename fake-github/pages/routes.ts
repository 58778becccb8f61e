import type { Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import type { Control } from "../control/control.ts";
import { avatarRoutes } from "./avatars.ts";
import { installationPages } from "./installations.ts";
import { repositoryPages } from "./repositories.ts";

/** Adds the pages that a browser sees, so that links to this GitHub lead somewhere. */
export function pageRoutes(app: Hono<Env>, parts: GitHubParts, control: Control): void {
  avatarRoutes(app, parts);
  installationPages(app, parts, control);
  repositoryPages(app, parts, control);
}
