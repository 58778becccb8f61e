import { OpenAPIHono } from "@hono/zod-openapi";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { methodNotAllowed } from "hono/method-not-allowed";
import { pointerOf } from "../domain/parse-input.ts";
import { zektFileJsonSchema } from "../domain/zekt-file-schema.ts";
import type { Zekt } from "../zekt.ts";
import { answerError } from "./answer-error.ts";
import { docsPage } from "./docs-page.ts";
import type { Api, Ctx, Env } from "./env.ts";
import { logRequests } from "./log-requests.ts";
import { dataHeaders } from "./page-headers.ts";
import { problem } from "./problem.ts";
import { dropEndedSession } from "./require-user.ts";
import { type DefinedRoute, definer } from "./route.ts";
import { blockedRoutes } from "./routes/blocked.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { directoryRoutes } from "./routes/directory.ts";
import { eventRoutes } from "./routes/events.ts";
import { installationRoutes } from "./routes/installations.ts";
import { notificationRoutes } from "./routes/notifications.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { ownerRoutes } from "./routes/owners.ts";
import { replayRoutes } from "./routes/replay.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import { serviceRoutes } from "./routes/services.ts";
import { stepRoutes } from "./routes/steps.ts";
import { subscriberRoutes } from "./routes/subscribers.ts";
import { subscriptionRoutes } from "./routes/subscriptions.ts";
import { trySubscriptionRoutes } from "./routes/try-subscription.ts";
import { userRoutes } from "./routes/user.ts";
import { workflowRoutes } from "./routes/workflows.ts";

const ROUTES = [
  stepRoutes,
  userRoutes,
  installationRoutes,
  repositoryRoutes,
  notificationRoutes,
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
  ownerRoutes,
];

/** The HTTP API: routes, their documentation and their errors. `routes` collects what was defined. */
export function createApi(zekt: Zekt, routes: DefinedRoute[] = []): Api {
  const api: Api = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues.map(({ path, message }) => ({
        pointer: pointerOf(path),
        detail: message,
      }));
      const where = result.target === "json" ? "body" : result.target;
      return problem(400, `The request's ${where} is not as it should be; errors[] says where.`, { errors });
    },
  });
  api.onError((error, context) => answerError(zekt, error, context as Ctx));
  api.notFound(() => problem(404, "There is no such address."));
  api.get("/healthz", async (context) => {
    try {
      await zekt.store.guards.get("health", "probe");
    } catch (error) {
      zekt.log.error({ err: error }, "the store does not answer");
      return context.json({ status: "unavailable" }, 503);
    }
    return context.json({ status: "ok" });
  });
  api.route("/", docsPage(zekt));
  api.use("/api/*", logRequests(zekt));
  api.use("/api/*", compress());
  api.use("/api/*", dataHeaders(zekt));
  api.use("/api/*", dropEndedSession(zekt));
  api.use(
    "/api/*",
    methodNotAllowed({
      app: api,
      onMethodNotAllowed: ({ req }, methods) =>
        problem(405, `${req.method} is not for this address; it knows ${methods.join(", ")}.`, {
          headers: { allow: methods.join(", ") },
        }),
    }),
  );
  api.use("/api/*", async (context, next) => {
    await next();
    // What one may see is not for others' caches, and is asked for again each time.
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "private, no-cache");
  });
  api.use("/api/*", etag());
  documentation(api, zekt);
  const define = definer(api, zekt, routes);
  for (const routesOf of ROUTES) routesOf(define, zekt);
  return api;
}

/** What anybody may read: how the API is spoken to, and how a zekt.yml is written. */
function documentation(api: Api, zekt: Zekt): void {
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
    name: zekt.settings.publicUrl.startsWith("https:") ? "__Host-zekt-session" : "zekt-session",
    description:
      "The console's session. What changes anything needs the csrfToken of GET /api/session as x-csrf-token besides",
  });
  api.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Zekt",
      version: "1",
      description: "Carries workflow events from one repository to others.",
      license: { name: "MIT" },
    },
    servers: [{ url: zekt.settings.publicUrl }],
  });
  api.get("/api/zekt.schema.json", (context) => context.json(zektFileJsonSchema()));
}
