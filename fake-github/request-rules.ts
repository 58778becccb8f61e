import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler, Next } from "hono";
import { authenticate, type Caller } from "./auth.ts";
import type { Env, GitHubParts } from "./context.ts";
import { errorResponse, GitHubError } from "./errors.ts";
import { type Fault, presentHeaders } from "./faults.ts";
import { ABUSE_MESSAGE, quotaOf, SECONDARY_MESSAGE } from "./rate-limits.ts";
import { narrowingOf } from "./request-log.ts";
import type { Settings } from "./settings.ts";

/**
 * The headers that announce a version's end.
 * https://docs.github.com/en/rest/about-the-rest-api/api-versions#api-version-closing-down
 */
const ENDS = { deprecation: "Wed, 10 Mar 2027 07:00:00 GMT", sunset: "Fri, 10 Mar 2028 07:00:00 GMT" };

/**
 * Applies faults and delays to any request but the control API's. A request is under way for as long as it is delayed:
 * one too many of its caller's is refused when it comes.
 */
export function faultRules(parts: GitHubParts): MiddlewareHandler<Env> {
  const apply = applyFault(parts);
  return async (context, next) => {
    const { path } = context.req;
    if (path === "/_control" || path.startsWith("/_control/")) return await next();
    const authorization = context.req.header("authorization");
    // Whose credentials are refused later on is nobody's here.
    const caller = authorization && (await authenticate(parts.world, authorization).catch(() => null));
    if (!caller) return await apply(context, next);
    const end = parts.limits.begin(caller);
    if (end !== null) return await apply(context, next).finally(end);
    context.set("isCrowded", true);
    return await next();
  };
}

function applyFault({ world, faults }: GitHubParts) {
  return async (context: Context, next: Next): Promise<Response | undefined> => {
    const { method, url } = context.req;
    const fault = faults.take("api", method, url);
    const delay = world.settings.latencyMs + (fault?.latency_ms ?? 0);
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    if (fault?.drop === "before") return cut(context);
    const date = { date: new Date(world.clock.now()).toUTCString() };
    const answer = fault && answerOf(fault, world.clock.now(), date);
    if (answer && fault.drop !== "after")
      return fault.drop === "within" ? await cutWithin(context, answer) : answer;
    await next();
    if (answer) {
      // What a gateway answers in GitHub's place says nothing of what GitHub did.
      context.res = undefined;
      context.res = answer;
      return;
    }
    for (const [name, value] of Object.entries(date)) context.res.headers.set(name, value);
    if (fault?.drop === "after") return cut(context);
    return fault?.drop === "within" ? await cutWithin(context, context.res) : undefined;
  };
}

/** Sends the head of an answer and the first half of its body, and then breaks the connection. */
async function cutWithin(context: Context, answer: Response): Promise<Response> {
  const { status, headers } = answer;
  const whole = Buffer.from(await answer.clone().arrayBuffer());
  const sent = { ...Object.fromEntries(headers), "content-length": String(whole.length) };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`HTTP/1.1 ${status} \r\n${lines.join("")}\r\n`);
  const part = Buffer.concat([head, whole.subarray(0, whole.length / 2)]);
  await new Promise<unknown>((resolve) => socketOf(context).write(part, resolve));
  return cut(context);
}

const socketOf = (context: Context) => ((context.env as HttpBindings).incoming as IncomingMessage).socket;

/** Breaks the connection under a request. */
function cut(context: Context): Response {
  socketOf(context).destroy();
  return new Response(null);
}

/** The answer that a fault gives in GitHub's place; null where it gives none. */
function answerOf(fault: Fault, now: number, date: Record<string, string>): Response | null {
  if (fault.rate_limit) return limited(fault, now, date);
  if (!fault.status) return null;
  const { body = { message: "Injected" } } = fault;
  const isPage = typeof body === "string" && fault.headers?.["content-type"] !== undefined;
  const bodiless = fault.status === 204 || fault.status === 304;
  return new Response(bodiless ? null : isPage ? body : JSON.stringify(body), {
    status: fault.status,
    headers: presentHeaders({ "content-type": "application/json; charset=utf-8", ...date, ...fault.headers }),
  });
}

const LIMIT_MESSAGES = {
  primary: "API rate limit exceeded.",
  secondary: SECONDARY_MESSAGE,
  abuse: ABUSE_MESSAGE,
} as const;

function limited(fault: Fault, now: number, date: Record<string, string>): Response {
  const kind = fault.rate_limit as keyof typeof LIMIT_MESSAGES;
  const advice: Record<string, string> = {
    primary: {
      "x-ratelimit-limit": "5000",
      "x-ratelimit-used": "5000",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Math.ceil(now / 1000) + 60),
      "x-ratelimit-resource": "core",
    },
    secondary: { "retry-after": "60" },
    abuse: {},
  }[kind];
  const headers = presentHeaders({ ...date, ...advice, ...fault.headers });
  return errorResponse(new GitHubError(fault.status ?? 403, LIMIT_MESSAGES[kind], { headers }));
}

/** Applies the rules that all REST routes share: a named client, a known version, authentication, limits, a log. */
export function restRules(parts: GitHubParts): MiddlewareHandler<Env> {
  const { world, limits, requests } = parts;
  return async (context, next) => {
    const { method, path } = context.req;
    let caller: Caller = { kind: "nobody" };
    try {
      checkClient(context, world.settings);
      limits.checkLogins();
      caller = await authenticate(world, context.req.header("authorization")).catch((error: unknown) => {
        if (error instanceof GitHubError && error.status === 401) limits.countFailedLogin();
        throw error;
      });
      context.set("caller", caller);
      if (context.get("isCrowded")) limits.refuseCrowd();
      limits.enter(caller, method, path);
      await next();
    } catch (error) {
      context.res = errorResponse(error);
    }
    for (const [name, value] of Object.entries(limits.headers(caller))) context.res.headers.set(name, value);
    context.res.headers.set("x-github-request-id", randomUUID());
    context.res.headers.set("x-github-media-type", "github.v3; format=json");
    const version = versionOf(context, world.settings);
    context.res.headers.set("x-github-api-version-selected", version);
    if (world.settings.endingVersions.includes(version)) {
      for (const [name, moment] of Object.entries(ENDS)) context.res.headers.set(name, moment);
    }
    const { status } = context.res;
    const quota = quotaOf(caller);
    const at = world.clock.now();
    const api_version = context.req.header("x-github-api-version") ?? null;
    requests.add({ at, method, path, status, api_version, as: caller.kind, quota, ...narrowingOf(caller) });
  };
}

/** https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent, https://docs.github.com/en/rest/about-the-rest-api/api-versions */
function checkClient(context: Context, settings: Settings): void {
  if (!context.req.header("user-agent")) {
    throw new GitHubError(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
    );
  }
  const version = versionOf(context, settings);
  if (settings.endedVersions.includes(version))
    throw new GitHubError(410, "This API version is no longer supported.");
  if (!settings.apiVersions.includes(version)) {
    // Its `errors` is a text here, where elsewhere it is a list.
    throw new GitHubError(400, "The version you specified is not a supported version.", { errors: version });
  }
}

/** Returns the API version by which a request is answered: of one that names none, the oldest that has not ended. */
export const versionOf = (context: Context, { apiVersions, endedVersions }: Settings): string =>
  context.req.header("x-github-api-version") ??
  apiVersions.find((version) => !endedVersions.includes(version)) ??
  "";
