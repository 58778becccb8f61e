import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { pino } from "pino";
import type { ApiDeps } from "../../app/deps.ts";
import type { DurableSettings } from "../../app/domain/records/subscription.ts";
import { GitHubClock } from "../../app/github/github-clock.ts";
import { webhookRoutes } from "../../app/http/webhooks/webhooks.ts";
import { apiDeps } from "../../app/main/api-deps.ts";
import { readConfig } from "../../app/main/config.ts";
import { loadProbot } from "../../app/main/load-probot.ts";
import { decideSubscription } from "../../app/steps/catalog/decide-subscription.ts";
import { disableTracking, enableConsumer, enableTracking } from "../../app/steps/catalog/enable-consumer.ts";
import { enableProvider } from "../../app/steps/catalog/enable-provider.ts";
import { createService } from "../../app/steps/catalog/save-service.ts";
import { requestSubscription } from "../../app/steps/catalog/subscribe.ts";
import { whitelistWorkflow } from "../../app/steps/catalog/whitelist-workflow.ts";
import { handleMessage } from "../../app/steps/jobs/handle-message.ts";
import type { Storage } from "../../app/store/ports.ts";
import type { QueueName } from "../../app/store/queues.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { type GitHubServer, startGitHub } from "../../fake-github/server.ts";
import { appSettings } from "../../harness/app-settings.ts";
import { startLocalAws } from "../../harness/local-aws.ts";
import { DEPLOY, WORKFLOW, workflowFile } from "../../harness/world.ts";
import { KnownEmpty } from "./known-empty.ts";
import { type Decide, Ended, type MortalStorage, mortal } from "./mortal.ts";
import { mortalAws } from "./mortal-aws.ts";
import { SimulatedTime } from "./time.ts";

/*
 * Zekt as on AWS, in simulated time: one process takes webhooks in, two work, and each may end at any request of the
 * one store that they share. GitHub is the fake one, over HTTP.
 */

/**
 * The way in which a consumer's runs are known: by inference, by their name, by the actions alone, or by the actions
 * beside completion tracking. Nobody waits for those of a default delivery.
 */
export type ConsumerKind = "plain" | "named" | "speaks" | "followed" | "default";

/** Returns whether a consumer's workflow uses the confirm action. */
export const confirms = (kind: ConsumerKind): boolean => kind === "speaks" || kind === "followed";

export interface Consumer {
  kind: ConsumerKind;
  fullName: string;
  repositoryId: string;
  subscriptionId: string;
}

/** One process of Zekt's. */
export interface ZektInstance {
  deps: ApiDeps;
  life: MortalStorage;
  fetch: (request: Request) => Response | Promise<Response>;
}

export interface SimulatedWorld {
  time: SimulatedTime;
  github: GitHubServer;
  /** The App's bot, which starts the runs of dispatches. */
  botLogin: string;
  provider: string;
  consumers: Consumer[];
  /** Runs the provider's workflow to success; returns the run's id once its webhooks are answered. */
  publish(): Promise<string>;
  /** The process that takes webhooks in and answers steps, and one of those that work; started anew where it has ended. */
  intake(): Promise<ZektInstance>;
  worker(index: number): Promise<ZektInstance>;
  /** A process whose requests all fare well, to see how things stand. */
  observer: ApiDeps;
  /** The number of processes that have ended. */
  ended(): number;
  /** Works what the queues have for each worker, until nothing is ready. */
  work(): Promise<void>;
  close(): Promise<void>;
}

export interface SimulationOptions {
  consumers: readonly ConsumerKind[];
  durable: DurableSettings;
  decide: Decide;
  workers: number;
  /** Permissions of the App beside those that it needs. */
  permissions?: Record<string, string>;
  /** Where Zekt stores; on one machine where it is left out. */
  on?: Platform;
  /** Returns the store that stands for a process's own, such as one that is watched. */
  around?: (storage: Storage) => Storage;
}

/** Opens what a process stores in. */
type OpenStore = (decide: Decide) => Promise<MortalStorage>;

/** Ways of storing: SQLite in memory, or what stands for DynamoDB, S3 and SQS. */
const PLATFORMS = {
  async machine(time: SimulatedTime) {
    const storage = openSqlite({ clock: { now: () => time.now(), monotonic: () => time.passed } });
    const open: OpenStore = async (decide) => mortal(storage, decide);
    return { open, close: () => storage.close() };
  },
  async aws(time: SimulatedTime) {
    const aws = await startLocalAws();
    const opened: Storage[] = [];
    const known = new KnownEmpty();
    const open: OpenStore = async (decide) => {
      const life = await mortalAws(aws, time, decide);
      opened.push(life.storage);
      const { fetch } = life;
      return {
        storage: known.over(life.storage, life),
        fetch,
        get isOver() {
          return life.isOver;
        },
      };
    };
    const close = async (): Promise<void> => {
      for (const storage of opened) await storage.close();
      await aws.close();
    };
    return { open, close };
  },
};
export type Platform = keyof typeof PLATFORMS;

const RUN_NAME = `run-name: "Deploy \${{ github.event.client_payload.zekt.deliveryId }}"\n`;
const deployFile = (kind: ConsumerKind): string => `name: Deploy
${kind === "named" ? RUN_NAME : ""}on:
  repository_dispatch:
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - ${confirms(kind) ? "uses: zekt/zekt/action/confirm@v1" : "run: echo hello"}
`;

/** Starts GitHub, Zekt's processes, a provider with one service, and its consumers. */
export async function startSimulation(options: SimulationOptions): Promise<SimulatedWorld> {
  const time = new SimulatedTime();
  const github = await startGitHub({ clock: time.github });
  const { control } = github;
  control.configure({ runWorkflows: false });
  control.createAccount({ login: "zekt-makers", type: "Organization" });
  const app = control.createApp({
    name: "zekt",
    owner: "zekt-makers",
    permissions: {
      contents: "write",
      actions: "read",
      repository_hooks: "write",
      checks: "write",
      ...options.permissions,
    },
    events: ["installation_target", "repository", "push"],
  });
  let answer: ZektInstance["fetch"] = () => new Response(null, { status: 503 });
  const server = serve({ fetch: (request) => answer(request), hostname: "127.0.0.1", port: 0 });
  if (!server.listening) await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    ...readConfig({
      ...appSettings(app),
      GITHUB_API_URL: github.url,
      GITHUB_OIDC_ISSUER: github.oidcIssuer,
      ZEKT_MASTER_KEY: "k".repeat(32),
      ZEKT_BREAKER_LIMIT: "1000",
    }),
    ZEKT_APP_SLUG: app.slug,
  };
  const log = pino({ level: process.env.SIMULATION_LOG ?? "silent" }, pino.destination(2));
  const store = await PLATFORMS[options.on ?? "machine"](time);
  const start = async (decide: Decide): Promise<ZektInstance> => {
    let isUp = false;
    const life = await store.open((kind, name) => (isUp ? decide(kind, name) : "done"));
    const storage = options.around?.(life.storage) ?? life.storage;
    const githubClock = new GitHubClock(time.zekt);
    const clocks = { clock: githubClock, githubClock };
    const wait = async (ms: number): Promise<void> => {
      if (life.isOver) throw new Ended("The process ended");
      await time.wait(ms);
    };
    const { fetch } = life;
    const deps = apiDeps({ config, log, storage, publicUrl: url, ...clocks, wait, fetch });
    await githubClock.ask();
    const routes = webhookRoutes(deps, app.webhook_secret, await loadProbot(deps, config, log));
    isUp = true;
    return { deps, life, fetch: (request) => routes.fetch(request) };
  };
  const observer = await start(() => "done");
  answer = observer.fetch;
  control.setAppWebhook(app.slug, `${url}/github/webhooks`);
  const bringOn = async (owner: string, files: Record<string, string>): Promise<string> => {
    control.createAccount({ login: owner, type: "Organization" });
    control.createRepository({ owner, name: "repo", files });
    await control.install({ app: app.slug, account: owner });
    await workAll([observer]);
    return String(control.repository(`${owner}/repo`).id);
  };
  /** Works what the queues have ready for processes, all of them at once. */
  const workAll = async (instances: readonly ZektInstance[]): Promise<void> => {
    for (let idle = false; !idle; ) {
      await control.idle();
      const counts = await Promise.all(
        instances.flatMap((one) => QUEUES.map((queue) => workBatch(one, queue))),
      );
      idle = counts.every((count) => count === 0);
    }
  };
  const { deps } = observer;
  const provider = await bringOn("acme", { [WORKFLOW]: workflowFile("Release") });
  await enableProvider(deps, provider, "mona");
  await whitelistWorkflow(deps, { repositoryId: provider, path: WORKFLOW, by: "mona" });
  const offer = { slug: "s", workflow: WORKFLOW, visibility: "public" } as const;
  const { serviceId } = await createService(deps, provider, offer, "mona");
  const consumers: Consumer[] = [];
  for (const [index, kind] of options.consumers.entries()) {
    const owner = `${kind}-${index}`;
    const repositoryId = await bringOn(owner, { [DEPLOY]: deployFile(kind) });
    await enableConsumer(deps, repositoryId, "mona");
    await enableTracking(deps, repositoryId, "mona");
    const durable = kind === "default" ? null : options.durable;
    const wish = { service: serviceId, durable };
    const { subscriptionId } = await requestSubscription(deps, repositoryId, wish, "mona");
    await decideSubscription(deps, subscriptionId, "approved", "mona");
    // Of these the actions alone tell, or nothing does.
    if (kind === "speaks" || kind === "default") await disableTracking(deps, repositoryId, "mona", "keep");
    const confirmedAt = new Date(time.now()).toISOString();
    if (kind === "speaks") await deps.store.accounts.setRepository({ repositoryId, confirmedAt });
    consumers.push({ kind, fullName: `${owner}/repo`, repositoryId, subscriptionId });
  }
  await workAll([observer]);

  const instances: ZektInstance[] = [];
  let ended = 0;
  const instance = async (index: number): Promise<ZektInstance> => {
    const standing = instances[index];
    if (standing && !standing.life.isOver) return standing;
    if (standing) ended += 1;
    const started = await start(options.decide);
    instances[index] = started;
    return started;
  };
  const world: SimulatedWorld = {
    time,
    github,
    botLogin: `${app.slug}[bot]`,
    provider,
    consumers,
    observer: deps,
    async publish() {
      const run = await control.startRun({ repository: "acme/repo", workflow: WORKFLOW });
      await control.completeRun(run.id, "success");
      return String(run.id);
    },
    intake: () => instance(options.workers),
    worker: (index) => instance(index),
    ended: () => ended,
    async work() {
      const workers = await Promise.all(Array.from({ length: options.workers }, (_, n) => instance(n)));
      await workAll(workers);
    },
    async close() {
      time.end();
      await github.close();
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await store.close();
    },
  };
  answer = async (request) => (await world.intake()).fetch(request);
  return world;

  async function workBatch({ deps: by, life }: ZektInstance, name: QueueName): Promise<number> {
    const queue = life.storage.queue(name);
    try {
      const messages = await queue.receive(10);
      const done = await Promise.all(
        messages.map(async (message) => {
          try {
            await handleMessage(by, name, message.body);
            return [message];
          } catch (error) {
            if (!(error instanceof Ended))
              by.log.error({ event: "queue-message.failed", err: error, queue: name }, "Message failed");
            return [];
          }
        }),
      );
      await queue.remove(done.flat());
      return messages.length;
    } catch {
      // Received again once its visibility timeout is over.
      return 0;
    }
  }
}

const QUEUES = ["routing", "delivery"] as const satisfies readonly QueueName[];
