import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { serveCalls } from "../support/worker.ts";
import { type Target, targetsOf } from "./dispatching.ts";
import { dispatch, probotOf, serveProbot } from "./probot-router.ts";

interface Job {
  target: Target;
  run: Record<string, unknown>;
}

/** Dispatches at once: with fewer it carries less, and with more not more. */
const CONCURRENCY = 512;
const QUEUE = "dispatches";

// The same fan-out made durable by Redis: a job each delivery, and a worker that dispatches them.
const connection = new Redis(Number(process.env.REDIS_PORT), "127.0.0.1", { maxRetriesPerRequest: null });
const queue = new Queue<Job>(QUEUE, {
  connection,
  defaultJobOptions: {
    attempts: 8,
    backoff: { type: "exponential", delay: 2000 },
    removeOnComplete: true,
  },
});
const targets = targetsOf();
const probot = probotOf();
const worker = new Worker<Job>(
  QUEUE,
  async ({ id = "", data: { target, run } }) => await dispatch(probot, target, run, id),
  { connection, concurrency: CONCURRENCY },
);
worker.on("error", () => {});
await worker.waitUntilReady();
const url = await serveProbot(probot, (app) => {
  app.on("workflow_run.completed", async ({ payload }) => {
    const run = payload.workflow_run as unknown as Record<string, unknown>;
    await queue.addBulk(
      (targets.get(payload.repository.id) ?? []).map((target) => ({
        name: "dispatch",
        data: { target, run },
      })),
    );
  });
});

const calls = {
  url: () => url,
  /** Jobs that are not done. */
  queued: async (): Promise<number> => await queue.getJobCountByTypes("waiting", "active", "delayed"),
  /** The resident memory of this process, in bytes. */
  memory: () => process.memoryUsage().rss,
};
export type BullMqCalls = typeof calls;
serveCalls(calls);
