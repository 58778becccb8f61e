import type { Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import { accessTokenRoute } from "./access-token.ts";
import { authorizeRoute } from "./authorize.ts";
import { deviceRoutes } from "./device.ts";
import { manifestRoutes } from "./manifest.ts";

/** Signing in and registering, in a browser and on a device. */
export function signInRoutes(app: Hono<Env>, parts: GitHubParts): void {
  authorizeRoute(app, parts);
  deviceRoutes(app, parts);
  accessTokenRoute(app, parts);
  manifestRoutes(app, parts);
}
