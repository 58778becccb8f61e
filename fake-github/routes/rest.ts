import type { Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import { actionRoutes } from "./actions.ts";
import { applicationRoutes } from "./applications.ts";
import { appRoutes } from "./apps.ts";
import { checkRoutes } from "./checks.ts";
import { contentRoutes } from "./contents.ts";
import { dispatchRoutes } from "./dispatches.ts";
import { hookRoutes } from "./hooks.ts";
import { installationRoutes } from "./installations.ts";
import { issueRoutes } from "./issues.ts";
import { rateLimitRoute } from "./rate-limit.ts";
import { repositoryRoutes } from "./repositories.ts";
import { userRoutes } from "./users.ts";
import { workflowDispatchRoutes } from "./workflow-dispatches.ts";

/** The REST API. */
export function restRoutes(app: Hono<Env>, parts: GitHubParts): void {
  rateLimitRoute(app, parts);
  appRoutes(app, parts);
  installationRoutes(app, parts);
  applicationRoutes(app, parts);
  userRoutes(app, parts);
  hookRoutes(app, parts);
  dispatchRoutes(app, parts);
  workflowDispatchRoutes(app, parts);
  actionRoutes(app, parts);
  checkRoutes(app, parts);
  issueRoutes(app, parts);
  contentRoutes(app, parts);
  repositoryRoutes(app, parts);
}
