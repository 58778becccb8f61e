import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { ApiDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import type { Counts } from "../../domain/records/meter-fact.ts";
import { withLogContext } from "../../log/context.ts";
import { isDurableWork, withWork } from "../../steps/delivery/durable-work.ts";
import type { Env } from "./env.ts";

const OK = 200;
const NOT_MODIFIED = 304;

/**
 * Gives each request an id, writes one log line of it once it is answered, and counts it for the owner it concerned.
 * The reads of a signed-in browser are not counted. Bodies, queries and tokens are never logged. Polls are
 * for `debug`.
 */
export const logRequests =
  (deps: ApiDeps): MiddlewareHandler<Env> =>
  async (context, next) => {
    const startedAt = performance.now();
    const requestId = randomUUID();
    context.set("requestId", requestId);
    context.set("about", {});
    const durable = await withLogContext({ requestId }, () =>
      withWork(async () => {
        await next();
        return isDurableWork();
      }),
    );
    context.header("x-request-id", requestId);
    const ms = Math.round(performance.now() - startedAt);
    const { method } = context.req;
    const { status } = context.res;
    // A client that names what it has already asks again and again.
    const isPoll =
      status === NOT_MODIFIED || (status === OK && context.req.header("if-none-match") !== undefined);
    deps.log[isPoll ? "debug" : "info"](
      {
        ...context.get("about"),
        event: "request.answered",
        requestId,
        method,
        route: routePath(context, -1),
        status,
        ms,
      },
      "Request answered",
    );
    const ownerId = context.get("ownerId");
    // A tab that shows what is stored is no use of the API.
    const isShown = context.get("session") != null && method === "GET";
    if (ownerId !== undefined && !isShown)
      await count(deps, ownerId, requestId, {
        apiCalls: 1,
        runMs: ms,
        ...(durable ? { durableRunMs: ms } : {}),
      });
  };

/** Counts a call; that it cannot be counted is no reason not to answer it. */
async function count(deps: ApiDeps, ownerId: string, requestId: string, counts: Counts): Promise<void> {
  try {
    await deps.store.meters.record([
      { scope: `owner#${ownerId}`, factId: requestId, at: iso(deps.clock.now()), counts },
    ]);
  } catch (error) {
    deps.log.warn({ event: "request.uncounted", err: error, requestId }, "Request was not counted");
  }
}
