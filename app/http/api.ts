// First, since only schemas made after it can be documented.
import "@hono/zod-openapi";
import type { ApiDeps } from "../deps.ts";
import { zektFileJsonSchema } from "../domain/zekt-yml/zekt-file-schema.ts";
import { apiOf } from "./api-of.ts";
import type { Api } from "./kit/env.ts";
import { madeOnce } from "./kit/made-once.ts";
import type { DefinedRoute } from "./kit/route.ts";
import { TAGS } from "./kit/tags.ts";
import { deviceFlowRoute } from "./pages/device-flow.ts";
import { docsPage } from "./pages/docs-page.ts";
import { healthRoutes } from "./pages/health.ts";
import { actionApiRoutes } from "./routes/action-api.ts";
import { auditRoutes } from "./routes/audit.ts";
import { blockedRoutes } from "./routes/blocked.ts";
import { changeRoutes } from "./routes/changes.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { directoryRoutes } from "./routes/directory.ts";
import { eventRoutes } from "./routes/events.ts";
import { installationRoutes } from "./routes/installations.ts";
import { notificationRoutes } from "./routes/notifications.ts";
import { operationRoutes } from "./routes/operations.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { ownerExportRoutes } from "./routes/owner-exports.ts";
import { ownerRoutes } from "./routes/owners.ts";
import { replayRoutes } from "./routes/replay.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import { serviceRoutes } from "./routes/services.ts";
import { shieldKeyRoutes } from "./routes/shield-keys.ts";
import { subscriberRoutes } from "./routes/subscribers.ts";
import { subscriptionRoutes } from "./routes/subscriptions.ts";
import { trySubscriptionRoutes } from "./routes/try-subscription.ts";
import { userRoutes } from "./routes/user.ts";
import { workflowRoutes } from "./routes/workflows.ts";

const ROUTES = [
  actionApiRoutes,
  userRoutes,
  installationRoutes,
  repositoryRoutes,
  notificationRoutes,
  shieldKeyRoutes,
  auditRoutes,
  workflowRoutes,
  blockedRoutes,
  eventRoutes,
  serviceRoutes,
  subscriberRoutes,
  subscriptionRoutes,
  trySubscriptionRoutes,
  directoryRoutes,
  deliveryRoutes,
  connectionRoutes,
  replayRoutes,
  overviewRoutes,
  changeRoutes,
  ownerRoutes,
  ownerExportRoutes,
  operationRoutes,
];

/** Creates the whole HTTP API, documented. `routes` collects what was defined; `problems` is for `/readyz`. */
export function createApi(
  deps: ApiDeps,
  routes: DefinedRoute[] = [],
  problems: () => string[] = () => [],
): Api {
  const api = apiOf(deps, ROUTES, {
    routes,
    plain: (api) => {
      healthRoutes(api, deps, problems);
      api.route("/", docsPage(deps));
    },
  });
  deviceFlowRoute(api, deps);
  documentation(api, deps);
  return api;
}

/**
 * Writes a pattern's slashes as they are: a RegExp's source escapes them, and some makers of clients would escape them
 * once more.
 */
const withPlainSlashes = (key: string, value: unknown): unknown =>
  key === "pattern" && typeof value === "string"
    ? value.replace(/\\(.)/g, (escaped, character) => (character === "/" ? "/" : escaped))
    : value;

/** Serves the public documentation: the API's description and the schema of zekt.yml. */
function documentation(api: Api, deps: ApiDeps): void {
  api.openAPIRegistry.registerComponent("securitySchemes", "oidc", {
    type: "http",
    scheme: "bearer",
    description: "A GitHub Actions OIDC token whose audience is this deployment's origin",
  });
  api.openAPIRegistry.registerComponent("securitySchemes", "userToken", {
    type: "http",
    scheme: "bearer",
    description: "A GitHub user token issued to this App (device flow)",
  });
  api.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: deps.settings.publicUrl.startsWith("https:") ? "__Host-zekt-session" : "zekt-session",
    description:
      "The console's session. What changes anything needs the csrfToken of GET /api/session as x-csrf-token besides",
  });
  const describe = () =>
    api.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "Zekt",
        version: "1",
        description: "Carries workflow events from one repository to others.",
        license: { name: "MIT", url: "https://spdx.org/licenses/MIT.html" },
      },
      servers: [{ url: deps.settings.publicUrl }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    });
  const json = "application/json";
  api.get(
    "/api/openapi.json",
    madeOnce(json, () => JSON.stringify(describe(), withPlainSlashes)),
  );
  api.get(
    "/api/zekt.schema.json",
    madeOnce(json, () => JSON.stringify(zektFileJsonSchema())),
  );
}
