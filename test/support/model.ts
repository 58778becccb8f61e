import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiDeps } from "../../app/deps.ts";
import type { Clock } from "../../app/domain/clock.ts";
import { SecretIds } from "../../app/domain/ids.ts";
import type { DeliveryStatus } from "../../app/domain/records/delivery.ts";
import type { RunAttempt } from "../../app/domain/records/run.ts";
import type { Service } from "../../app/domain/records/service.ts";
import type { Subscription } from "../../app/domain/records/subscription.ts";
import { GitHub } from "../../app/github/client.ts";
import { deliver } from "../../app/steps/delivery/deliver.ts";
import { route } from "../../app/steps/intake/route.ts";
import { Jobs } from "../../app/store/jobs.ts";
import type { Storage } from "../../app/store/ports.ts";
import type { DeliveryJob, Queues } from "../../app/store/queues.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore, type Store } from "../../app/store/store.ts";
import { silent } from "../../harness/world.ts";
import { aroundTables, WRITES } from "./around-tables.ts";
import { saveRepository } from "./save-account.ts";

/*
 * What models of the steps share: a store whose writes may be cut off and whose indexes lag, queues that
 * hand jobs out in any order and twice, and chance that is the same for the same seed.
 */

/** Cuts a step off: the write after so many fails, as if the process had ended there. */
export class Crash extends Error {}

/** The random choices of a model. */
export const chance = {
  /** Numbers from 0 to 1. */
  random: Math.random as () => number,
  /** The share of an index's entries that a query does not find yet. */
  lag: 0,
  /** Writes until a step is cut off. */
  writesLeft: Number.POSITIVE_INFINITY,
};

/** The order of a delivery's statuses: it never moves to a lower one. */
export const RANK: Record<DeliveryStatus, number> = {
  Pending: 0,
  Dispatched: 1,
  Confirmed: 2,
  Completed: 3,
  Failed: 3,
};

export const pick = <T>(from: T[]): T => from.splice(Math.floor(chance.random() * from.length), 1)[0] as T;

/** A store whose writes end where `chance` says, and whose indexes do not know everything yet. */
export const openFragileStorage = (): Storage =>
  aroundTables(openSqlite(), async ({ method, index }, go) => {
    if (WRITES.includes(method) && chance.writesLeft-- <= 0) throw new Crash();
    const answer = await go();
    if (index === undefined) return answer;
    const known = (items: unknown[]): unknown[] => items.filter(() => chance.random() >= chance.lag);
    if (method === "all") return known(answer as unknown[]);
    const page = answer as { items: unknown[] };
    return { ...page, items: known(page.items) };
  });

/** Returns whether a crash ended a step, all of whose parts it ended. */
const isCrash = (error: unknown): boolean =>
  error instanceof Crash || (error instanceof AggregateError && error.errors.every(isCrash));

/** Tries a step; true where it ended, false where it was cut off. */
export async function attempt(step: () => Promise<unknown>, crashAfter: number | null): Promise<boolean> {
  chance.writesLeft = crashAfter ?? Number.POSITIVE_INFINITY;
  try {
    await step();
    return true;
  } catch (error) {
    if (!isCrash(error)) throw error;
    return false;
  } finally {
    chance.writesLeft = Number.POSITIVE_INFINITY;
  }
}

/** Queues that hold their jobs in memory and hand them out in any order, once their delay is over. */
export class AnyOrder {
  readonly #clock: Clock;
  readonly #jobs: { at: number; work: (deps: ApiDeps) => Promise<void> }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async enqueueRouting(jobs: readonly RunAttempt[]): Promise<void> {
    for (const { repositoryId, runId, runAttempt } of jobs) {
      this.#jobs.push({ at: 0, work: (deps) => route(deps, { repositoryId, runId, runAttempt }) });
    }
  }

  async enqueueDeliveries(jobs: readonly (DeliveryJob & { delaySeconds?: number })[]): Promise<void> {
    for (const { delaySeconds = 0, ...job } of jobs) {
      this.#jobs.push({ at: this.#clock.now() + delaySeconds * 1000, work: (deps) => deliver(deps, job) });
    }
  }

  /** Works on any job that may be; one that was cut off, and now and then any, comes again. False where there is none. */
  async workOne(deps: ApiDeps, crashAfter: number | null): Promise<boolean> {
    const ready = this.#jobs.filter(({ at }) => at <= this.#clock.now());
    if (ready.length === 0) return false;
    const job = ready[Math.floor(chance.random() * ready.length)] as (typeof ready)[number];
    const done = await attempt(() => job.work(deps), crashAfter);
    if (done && chance.random() > 0.15) this.#jobs.splice(this.#jobs.indexOf(job), 1);
    return true;
  }
}

/** The answer of a plain GitHub; `drop` breaks the connection instead. */
export type PlainAnswer = { status: number; headers?: Record<string, string>; body?: unknown } | "drop";

/** A GitHub that gives tokens, and answers all other requests as `answer` says. */
export async function startPlainGitHub(
  answer: (request: IncomingMessage, body: string) => PlainAnswer | Promise<PlainAnswer>,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", async () => {
      if (request.url?.endsWith("/access_tokens")) {
        response.setHeader("content-type", "application/json");
        response.statusCode = 201;
        response.end(
          JSON.stringify({
            token: "ghs_x",
            expires_at: "2099-01-01T00:00:00Z",
            permissions: {},
            repositories: [],
          }),
        );
        return;
      }
      const given = await answer(request, text);
      if (given === "drop") {
        response.destroy();
        return;
      }
      response.writeHead(given.status, { "content-type": "application/json", ...given.headers });
      response.end(given.body === undefined ? undefined : JSON.stringify(given.body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export const PATH = ".github/workflows/a.yml";

/** A provider and its consumers, and the steps' world around them. */
export interface Setting {
  deps: ApiDeps;
  queues: AnyOrder;
  storage: Storage;
  clock: Clock & { at: number };
  repositoryId: string;
  consumers: string[];
}

/** The parts of a store that enqueue, with these queues. */
export const queuesAndJobs = (storage: Storage, clock: Clock, queues: object) => ({
  queues: queues as Queues,
  jobs: new Jobs(storage.table("jobs", clock), clock, queues as Queues),
});

let nextId = 1000;
let key: string;

/** A provider and its consumers, with ids of their own so that runs of the model do not meet. */
export async function setModel(
  storage: Storage,
  apiUrl: string,
  subscriptions: readonly Partial<Subscription>[],
): Promise<Setting> {
  const { generateKeyPairSync } = await import("node:crypto");
  key ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey;
  const clock = { at: Date.now(), now: () => clock.at };
  const queues = new AnyOrder(clock);
  // Budgets have tests of their own; here they would only stretch time.
  const budget = { perMinute: 1_000_000, perHour: 1_000_000 };
  const store: Store = { ...openStore(storage, clock, budget), ...queuesAndJobs(storage, clock, queues) };
  const repositoryId = String(nextId++);
  const base = { installationId: "1", reachable: true, ownerId: "1" };
  const provider = { repositoryId, fullName: `acme/r${repositoryId}`, provider: true };
  await saveRepository(store.accounts, { ...base, ...provider });
  await store.catalog.addWorkflow({ repositoryId, path: PATH, addedAt: "", addedBy: "" });
  const serviceId = `service-${repositoryId}`;
  await store.catalog.addService({
    serviceId,
    repositoryId,
    ownerId: "1",
    slug: "s",
    workflow: PATH,
    alias: null,
    published: true,
    visibility: "public",
    eventTypes: [],
    branches: [],
    conclusions: [],
    forks: false,
    runFields: null,
  } as unknown as Service);
  const consumers: string[] = [];
  for (const subscription of subscriptions) {
    const consumer = String(nextId++);
    consumers.push(consumer);
    const fullName = `consumer/r${consumer}`;
    await saveRepository(store.accounts, { ...base, repositoryId: consumer, fullName, consumer: true });
    await store.catalog.putSubscription({
      subscriptionId: `subscription-${consumer}`,
      serviceId,
      providerRepositoryId: repositoryId,
      repositoryId: consumer,
      ownerId: "1",
      workflow: null,
      eventTypes: [],
      status: "approved",
      durable: null,
      ...subscription,
    } as Subscription);
  }
  const deps = {
    settings: { publicUrl: "", botLogin: "zekt[bot]", breakerLimit: 1000, soleWorker: null },
    clock,
    log: silent,
    store,
    github: new GitHub({ apiUrl, appId: "1", privateKey: key }, { now: () => clock.at }),
    workflowTypes: new Map(),
    failedWebhooks: new Set(),
    ids: new SecretIds("k".repeat(32)),
  } as unknown as ApiDeps;
  return { deps, queues, storage, clock, repositoryId, consumers };
}

/** A run's webhook as it comes in. */
export const completedWebhook = (repositoryId: string, runAttempt: number, runId = 7) =>
  ({
    action: "completed",
    workflow_run: {
      id: runId,
      run_attempt: runAttempt,
      path: PATH,
      event: "push",
      conclusion: "success",
      head_branch: "main",
      display_title: "t",
      updated_at: "2026-01-01T00:00:00Z",
      head_repository: { id: Number(repositoryId) },
      actor: { login: "a" },
    },
    repository: { id: Number(repositoryId), owner: { id: 1 } },
  }) as never;
