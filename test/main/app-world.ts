import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { sign } from "@octokit/webhooks-methods";
import { type Logger, pino } from "pino";
import type { ApiDeps } from "../../app/deps.ts";
import type { Account } from "../../app/domain/records/account.ts";
import type { Repository } from "../../app/domain/records/repository.ts";
import { webhookRoutes } from "../../app/http/webhooks/webhooks.ts";
import { apiDeps } from "../../app/main/api-deps.ts";
import { type Config, readConfig } from "../../app/main/config.ts";
import { loadProbot } from "../../app/main/load-probot.ts";
import { decideSubscription } from "../../app/steps/catalog/decide-subscription.ts";
import { enableConsumer } from "../../app/steps/catalog/enable-consumer.ts";
import { enableProvider } from "../../app/steps/catalog/enable-provider.ts";
import { createService } from "../../app/steps/catalog/save-service.ts";
import { requestSubscription } from "../../app/steps/catalog/subscribe.ts";
import { whitelistWorkflow } from "../../app/steps/catalog/whitelist-workflow.ts";
import { receive } from "../../app/steps/intake/receive.ts";
import { handleMessage } from "../../app/steps/jobs/handle-message.ts";
import type { Storage } from "../../app/store/ports.ts";
import type { QueueName } from "../../app/store/queues.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { type GitHubServer, startGitHub } from "../../fake-github/server.ts";
import { appSettings } from "../../harness/app-settings.ts";

export const WORKFLOW = ".github/workflows/release.yml";
const WORKFLOW_TEXT = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n";
const PERMISSIONS = {
  contents: "write",
  actions: "read",
  repository_hooks: "write",
  checks: "write",
  members: "read",
} as const;
/** Between two tries of a request to GitHub a test waits a twentieth of the time. */
const FASTER = 20;
const KEYS: Record<number, string> = { 1: "a".repeat(32), 2: "b".repeat(32) };

export interface WebhookWish {
  path: string;
  event: string;
  payload: unknown;
  secret?: string | null;
  headers?: Record<string, string>;
}

/** Zekt's webhooks on a real port beside a GitHub that sends them; its queue is worked when told. */
export interface AppWorld {
  deps: ApiDeps;
  storage: Storage;
  github: GitHubServer;
  url: string;
  appSecret: string;
  /** Everything logged, a line each. */
  log: string[];
  /** Passes time, in milliseconds. */
  pass(ms: number): void;
  /** Sets the version of the newest master key. */
  rotateTo(version: number): void;
  /** Works the queues, and what that puts into them, until they are empty. */
  settle(): Promise<void>;
  /** Makes an organisation with repositories, without the App. */
  organisation(login: string, ...names: string[]): void;
  /** Installs the App and settles; answers the installation's id. */
  install(login: string, repositories?: "all" | string[]): Promise<number>;
  repository(fullName: string): Promise<Repository>;
  repositoryId(fullName: string): string;
  /** The id of a repository's owner. */
  ownerId(fullName: string): string;
  account(login: string): Promise<Account | null>;
  /** Posts a webhook as GitHub would; `secret` null leaves it unsigned. */
  post(wish: WebhookWish): Promise<Response>;
  close(): Promise<void>;
}

let pairs = 0;

/** A provider and two consumers of owners of their own: one approved, one that waits. */
export interface Pair {
  provider: string;
  consumer: string;
  service: string;
  /** The approved subscription's id, and the one that waits. */
  subscription: string;
  requested: string;
}

/** Makes a provider with a service, and somebody who subscribed to it. */
export async function subscribed(world: AppWorld): Promise<Pair> {
  const n = ++pairs;
  const [provider, consumer, waiting] = ["provider", "consumer", "waiting"].map((kind) => `${kind}-${n}`);
  const bringOn = async (name = ""): Promise<string> => {
    world.organisation(name, name);
    await world.install(name);
    return world.repositoryId(`${name}/${name}`);
  };
  const { deps } = world;
  const repositoryId = await bringOn(provider);
  await enableProvider(deps, repositoryId, "mona");
  await whitelistWorkflow(deps, { repositoryId, path: WORKFLOW, by: "mona" });
  const { serviceId } = await createService(
    deps,
    repositoryId,
    { slug: "releases", workflow: WORKFLOW, visibility: "public" },
    "mona",
  );
  const ask = async (name: string | undefined): Promise<string> => {
    const id = await bringOn(name);
    await enableConsumer(deps, id, "hubot");
    return (await requestSubscription(deps, id, { service: serviceId }, "hubot")).subscriptionId;
  };
  const subscription = await ask(consumer);
  await decideSubscription(deps, subscription, "approved", "mona");
  const requested = await ask(waiting);
  await world.settle();
  return {
    provider: `${provider}/${provider}`,
    consumer: `${consumer}/${consumer}`,
    service: serviceId,
    subscription,
    requested,
  };
}

/** Starts a world for the tests of the App, its webhooks and the steps behind them. */
export async function startAppWorld({
  storage = openSqlite(),
  ...options
}: {
  maxBodyBytes?: number;
  storage?: Storage;
} = {}): Promise<AppWorld> {
  const github = await startGitHub();
  const { control } = github;
  github.world.settings.runWorkflows = false;
  control.createAccount({ login: "zekt-makers", type: "Organization" });
  const app = control.createApp({
    name: "zekt",
    owner: "zekt-makers",
    permissions: PERMISSIONS,
    events: ["installation_target", "repository", "push"],
  });
  const lines: string[] = [];
  const log: Logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  let answer: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 503 });
  const server = serve({ fetch: (request) => answer(request), hostname: "127.0.0.1", port: 0 });
  if (!server.listening) await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let now = Date.now();
  const configOf = (version: number): Config & { ZEKT_APP_SLUG: string } => ({
    ...readConfig({
      ...appSettings(app),
      GITHUB_API_URL: github.url,
      GITHUB_OIDC_ISSUER: github.oidcIssuer,
      ZEKT_MASTER_KEY: KEYS[version],
      ZEKT_MASTER_KEY_VERSION: String(version),
      ZEKT_MASTER_KEY_PREVIOUS: KEYS[version - 1],
    }),
    ZEKT_APP_SLUG: app.slug,
  });
  const compose = (version: number): ApiDeps =>
    apiDeps({
      config: configOf(version),
      log,
      storage,
      publicUrl: url,
      clock: { now: () => now },
      wait: (ms) => sleep(ms / FASTER),
    });
  const deps = compose(1);
  const probot = await loadProbot(deps, configOf(1), log);
  const routes = webhookRoutes(deps, app.webhook_secret, probot, options);
  answer = (request) => routes.fetch(request);
  control.setAppWebhook(app.slug, `${url}/github/webhooks`);

  /** Works what a queue holds now; answers how much that was. */
  const drain = async (queue: QueueName): Promise<number> => {
    const messages = await storage.queue(queue).receive(10);
    for (const message of messages) {
      await handleMessage(deps, queue, message.body);
      await storage.queue(queue).remove([message]);
    }
    return messages.length;
  };

  const world: AppWorld = {
    deps,
    storage,
    github,
    url,
    appSecret: app.webhook_secret,
    log: lines,
    pass(ms) {
      now += ms;
    },
    rotateTo(version) {
      deps.hookSecrets = compose(version).hookSecrets;
    },
    async settle() {
      for (let worked = 1; worked > 0; ) {
        await control.idle();
        worked = (await drain("routing")) + (await drain("delivery"));
      }
    },
    organisation(login, ...names) {
      control.createAccount({ login, type: "Organization" });
      for (const name of names.filter((one) => !github.world.repository(`${login}/${one}`))) {
        control.createRepository({ owner: login, name, files: { [WORKFLOW]: WORKFLOW_TEXT } });
      }
    },
    async install(account, repositories = "all") {
      const { id } = await control.install({ app: app.slug, account, repositories });
      await world.settle();
      return id;
    },
    async repository(fullName) {
      const found = await deps.store.accounts.getRepository(world.repositoryId(fullName));
      if (!found) throw new Error(`Zekt knows no ${fullName}.`);
      return found;
    },
    repositoryId: (fullName) => String(control.repository(fullName).id),
    ownerId: (fullName) => String(control.account(fullName.split("/")[0] as string).id),
    account: (login) => deps.store.accounts.getAccount(String(control.account(login).id)),
    async post({ path, event, payload, secret = app.webhook_secret, headers = {} }) {
      const body = typeof payload === "string" ? payload : JSON.stringify(payload);
      return await fetch(`${url}${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-github-event": event,
          "x-github-delivery": crypto.randomUUID(),
          ...(secret === null ? {} : { "x-hub-signature-256": await sign(secret, body) }),
          ...headers,
        },
        body,
      });
    },
    async close() {
      await github.close();
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await storage.close();
    },
  };
  return world;
}

/** Sends a message from a step of a run, as the run's token would have it. */
export async function sendMessage(
  world: AppWorld,
  runId: string,
  eventType: string,
  payload: unknown = {},
): Promise<void> {
  const { runs, oidc } = world.github.control.parts;
  const claims = oidc.claims(runs.find(Number(runId)), 1) as Record<string, string>;
  const identity = {
    repositoryId: claims.repository_id,
    repositoryOwnerId: claims.repository_owner_id,
    repository: claims.repository,
    runId,
    runAttempt: 1,
    workflowRef: claims.workflow_ref,
  };
  await receive(world.deps, identity as never, {
    ...{
      eventType,
      payload: JSON.stringify(payload),
      shielded: false,
      checked: [],
      idempotencyKey: randomUUID(),
    },
    ...{ workflowRunId: null, repositoryHeader: null, repository: null },
  });
}

/** Uninstalls the App where a repository is, and lets Zekt hear of it. */
export async function uninstall(world: AppWorld, fullName: string): Promise<void> {
  const { installationId } = await world.repository(fullName);
  await world.github.control.uninstall(Number(installationId));
  await world.settle();
}
