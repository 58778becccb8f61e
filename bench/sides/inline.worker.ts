import { randomUUID } from "node:crypto";
import { serveCalls } from "../support/worker.ts";
import { type Target, targetsOf } from "./dispatching.ts";
import { dispatch, probotOf, serveProbot } from "./probot-router.ts";

// The router that teams write today: a Probot handler that dispatches to every consumer inline.
const parallel = process.env.MODE === "parallel";
const targets = targetsOf();
let failed = 0;
let underWay = 0;

const probot = probotOf();
const url = await serveProbot(probot, (app) => {
  app.on("workflow_run.completed", async ({ payload }) => {
    const run = payload.workflow_run as unknown as Record<string, unknown>;
    // One that fails is not to keep the others from theirs.
    const attempt = async (target: Target): Promise<void> => {
      underWay += 1;
      await dispatch(probot, target, run, randomUUID()).catch(() => void failed++);
      underWay -= 1;
    };
    const all = targets.get(payload.repository.id) ?? [];
    if (parallel) await Promise.all(all.map(attempt));
    else for (const target of all) await attempt(target);
  });
});

const calls = {
  url: () => url,
  failed: () => failed,
  /** Dispatches that are under way: nothing else waits. */
  queued: () => underWay,
  /** The resident memory of this process, in bytes. */
  memory: () => process.memoryUsage().rss,
};
export type InlineCalls = typeof calls;
serveCalls(calls);
