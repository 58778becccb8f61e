import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Service, Subscription } from "../../app/domain/catalog.ts";
import { type Clock, HOUR } from "../../app/domain/clock.ts";
import { GitHub } from "../../app/github/client.ts";
import type { StepIdentity } from "../../app/github/oidc.ts";
import { deliver } from "../../app/steps/deliver.ts";
import { ingest } from "../../app/steps/ingest.ts";
import { receive } from "../../app/steps/receive.ts";
import { route } from "../../app/steps/route.ts";
import { sweep } from "../../app/steps/sweep.ts";
import { type EmbeddedAws, startEmbeddedAws } from "../../app/store/embedded.ts";
import type { DeliveryJob } from "../../app/store/queues.ts";
import type { RunAttempt } from "../../app/store/runs.ts";
import { openStore, type Store } from "../../app/store/store.ts";
import type { Zekt } from "../../app/zekt.ts";
import { silent } from "../support/world.ts";

/*
 * The model: a provider's run with attempts and messages, a few subscriptions. Whatever the order in which
 * messages and events come, however often each is repeated, wherever a step is cut off between two writes,
 * and with indexes that know only some of what is written, the same deliveries come of it in the end.
 */

const PATH = ".github/workflows/a.yml";
const TYPES = ["built", "tested"] as const;

/** Cuts a step off: the write after so many fails, as if the process had ended there. */
class Crash extends Error {}

let aws: EmbeddedAws;
let github: Server;
let apiUrl: string;
/** What GitHub accepted, by repository. */
const accepted = new Map<string, { what: string; deliveryId: string; possibleDuplicate: boolean }[]>();
let writesLeft = Number.POSITIVE_INFINITY;
/** The share of an index's entries that a query does not find yet. */
let lag = 0;
let random: () => number = Math.random;

beforeAll(async () => {
  aws = await startEmbeddedAws();
  aws.clients.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      const command = (context as { commandName?: string }).commandName ?? "";
      if (/^(Put|Update|Delete|BatchWrite)/.test(command) && writesLeft-- <= 0) throw new Crash();
      const answer = await next(args);
      const output = answer.output as { Items?: unknown[] };
      const { IndexName } = args.input as { IndexName?: string };
      if (IndexName && output.Items) output.Items = output.Items.filter(() => random() >= lag);
      return answer;
    },
    { step: "initialize" },
  );
  github = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      const repositoryId = /^\/repositories\/(\d+)\/dispatches$/.exec(request.url ?? "")?.[1];
      if (repositoryId === undefined) {
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
      const { zekt, workflow_run: run } = JSON.parse(text).client_payload;
      const { deliveryId, eventType, payload, possibleDuplicate = false } = zekt;
      const what = `${run.run_attempt} ${eventType}${payload === null ? "" : ` ${payload.n}`}`;
      accepted.set(repositoryId, [
        ...(accepted.get(repositoryId) ?? []),
        { what, deliveryId, possibleDuplicate },
      ]);
      response.statusCode = 204;
      response.end();
    });
  });
  github.listen(0, "127.0.0.1");
  await once(github, "listening");
  apiUrl = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
});

afterAll(async () => {
  writesLeft = Number.POSITIVE_INFINITY;
  await aws.close();
  github.closeAllConnections();
  github.close();
});

/** Queues that hold their jobs in memory and hand them out in any order, once their delay is over. */
class AnyOrder {
  readonly #clock: Clock;
  readonly #jobs: { at: number; work: (zekt: Zekt) => Promise<void> }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async enqueueRouting(jobs: readonly RunAttempt[]): Promise<void> {
    for (const { repositoryId, runId, runAttempt } of jobs) {
      this.#jobs.push({ at: 0, work: (zekt) => route(zekt, { repositoryId, runId, runAttempt }) });
    }
  }

  async enqueueDeliveries(jobs: readonly (DeliveryJob & { delaySeconds?: number })[]): Promise<void> {
    for (const { delaySeconds = 0, ...job } of jobs) {
      this.#jobs.push({ at: this.#clock.now() + delaySeconds * 1000, work: (zekt) => deliver(zekt, job) });
    }
  }

  /** Works on any job that may be; one that was cut off, and now and then any, comes again. False where there is none. */
  async workOne(zekt: Zekt, crashAfter: number | null): Promise<boolean> {
    const ready = this.#jobs.filter(({ at }) => at <= this.#clock.now());
    if (ready.length === 0) return false;
    const job = ready[Math.floor(random() * ready.length)] as (typeof ready)[number];
    const done = await attempt(() => job.work(zekt), crashAfter);
    if (done && random() > 0.15) this.#jobs.splice(this.#jobs.indexOf(job), 1);
    return true;
  }
}

interface Setting {
  zekt: Zekt;
  queues: AnyOrder;
  clock: Clock & { at: number };
  repositoryId: string;
  consumers: string[];
}

let nextId = 1000;
let key: string;

/** A provider and its consumers, with ids of their own so that runs of the model do not meet. */
async function set(subscriptions: readonly (readonly string[])[]): Promise<Setting> {
  const { generateKeyPairSync } = await import("node:crypto");
  key ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey;
  const clock = { at: Date.now(), now: () => clock.at };
  const queues = new AnyOrder(clock);
  const store: Store = { ...openStore(aws.clients, aws.names, clock), queues: queues as never };
  const repositoryId = String(nextId++);
  const base = { installationId: "1", reachable: true, ownerId: "1" };
  await store.accounts.saveRepository({
    ...base,
    repositoryId,
    fullName: `acme/r${repositoryId}`,
    provider: true,
  });
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
  for (const eventTypes of subscriptions) {
    const consumer = String(nextId++);
    consumers.push(consumer);
    await store.accounts.saveRepository({
      ...base,
      repositoryId: consumer,
      fullName: `consumer/r${consumer}`,
      consumer: true,
    });
    await store.catalog.putSubscription({
      subscriptionId: `subscription-${consumer}`,
      serviceId,
      repositoryId: consumer,
      ownerId: "1",
      workflow: null,
      eventTypes,
      status: "approved",
      durable: null,
    } as unknown as Subscription);
  }
  const zekt = {
    settings: { publicUrl: "", botLogin: "zekt[bot]", breakerLimit: 1000, soleWorker: null },
    clock,
    log: silent,
    store,
    github: new GitHub({ apiUrl, appId: "1", privateKey: key }),
  } as unknown as Zekt;
  return { zekt, queues, clock, repositoryId, consumers };
}

/** What comes in from outside: a message of an attempt, or the event that an attempt finished. */
type Arrival =
  | { kind: "message"; attempt: number; type: (typeof TYPES)[number]; n: number }
  | { kind: "event"; attempt: number };

const webhook = (repositoryId: string, attempt: number) =>
  ({
    action: "completed",
    workflow_run: {
      id: 7,
      run_attempt: attempt,
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

const arrive = async ({ zekt, repositoryId }: Setting, arrival: Arrival): Promise<void> => {
  if (arrival.kind === "event") {
    await ingest(zekt, webhook(repositoryId, arrival.attempt));
    return;
  }
  const identity = {
    repository: "acme/r",
    repositoryId,
    repositoryOwnerId: "1",
    runId: "7",
    runAttempt: arrival.attempt,
    workflowRef: `acme/r/${PATH}@refs/heads/main`,
  } as StepIdentity;
  await receive(zekt, identity, {
    eventType: arrival.type,
    payload: { n: arrival.n },
    idempotencyKey: `${arrival.type}-${arrival.n}`,
    workflowRunId: null,
    repositoryHeader: null,
    repository: null,
  });
};

/** Tries a step; true where it ended, false where it was cut off. */
async function attempt(step: () => Promise<unknown>, crashAfter: number | null): Promise<boolean> {
  writesLeft = crashAfter ?? Number.POSITIVE_INFINITY;
  try {
    await step();
    return true;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return false;
  } finally {
    writesLeft = Number.POSITIVE_INFINITY;
  }
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(from: T[]): T => from.splice(Math.floor(random() * from.length), 1)[0] as T;

/** Lets time pass and everything be taken up until nothing moves any more. */
async function settle(setting: Setting): Promise<void> {
  for (let round = 0; round < 6; round++) {
    while (await setting.queues.workOne(setting.zekt, null));
    setting.clock.at += 3 * 60_000;
    await sweep(setting.zekt);
  }
}

const arrivals = fc
  .array(fc.record({ attempt: fc.integer({ min: 1, max: 2 }), type: fc.constantFrom(...TYPES) }), {
    maxLength: 4,
  })
  .map((messages): Arrival[] => [
    ...messages.map((message, n): Arrival => ({ kind: "message", n, ...message })),
    { kind: "event", attempt: 1 },
    ...(messages.some(({ attempt: at }) => at === 2) ? [{ kind: "event", attempt: 2 } as const] : []),
  ]);

/** What must come of it: of each type the newest attempt's messages up to the event's own, and the event alone. */
function expectedOf(all: readonly Arrival[]): Set<string> {
  const expected = new Set<string>();
  for (const event of all.filter(({ kind }) => kind === "event")) {
    expected.add(`${event.attempt} zekt-workflow-completed`);
    for (const type of TYPES) {
      const said = all.filter(
        (one) => one.kind === "message" && one.type === type && one.attempt <= event.attempt,
      );
      const newest = Math.max(...said.map(({ attempt: at }) => at));
      for (const one of said)
        if (one.kind === "message" && one.attempt === newest)
          expected.add(`${event.attempt} ${type} ${one.n}`);
    }
  }
  return expected;
}

/** Whether a delivery is of an older attempt's message, of a type that the later attempt spoke of too. */
const isOvertaken = (what: string, all: readonly Arrival[]): boolean => {
  const [attemptNumber, type, n] = what.split(" ");
  const message = all.find((one) => one.kind === "message" && one.n === Number(n));
  return (
    attemptNumber === "2" &&
    message?.attempt === 1 &&
    all.some((one) => one.kind === "message" && one.attempt === 2 && one.type === type)
  );
};

test("any order, repetition and crash gives the same deliveries, each dispatched", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, fc.integer(), async (all, seed) => {
      random = generator(seed);
      lag = 0.3;
      const setting = await set([[], ["built"], ["zekt-workflow-completed", "tested"]]);
      // An attempt's messages come before the attempt after it has ended: only within one does order vary.
      for (const attemptNumber of [1, 2]) {
        const pending = all.filter((one) => one.attempt === attemptNumber);
        while (pending.length > 0) {
          const arrival = pick(pending);
          const crashAfter = random() < 0.3 ? Math.floor(random() * 4) : null;
          const taken = await attempt(() => arrive(setting, arrival), crashAfter);
          // Whoever got no answer asks again, as the action and a redelivery do; some ask again regardless.
          if (!taken || random() < 0.2) await arrive(setting, arrival);
          if (random() < 0.5)
            await setting.queues.workOne(setting.zekt, random() < 0.3 ? Math.floor(random() * 6) : null);
        }
      }
      await settle(setting);
      lag = 0;
      await settle(setting);
      const expected = expectedOf(all);
      const { deliveries } = setting.zekt.store;
      for (const [index, consumer] of setting.consumers.entries()) {
        const wanted = [...expected].filter(
          (one) => index === 0 || (index === 1 ? one.includes("built") : !one.includes("built")),
        );
        const { items } = await deliveries.list("consumer", consumer, { limit: 100 });
        expect(items.filter(({ status }) => status !== "Dispatched")).toEqual([]);
        const sent = accepted.get(consumer) ?? [];
        const whats = new Set(sent.map(({ what }) => what));
        expect([...whats]).toEqual(expect.arrayContaining(wanted));
        // A message that comes only after its attempt was routed with an older one is delivered as well: it
        // cannot be taken back. Nothing else is.
        const surplus = [...whats].filter((what) => !wanted.includes(what));
        expect(surplus.filter((what) => !isOvertaken(what, all))).toEqual([]);
        expect(new Set(sent.map(({ deliveryId }) => deliveryId)).size).toBe(whats.size);
        expect(items).toHaveLength(whats.size);
        const first = new Set<string>();
        for (const { deliveryId, possibleDuplicate } of sent) {
          if (first.has(deliveryId)) expect(possibleDuplicate).toBe(true);
          first.add(deliveryId);
        }
      }
      // However often it was routed, each event is counted once.
      const now = setting.clock.at;
      const counts = await setting.zekt.store.meters.total(
        `repository#${setting.repositoryId}`,
        now - HOUR,
        now,
      );
      expect(counts).toEqual({ eventsAllowed: all.filter(({ kind }) => kind === "event").length });
    }),
    { numRuns: 40, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
});
