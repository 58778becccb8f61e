import { PgBoss } from "pg-boss";
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

// The same fan-out made durable by PostgreSQL: a job each delivery, workers that dispatch them, woken by NOTIFY.
const boss = new PgBoss({
  connectionString: process.env.DATABASE_URL as string,
  useListenNotify: true,
  max: 20,
});
boss.on("error", () => {});
await boss.start();
await boss.createQueue(QUEUE, { notify: true, retryLimit: 7, retryDelay: 2, retryBackoff: true });
const targets = targetsOf();
const probot = probotOf();
await boss.work<Job>(
  QUEUE,
  {
    localConcurrency: CONCURRENCY,
    batchSize: 1,
    pollingIntervalSeconds: 0.5,
    notifyPollingIntervalSeconds: 0.5,
  },
  async ([job]) => {
    if (job) await dispatch(probot, job.data.target, job.data.run, job.id);
  },
);
const url = await serveProbot(probot, (app) => {
  app.on("workflow_run.completed", async ({ payload }) => {
    const run = payload.workflow_run as unknown as Record<string, unknown>;
    await boss.insert(
      QUEUE,
      (targets.get(payload.repository.id) ?? []).map((target) => ({ data: { target, run } satisfies Job })),
    );
  });
});

const calls = {
  url: () => url,
  /** Jobs that are not done. */
  async queued(): Promise<number> {
    const [stats] = await boss.getQueueStats(QUEUE);
    return (stats?.queuedCount ?? 0) + (stats?.activeCount ?? 0);
  },
  /** The resident memory of this process, in bytes. */
  memory: () => process.memoryUsage().rss,
};
export type PgBossCalls = typeof calls;
serveCalls(calls);
