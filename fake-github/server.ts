import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { type Clock, systemClock } from "./clock.ts";
import type { Env, GitHubParts } from "./context.ts";
import { controlApi } from "./control/api.ts";
import { type Control, createControl } from "./control/control.ts";
import { errorResponse, notFound } from "./errors.ts";
import { Faults } from "./faults.ts";
import { OffsetClock } from "./offset-clock.ts";
import { Oidc } from "./oidc.ts";
import { pageRoutes } from "./pages/routes.ts";
import { RateLimits } from "./rate-limits.ts";
import { RequestLog } from "./request-log.ts";
import { faultRules, restRules } from "./request-rules.ts";
import { oidcRoutes } from "./routes/oidc.ts";
import { restRoutes } from "./routes/rest.ts";
import { Runs } from "./runs.ts";
import { Grants } from "./sign-in/grants.ts";
import { signInRoutes } from "./sign-in/routes.ts";
import { Webhooks } from "./webhooks.ts";
import { World } from "./world.ts";

export interface GitHubOptions {
  /** 0 for any. */
  port?: number;
  /** The system's, which the control API can move ahead, unless given. */
  clock?: Clock;
  /** Added to every REST answer, in milliseconds. */
  latencyMs?: number;
  /** `owner/repo` of actions to the folders they are in. */
  localActions?: Record<string, string>;
}

export interface GitHubServer {
  /** The base of its REST API and of its pages alike. */
  url: string;
  /** Where its OIDC tokens come from. */
  oidcIssuer: string;
  control: Control;
  oidc: Oidc;
  world: World;
  faults: Faults;
  close(): Promise<void>;
}

/** Enterprise Server has its REST API under this prefix. */
const ENTERPRISE = "/api/v3";

function createApp(parts: GitHubParts, control: Control): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(errorResponse);
  app.notFound(() => errorResponse(notFound()));
  app.use(faultRules(parts));
  controlApi(app, control);
  oidcRoutes(app, parts);
  signInRoutes(app, parts);
  pageRoutes(app, parts, control);
  app.use(restRules(parts));
  restRoutes(app, parts);
  return app;
}

/** Starts a GitHub that keeps GitHub's rules, on loopback. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHubServer> {
  const world = new World(options.clock ?? new OffsetClock(systemClock));
  world.settings.latencyMs = options.latencyMs ?? 0;
  world.localActions = options.localActions ?? {};
  const faults = new Faults();
  const oidc = new Oidc(world);
  await oidc.rotate();
  const webhooks = new Webhooks(world, faults);
  const runs = new Runs(world, webhooks, oidc);
  const limits = new RateLimits(world);
  const parts: GitHubParts = {
    world,
    webhooks,
    runs,
    oidc,
    faults,
    limits,
    grants: new Grants(),
    requests: new RequestLog(),
  };
  const control = createControl(parts);
  const app = createApp(parts, control);

  const server = serve({
    fetch: (request, env) => {
      const url = new URL(request.url);
      if (!url.pathname.startsWith(`${ENTERPRISE}/`)) return app.fetch(request, env as never);
      url.pathname = url.pathname.slice(ENTERPRISE.length);
      return app.fetch(new Request(url, request), env as never);
    },
    hostname: "127.0.0.1",
    port: options.port ?? 0,
  });
  if (!server.listening) await once(server, "listening");
  // Under load a client must not send on a connection that is just being closed for its idleness.
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = 75_000;
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: world.url,
    oidcIssuer: oidc.issuer,
    control,
    oidc,
    world,
    faults,
    async close() {
      world.settings.runWorkflows = false;
      await runs.close();
      await webhooks.sender.idle();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
