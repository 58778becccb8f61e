import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readConfig } from "../../app/main/config.ts";
import { renewingFetch } from "../../app/main/renewing-fetch.ts";
import { listen, startServer } from "../../app/main/start-server.ts";
import { endProfile, startProfile } from "../support/profiler.ts";
import { serveCalls } from "../support/worker.ts";

// Zekt as `npm start` runs it: one process, its store on the disk, each write made to last (fsync).
const dataDir = mkdtempSync(join(tmpdir(), "zekt-bench-"));
process.on("exit", () => rmSync(dataDir, { recursive: true, force: true }));
const config = readConfig({ ...process.env, ZEKT_DATA_DIR: dataDir });
const listener = await listen("127.0.0.1", config.PORT);
const server = await startServer(config, listener, {
  log: pino({ level: "silent" }),
  fetch: renewingFetch(),
});
const { store } = server.deps;

const calls = {
  url: () => server.url,
  /** Which of these runs are stored as events. */
  async stored(repositoryId: string, runIds: string[]): Promise<number> {
    let found = 0;
    for (const runId of runIds) found += (await store.runs.load({ repositoryId, runId })).events.length;
    return found;
  },
  /** Deliveries of a subscription, as they are stored. */
  async outcomes(subscriptionId: string) {
    const { items } = await store.deliveries.list("subscription", subscriptionId, { limit: 1000 });
    return items.map(({ correlationId, status, attempts }) => ({
      correlationId,
      status,
      attempts: attempts.length,
    }));
  },
  /** Messages that wait or are at work. */
  async queued(): Promise<number> {
    let sum = 0;
    for (const name of ["routing", "delivery"] as const) {
      const { ready, working } = await server.storage.queue(name).count();
      sum += ready + working;
    }
    return sum;
  },
  /** Stores so many copies of a subscription, each of another consumer to another service. */
  async addSubscriptions(subscriptionId: string, count: number): Promise<void> {
    const original = await store.catalog.findSubscription(subscriptionId);
    if (!original) throw new Error(`There is no subscription ${subscriptionId}.`);
    const add = async (): Promise<void> => {
      while (count-- > 0)
        await store.catalog.addSubscription({
          ...original,
          subscriptionId: crypto.randomUUID(),
          serviceId: crypto.randomUUID(),
          providerRepositoryId: crypto.randomUUID(),
          repositoryId: crypto.randomUUID(),
          ownerId: crypto.randomUUID(),
        });
    };
    // Many at a time, since those that come together are fsynced together.
    await Promise.all(Array.from({ length: 200 }, add));
  },
  /** The resident memory of this process, in bytes. */
  memory: () => process.memoryUsage().rss,
  startProfile,
  endProfile,
  cpuMs: () => (process.cpuUsage().user + process.cpuUsage().system) / 1000,
};
export type ZektCalls = typeof calls;
serveCalls(calls);
