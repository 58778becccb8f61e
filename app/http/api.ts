import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { iso } from "../domain/clock.ts";
import type { FieldError, RefusalCode } from "../domain/refusal.ts";
import { Refusal } from "../domain/refusal.ts";
import { zektFileJsonSchema } from "../domain/zekt-file-schema.ts";
import { TokenRefused } from "../github/oidc.ts";
import { BadCursor } from "../store/table.ts";
import type { Zekt } from "../zekt.ts";
import { problem } from "./problem.ts";
import { requireStep } from "./require-step.ts";
import { requireUser } from "./require-user.ts";
import type { Api, Ctx, DefinedRoute, Env } from "./route.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { ownerRoutes } from "./routes/owners.ts";
import { providerRoutes } from "./routes/provider.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import { stepRoutes } from "./routes/steps.ts";
import { subscriptionRoutes } from "./routes/subscriptions.ts";

const STATUS: Record<RefusalCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  gone: 410,
  "too-large": 413,
  limited: 429,
  unavailable: 503,
};

/** Room for a message of 512 KB and what surrounds it, however its JSON was escaped. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Paths that workflow steps call with their OIDC token; all others are for users. */
const STEP_PATHS = ["/api/events/*", "/api/event-delivery/*"];

/** The HTTP API: routes, their documentation and their errors. `routes` collects what was defined. */
export function createApi(zekt: Zekt, routes: DefinedRoute[] = []): Api {
  const api = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors: FieldError[] = result.error.issues.map(({ path, message }) => ({
        pointer: path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
        detail: message,
      }));
      return problem(400, "The request is not as it should be; errors[] says where.", { errors });
    },
  });
  api.onError((error, context) => answerError(zekt, error, context as Ctx));
  api.notFound(() => problem(404, "There is no such address."));
  api.get("/healthz", async (context) => {
    await zekt.store.guards.get("health", "probe");
    return context.json({ status: "ok" });
  });
  api.use("/api/*", async (context, next) => {
    const startedAt = performance.now();
    const requestId = randomUUID();
    context.set("requestId", requestId);
    context.set("about", {});
    await next();
    context.header("x-request-id", requestId);
    const ms = Math.round(performance.now() - startedAt);
    const { method } = context.req;
    zekt.log.info(
      { requestId, method, path: context.req.path, status: context.res.status, ms, ...context.get("about") },
      "request",
    );
    const ownerId = context.get("ownerId");
    if (ownerId) {
      const counts = { apiCalls: 1, runMs: ms };
      await zekt.store.meters.record([
        { scope: `owner#${ownerId}`, factId: requestId, at: iso(zekt.clock.now()), counts },
      ]);
    }
  });
  api.use(
    "/api/*",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () =>
        problem(413, `The body is larger than ${MAX_BODY_BYTES} bytes; a message may have 524288.`),
    }),
  );
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
  api.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Zekt",
      version: "1",
      description: "Carries workflow events from one repository to others.",
    },
    servers: [{ url: zekt.settings.publicUrl }],
  });
  api.get("/api/zekt.schema.json", (context) => context.json(zektFileJsonSchema()));
  for (const path of STEP_PATHS) api.use(path, requireStep(zekt));
  api.use("/api/*", requireUser(zekt, STEP_PATHS));
  api.use("/api/*", etag());
  for (const define of [
    stepRoutes,
    repositoryRoutes,
    providerRoutes,
    subscriptionRoutes,
    deliveryRoutes,
    ownerRoutes,
  ]) {
    define(api, zekt, routes);
  }
  return api;
}

function answerError(zekt: Zekt, error: Error, context: Ctx): Response {
  if (error instanceof Refusal) {
    const status = STATUS[error.code];
    const headers: Record<string, string> = {};
    if (status === 401) headers["www-authenticate"] = 'Bearer realm="zekt"';
    if (status === 429 || status === 503) headers["retry-after"] = "60";
    return problem(status, error.message, { errors: error.errors, headers });
  }
  if (error instanceof TokenRefused) {
    return problem(401, error.message, {
      headers: { "www-authenticate": 'Bearer realm="zekt", error="invalid_token"' },
    });
  }
  if (error instanceof BadCursor) return problem(400, error.message);
  if (error instanceof HTTPException)
    return problem(error.status, error.message || "The request cannot be read.");
  zekt.log.error(
    { err: error, requestId: context.get("requestId"), path: context.req.path },
    "request failed",
  );
  return problem(500, `Something went wrong here; tell the operator request id ${context.get("requestId")}.`);
}
