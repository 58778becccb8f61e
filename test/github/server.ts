import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type HttpBindings, serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { type Clock, systemClock } from "../../app/domain/clock.ts";
import { authenticate } from "./auth.ts";
import type { Env, GitHubParts } from "./context.ts";
import { Control } from "./control.ts";
import { controlRoutes } from "./control-routes.ts";
import { GitHubError } from "./errors.ts";
import { type Fault, Faults } from "./faults.ts";
import { Oidc } from "./oidc.ts";
import { RateLimits } from "./rate-limits.ts";
import { appRoutes } from "./routes/apps.ts";
import { hookRoutes } from "./routes/hooks.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import { Grants, signInRoutes, userRoutes } from "./routes/users.ts";
import { Runs } from "./runs.ts";
import { World } from "./state.ts";
import { Webhooks } from "./webhooks.ts";

export interface GitHubOptions {
  /** 0 for any. */
  port?: number;
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

const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });

/** Starts a GitHub that keeps GitHub's rules, on loopback. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHubServer> {
  const world = new World(options.clock ?? systemClock);
  world.settings.latencyMs = options.latencyMs ?? 0;
  world.localActions = options.localActions ?? {};
  const faults = new Faults();
  const oidc = new Oidc(world);
  await oidc.rotate();
  const webhooks = new Webhooks(world, faults);
  const runs = new Runs(world, webhooks, oidc);
  const limits = new RateLimits(world);
  const parts: GitHubParts = { world, webhooks, runs, oidc, faults, limits };
  const grants = new Grants();
  const control = new Control(parts, grants);

  const app = new Hono<Env>();
  app.onError((error) => {
    if (error instanceof GitHubError) {
      const { status, message, errors, headers } = error;
      const documentation = { documentation_url: "https://docs.github.com/rest", status: String(status) };
      return json(status, { message, ...(errors ? { errors } : {}), ...documentation }, headers);
    }
    process.stderr.write(`${error.stack}\n`);
    return json(500, { message: "Server Error" });
  });
  app.notFound(() =>
    json(404, { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" }),
  );
  controlRoutes(app, control);
  oidcRoutes(app, oidc);
  signInRoutes(app, parts, grants);
  app.use(restRules(parts));
  app.get("/rate_limit", (context) => {
    const headers = limits.headers(context.get("caller"));
    const core = {
      limit: Number(headers["x-ratelimit-limit"]),
      used: Number(headers["x-ratelimit-used"]),
      remaining: Number(headers["x-ratelimit-remaining"]),
      reset: Number(headers["x-ratelimit-reset"]),
    };
    return context.json({ resources: { core }, rate: core });
  });
  appRoutes(app, parts);
  userRoutes(app, parts);
  hookRoutes(app, parts);
  repositoryRoutes(app, parts);

  const server = serve({
    fetch: (request, env) => {
      const url = new URL(request.url);
      // Enterprise Server has its REST API under this prefix.
      if (!url.pathname.startsWith("/api/v3/")) return app.fetch(request, env as never);
      url.pathname = url.pathname.slice("/api/v3".length);
      return app.fetch(new Request(url, request), env as never);
    },
    hostname: "127.0.0.1",
    port: options.port ?? 0,
  });
  if (!server.listening) await once(server, "listening");
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
      await control.idle();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Faults, authentication and rate limits, before any REST route. */
function restRules({ world, faults, limits }: GitHubParts) {
  return async (context: Context<Env>, next: () => Promise<void>): Promise<Response | undefined> => {
    const { path, method } = context.req;
    const fault = faults.take("api", method, path);
    const delay = world.settings.latencyMs + (fault?.latency_ms ?? 0);
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    if (fault?.drop === "before") return cut(context);
    if (fault?.rate_limit) throw limited(fault, world.clock.now());
    if (fault?.status)
      return json(fault.status, (fault.body as object | undefined) ?? { message: "Injected" }, fault.headers);
    const caller = await authenticate(world, context.req.header("authorization"));
    context.set("caller", caller);
    const leave = limits.enter(caller, method, path);
    try {
      await next();
    } finally {
      leave();
    }
    for (const [name, value] of Object.entries(limits.headers(caller))) context.res.headers.set(name, value);
    return fault?.drop === "after" ? cut(context) : undefined;
  };
}

/** Breaks the connection under a request. */
function cut(context: Context): Response {
  ((context.env as HttpBindings).incoming as IncomingMessage).socket.destroy();
  return new Response(null);
}

function limited(fault: Fault, now: number): GitHubError {
  if (fault.rate_limit === "primary") {
    const reset = String(Math.ceil(now / 1000) + 60);
    return new GitHubError(403, "API rate limit exceeded.", {
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset, ...fault.headers },
    });
  }
  return new GitHubError(fault.status ?? 403, "You have exceeded a secondary rate limit.", {
    headers: { "retry-after": "60", ...fault.headers },
  });
}

function oidcRoutes(app: Hono<Env>, oidc: Oidc): void {
  app.get("/_services/token/.well-known/openid-configuration", (context) =>
    context.json({
      issuer: oidc.issuer,
      jwks_uri: `${oidc.issuer}/.well-known/jwks`,
      subject_types_supported: ["public", "pairwise"],
      response_types_supported: ["id_token"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid"],
    }),
  );
  app.get("/_services/token/.well-known/jwks", (context) => context.json(oidc.jwks()));
  app.get("/_services/token/request", async (context) => {
    const requestToken = /^bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    const value = await oidc.issue(requestToken, context.req.query("audience"));
    return value === null
      ? json(401, { message: "The job is not running, or its token is not good." })
      : json(200, { count: value.length, value });
  });
}
