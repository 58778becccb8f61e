import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PgBoss } from "pg-boss";
import { createNodeMiddleware, createProbot, type Probot } from "probot";
import { serveCalls } from "../support/worker.ts";
import { dispatchBody, Octokit, type Target, targetsOf } from "./dispatching.ts";

interface Job {
  target: Target;
  run: Record<string, unknown>;
}

/** As many dispatches at once as Zekt's own worker has. */
const CONCURRENCY = 64;
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

const app = (probot: Probot): void => {
  probot.on("workflow_run.completed", async ({ payload }) => {
    const run = payload.workflow_run as unknown as Record<string, unknown>;
    await boss.insert(
      QUEUE,
      (targets.get(payload.repository.id) ?? []).map((target) => ({ data: { target, run } satisfies Job })),
    );
  });
};

const probot = createProbot({
  overrides: {
    appId: process.env.APP_ID as string,
    privateKey: process.env.PRIVATE_KEY as string,
    secret: process.env.WEBHOOK_SECRET as string,
    baseUrl: process.env.GITHUB_API_URL as string,
    Octokit,
    logLevel: "fatal",
  },
});
const server = createServer(await createNodeMiddleware(app, { probot, webhooksPath: "/github/webhooks" }));
await boss.work<Job>(
  QUEUE,
  {
    localConcurrency: CONCURRENCY,
    batchSize: 1,
    pollingIntervalSeconds: 0.5,
    notifyPollingIntervalSeconds: 0.5,
  },
  async ([job]) => {
    if (!job) return;
    const { target, run } = job.data;
    const octokit = await probot.auth(target.installationId);
    const [owner = "", repo = ""] = target.fullName.split("/");
    await octokit.request("POST /repos/{owner}/{repo}/dispatches", {
      owner,
      repo,
      ...dispatchBody(run, job.id),
    });
  },
);
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const calls = {
  url: () => url,
  /** Jobs that are not done. */
  async queued(): Promise<number> {
    const stats = (await boss.getQueueStats(QUEUE)) as unknown as {
      queuedCount: number;
      activeCount: number;
    };
    return stats.queuedCount + stats.activeCount;
  },
};
export type PgBossCalls = typeof calls;
serveCalls(calls);
