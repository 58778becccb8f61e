import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { ApiDeps } from "../../app/deps.ts";
import { type Clock, iso } from "../../app/domain/clock.ts";
import type { ClientPayload } from "../../app/domain/intake/client-payload.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { ObservedRun } from "../../app/domain/records/observed-run.ts";
import type { RunAttempt } from "../../app/domain/records/run.ts";
import type { DurableSettings, Subscription } from "../../app/domain/records/subscription.ts";
import type { RunIdentity } from "../../app/github/oidc.ts";
import { deliver } from "../../app/steps/delivery/deliver.ts";
import { ingest } from "../../app/steps/intake/ingest.ts";
import { type ReceiveInput, receive } from "../../app/steps/intake/receive.ts";
import { route } from "../../app/steps/intake/route.ts";
import type { BackgroundJob, DeliveryJob, JobMessage } from "../../app/store/queues.ts";
import { watched } from "./around-tables.ts";
import {
  chance,
  completedWebhook,
  openFragileStorage,
  PATH,
  type PlainAnswer,
  queuesAndJobs,
  setModel,
  startPlainGitHub,
} from "./model.ts";

/*
 * Builds what the tests of single steps share: a provider and one consumer on a store in memory, queues that keep
 * what was enqueued, and a GitHub on loopback that answers as the test says.
 */

export const DEPLOY = ".github/workflows/deploy.yml";
export const DURABLE: DurableSettings = {
  confirmWithin: 600,
  completeWithin: 3600,
  maxAttempts: 3,
  retryOnFailure: false,
};

/** One `repository_dispatch` as GitHub got it. */
export interface SentDispatch {
  event_type: string;
  client_payload: ClientPayload;
  authorization: string | undefined;
}

/** One `workflow_dispatch` as GitHub got it. */
export interface StartedWorkflow {
  workflow: string;
  ref: string;
  inputs: { zekt: string };
  return_run_details?: boolean;
}

/** Collects what was enqueued, in order. A test works through it, or inspects it. */
export class KeptQueues {
  readonly routing: (RunAttempt & { ingestMs?: number })[] = [];
  readonly deliveries: (DeliveryJob & { delaySeconds?: number; at: number })[] = [];
  readonly jobs: JobMessage[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async enqueueRouting(runs: readonly RunAttempt[]): Promise<void> {
    this.routing.push(...runs);
  }

  async enqueueDeliveries(jobs: readonly (DeliveryJob & { delaySeconds?: number })[]): Promise<void> {
    for (const job of jobs) {
      this.deliveries.push({ ...job, at: this.#clock.now() + (job.delaySeconds ?? 0) * 1000 });
    }
  }

  async enqueueJobs(jobs: readonly JobMessage[]): Promise<void> {
    this.jobs.push(...jobs);
  }

  /** Removes and returns what is enqueued and due, deliveries and routings. */
  take(): { routing: RunAttempt[]; deliveries: DeliveryJob[] } {
    const now = this.#clock.now();
    const due = this.deliveries.filter(({ at }) => at <= now);
    const later = this.deliveries.filter(({ at }) => at > now);
    this.deliveries.splice(0, Number.POSITIVE_INFINITY, ...later);
    return {
      routing: this.routing.splice(0),
      deliveries: due.map(({ delaySeconds: _, at: __, ...job }) => job),
    };
  }
}

/** A provider, its one consumer, and what passes between them. */
export interface DeliveryScene {
  deps: ApiDeps;
  queues: KeptQueues;
  clock: Clock & { at: number };
  /** The provider's repository, and the consumer's. */
  provider: string;
  consumer: string;
  subscription: Subscription;
  /** GitHub's answers to the next dispatches, in order; 204 beyond. */
  answers: (PlainAnswer | (() => PlainAnswer | Promise<PlainAnswer>))[];
  /** Dispatches that GitHub got. */
  sent: SentDispatch[];
  /** Every `workflow_dispatch` that GitHub got. */
  started: StartedWorkflow[];
  /** Starts a run of the workflow, which is queued and listed then; answers it as GitHub does. */
  startRun(): PlainAnswer;
  /** Ids of runs that GitHub was asked for one by one. */
  asked: string[];
  /** Runs that GitHub lists for the consumer. */
  runs: object[];
  /** The number of times that GitHub was asked for the consumer's runs, and what it waits for before it answers. */
  listed: number;
  beforeList: (() => Promise<void>) | null;
  /** GitHub waits for it before it answers what a path holds. */
  beforeFile: ((address: string) => Promise<void>) | null;
  /** Everybody's role on a repository, as GitHub has it; `down`: it answers 502; `kept-out`: by an IP allow list. */
  role(repositoryId: string): "maintain" | "write" | "down" | "kept-out";
  /** The consumer's default branch as GitHub has it by now. */
  defaultBranch: string;
  /** Text of the consumer's workflow files, by path. */
  files: Record<string, string>;
  /** Ends a provider's run and routes its event; returns the delivery of it, which is not dispatched yet. */
  route(runId?: number): Promise<Delivery>;
  /** Stores the event of a provider's run, whose routing is lost. */
  lostEvent(): Promise<RunAttempt>;
  /** Reads a delivery again. */
  reread(delivery: Delivery): Promise<Delivery>;
  /** Every delivery of the consumer, oldest first. */
  list(): Promise<Delivery[]>;
  /** The stored jobs that queue messages name, in the order of these. */
  jobs(): Promise<BackgroundJob[]>;
  /** Works what is enqueued and due until nothing is. */
  work(): Promise<void>;
  changeSubscription(change: Partial<Subscription>): Promise<void>;
  /** A run of the consumer as GitHub tells of it. */
  observed(change?: Partial<ObservedRun>): ObservedRun;
  /** The run's identity, as its token proves it. */
  identity(change?: Partial<RunIdentity>): RunIdentity;
  /** The provider's step says something. */
  say(
    input?: Partial<ReceiveInput>,
    identity?: Partial<RunIdentity>,
  ): Promise<{ eventId: string; consumersNotified: number }>;
}

export interface DeliveryScenes {
  build(subscription?: Partial<Subscription>): Promise<DeliveryScene>;
  /** The number of calls of tables so far. */
  calls(): number;
  /** Does something before each call of a table; ends by what it returns. */
  before(call: () => Promise<void>): () => void;
  close(): Promise<void>;
}

/** Starts what a file's scenes share before its tests, and closes it after them. */
export function deliveryScenes(): DeliveryScenes {
  const scenes = {} as DeliveryScenes;
  beforeAll(async () => void Object.assign(scenes, await startDeliveryScenes()));
  afterAll(() => scenes.close());
  return scenes;
}

/** Starts what a test's scenes share before each test, and closes it after it: a store in which nothing happened yet. */
export function scenesForEachTest(): DeliveryScenes {
  const scenes = {} as DeliveryScenes;
  beforeEach(async () => void Object.assign(scenes, await startDeliveryScenes()));
  afterEach(() => scenes.close());
  return scenes;
}

/** Starts a store and a GitHub for a file's scenes; each scene has repositories of its own. */
export async function startDeliveryScenes(): Promise<DeliveryScenes> {
  const storage = watched(openFragileStorage());
  let calls = 0;
  storage.onCall(() => {
    calls += 1;
  });
  const byConsumer = new Map<string, DeliveryScene>();
  const byProvider = new Map<string, DeliveryScene>();
  const { server, url } = await startPlainGitHub(async (request, body) => {
    const [, repositoryId = "", what = ""] =
      /^\/repositories\/(\d+)(?:\/(\w+)|$)/.exec(request.url ?? "") ?? [];
    const scene = byConsumer.get(repositoryId);
    if (what === "dispatches" && scene) {
      scene.sent.push({ ...JSON.parse(body), authorization: request.headers.authorization });
      const answer = scene.answers.shift() ?? { status: 204 };
      return typeof answer === "function" ? answer() : answer;
    }
    if (scene && /^\/repositories\/\d+$/.test(request.url ?? "")) {
      const { consumer: id, defaultBranch: default_branch } = scene;
      const body = {
        id: Number(id),
        full_name: `consumer/r${id}`,
        private: false,
        default_branch,
        owner: { id: 1 },
      };
      return { status: 200, body };
    }
    const started = /\/actions\/workflows\/([^/]+)\/dispatches$/.exec(request.url ?? "")?.[1];
    if (started && scene) {
      scene.started.push({ ...JSON.parse(body), workflow: started });
      const answer = scene.answers.shift() ?? scene.startRun;
      return typeof answer === "function" ? answer() : answer;
    }
    const asked = /\/actions\/runs\/(\d+)$/.exec(request.url ?? "")?.[1];
    if (asked && scene) {
      scene.asked.push(asked);
      const run = scene.runs.find((one) => String((one as { id: number }).id) === asked);
      return run ? { status: 200, body: run } : { status: 404, body: { message: "Not Found" } };
    }
    const role = (scene ?? byProvider.get(repositoryId))?.role(repositoryId);
    if (what === "collaborators" && role) {
      if (role === "kept-out") return { status: 403, body: { message: NOT_LISTED } };
      return role === "down" ? { status: 502 } : { status: 200, body: permissionJson(role) };
    }
    if (what === "actions" && scene) {
      scene.listed += 1;
      await scene.beforeList?.();
    }
    if (what === "actions" && scene)
      return { status: 200, body: { total_count: scene.runs.length, workflow_runs: scene.runs } };
    const address = decodeURIComponent(request.url ?? "").split(/contents\/|\?/)[1] ?? "";
    if (what === "contents") await scene?.beforeFile?.(request.url ?? "");
    if (what === "contents" && scene && address === ".github/workflows") {
      const paths = Object.keys(scene.files);
      // A file's hash is its text here: a test may change it at any time.
      const hash = (path: string): string => Buffer.from(scene.files[path] ?? "").toString("hex");
      return { status: 200, body: paths.map((path) => ({ type: "file", path, sha: hash(path) })) };
    }
    const text = what === "contents" && scene?.files[address];
    if (text) {
      const content = Buffer.from(text).toString("base64");
      return { status: 200, body: { type: "file", encoding: "base64", content } };
    }
    return { status: 404, body: { message: "Not Found" } };
  });
  return {
    async build(subscription = {}) {
      // Nothing is left to chance: indexes know everything, and no write is cut off.
      chance.lag = 0;
      const scene = buildScene(await setModel(storage, url, [subscription]));
      byConsumer.set((await scene).consumer, await scene);
      byProvider.set((await scene).provider, await scene);
      return scene;
    },
    calls: () => calls,
    before: (call) => storage.onCall(call),
    async close() {
      server.closeAllConnections();
      server.close();
      await storage.close();
    },
  };
}

/** GitHub's words to whom an IP allow list keeps out. */
const NOT_LISTED =
  "Although you appear to have the correct authorization credentials, the `initech` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.";

/** A role as GitHub answers it, which calls maintainers writers. */
const permissionJson = (role: "maintain" | "write") => ({
  permission: "write",
  role_name: role,
  user: { permissions: { pull: true, push: true, maintain: role === "maintain", admin: false } },
});

async function buildScene(setting: Awaited<ReturnType<typeof setModel>>): Promise<DeliveryScene> {
  const { deps, clock, repositoryId: provider } = setting;
  const consumer = setting.consumers[0] as string;
  const queues = new KeptQueues(clock);
  Object.assign(deps.store, queuesAndJobs(setting.storage, clock, queues));
  // An installation of its own: what one scene's dispatches use up is no other's budget.
  const installationId = consumer;
  await deps.store.accounts.setRepository({ repositoryId: consumer, installationId, defaultBranch: "main" });
  const key = { serviceId: `service-${provider}`, subscriptionId: `subscription-${consumer}` };
  const standing = async () => (await deps.store.catalog.getSubscription(key)) as Subscription;
  const list = async () =>
    (await deps.store.deliveries.list("consumer", consumer, { limit: 200, descending: false })).items;
  let runs = 100;
  let dispatched = 9000;
  const listed: object[] = [];
  return {
    deps,
    queues,
    clock,
    provider,
    consumer,
    subscription: await standing(),
    answers: [],
    sent: [],
    started: [],
    asked: [],
    startRun() {
      const id = dispatched++;
      listed.push(listedRun(clock, id));
      return { status: 200, body: { workflow_run_id: id, run_url: "", html_url: "" } };
    },
    runs: listed,
    listed: 0,
    beforeFile: null,
    beforeList: null,
    files: {},
    defaultBranch: "main",
    role: () => "maintain",
    list,
    async route(runId = runs++) {
      const before = new Set((await list()).map(({ deliveryId }) => deliveryId));
      // Of one millisecond, deliveries are listed in the order of their ids, which is any.
      clock.at += 1;
      await ingest(deps, completedWebhook(provider, 1, runId));
      queues.routing.splice(0);
      await route(deps, { repositoryId: provider, runId: String(runId), runAttempt: 1 });
      const [made] = (await list()).filter(({ deliveryId }) => !before.has(deliveryId));
      if (!made) throw new Error("Nothing was made of the event.");
      return made;
    },
    async lostEvent() {
      const runId = runs++;
      await ingest(deps, completedWebhook(provider, 1, runId));
      queues.routing.splice(0);
      return { repositoryId: provider, runId: String(runId), runAttempt: 1 };
    },
    async reread({ deliveryId }) {
      const found = await deps.store.deliveries.get(deliveryId);
      if (!found) throw new Error(`There is no ${deliveryId}.`);
      return found;
    },
    async jobs() {
      const stored = await Promise.all(queues.jobs.map((one) => deps.store.jobs.get(one)));
      return stored.flatMap((one) => one?.job ?? []);
    },
    async work() {
      for (;;) {
        const { routing, deliveries } = queues.take();
        if (routing.length + deliveries.length === 0) return;
        for (const run of routing) await route(deps, run);
        for (const job of deliveries) await deliver(deps, job);
      }
    },
    async changeSubscription(change) {
      await deps.store.catalog.updateSubscription(await standing(), change);
    },
    observed: (change = {}) => ({
      repositoryId: consumer,
      runId: "900",
      runAttempt: 1,
      workflow: DEPLOY,
      event: "repository_dispatch",
      actor: "zekt[bot]",
      title: "Deploy",
      headSha: "a".repeat(40),
      status: "in_progress",
      conclusion: null,
      createdAt: iso(clock.at),
      ...change,
    }),
    identity: (change = {}) =>
      ({
        repository: `consumer/r${consumer}`,
        repositoryId: consumer,
        repositoryOwnerId: "1",
        runId: "900",
        runAttempt: 1,
        eventName: "repository_dispatch",
        ref: "refs/heads/main",
        workflowRef: `consumer/r${consumer}/${DEPLOY}@refs/heads/main`,
        ...change,
      }) as RunIdentity,
    say: (input = {}, identity = {}) =>
      receive(
        deps,
        {
          repository: `acme/r${provider}`,
          repositoryId: provider,
          repositoryOwnerId: "1",
          runId: "7",
          runAttempt: 1,
          workflowRef: `acme/r${provider}/${PATH}@refs/heads/main`,
          ...identity,
        } as RunIdentity,
        {
          eventType: "built",
          payload: '{"version":"1.2.3"}',
          shielded: false,
          checked: [],
          idempotencyKey: null,
          workflowRunId: null,
          repositoryHeader: null,
          repository: null,
          ...input,
        },
      ),
  };
}

/** A run of a `workflow_dispatch` as GitHub lists it. */
const listedRun = (clock: Clock, id: number) => ({
  id,
  run_attempt: 1,
  path: DEPLOY,
  event: "workflow_dispatch",
  actor: { login: "zekt[bot]" },
  display_title: "Deploy",
  head_sha: "a".repeat(40),
  status: "queued",
  conclusion: null as string | null,
  html_url: `https://github.example/runs/${id}`,
  created_at: iso(clock.now()),
  run_started_at: iso(clock.now()),
  updated_at: iso(clock.now()),
});
