import type { Server } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { observeRun } from "../../../app/steps/delivery/observe-run.ts";
import { track } from "../../../app/steps/delivery/track.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import type { Storage } from "../../../app/store/ports.ts";
import {
  attempt,
  chance,
  completedWebhook,
  openFragileStorage,
  type PlainAnswer,
  type Setting,
  setModel,
  startPlainGitHub,
} from "../../support/model.ts";
import { randomOf } from "../../support/random.ts";

/*
 * The model of plain workflows: a GitHub whose runs are made late, listed later and in any order, whose webhooks
 * are lost or late, and whose answers to dispatches are lost, against Zekt, whose workers are cut off. GitHub lists
 * every run within 100 s. Whatever happens, every delivery ends; none is dispatched again that has a run which
 * may still end well, or did; and what a delivery says of its run is true, unless it says that it is not known.
 *
 * ZEKT_MODEL_LIVES has it live more often in each mode than CI does.
 */

const LIVES = Number(process.env.ZEKT_MODEL_LIVES ?? 2);
const DEPLOY = ".github/workflows/deploy.yml";
const AUDIT = ".github/workflows/audit.yml";
const FILE = Buffer.from("on: repository_dispatch\njobs: {}\n").toString("base64");

/** A run at GitHub, with what only GitHub knows. */
interface ModelRun {
  id: number;
  workflow: string;
  deliveryId: string;
  madeAt: number;
  listedAt: number;
  beginsAt: number;
  endsAt: number;
  conclusion: "success" | "failure";
}

/** The faults of one life of the model, as shares. */
interface Unkindness {
  /** Shares of dispatches whose answer is lost, that GitHub fails, and whose run never comes. */
  lost: number;
  failed: number;
  dropped: number;
  /** The share of webhooks that are lost. */
  unheard: number;
  /** The share of runs that fail. */
  failing: number;
  crashes: number;
}

let storage: Storage;
let github: Server;
let apiUrl: string;
let runs: ModelRun[];
let clock: Setting["clock"];
let unkind: Unkindness;
let retryOnFailure: boolean;
let nextRun = 1;
const webhooks: { at: number; run: ModelRun; ended: boolean }[] = [];
/** Dispatches that came though a run of their delivery was there. */
const needless: string[] = [];

const happens = (share: number): boolean => chance.random() < share;
const within = (ms: number): number => Math.floor(chance.random() * ms);

const stateOf = (run: ModelRun, now: number): "queued" | "in_progress" | "completed" =>
  now >= run.endsAt ? "completed" : now >= run.beginsAt ? "in_progress" : "queued";

const jsonOf = (run: ModelRun, status: string) => ({
  id: run.id,
  run_attempt: 1,
  name: "x",
  path: run.workflow,
  event: "repository_dispatch",
  status,
  conclusion: status === "completed" ? run.conclusion : null,
  head_branch: "main",
  head_sha: "a".repeat(40),
  html_url: "https://github.example/x",
  actor: { login: "zekt[bot]" },
  display_title: "x",
  created_at: iso(Math.floor(run.madeAt / SECOND) * SECOND).replace(".000Z", "Z"),
  run_started_at: iso(run.madeAt),
  updated_at: iso(run.madeAt),
});

/** GitHub takes a dispatch: it starts a run of each workflow, sooner or later. */
function start(deliveryId: string): void {
  const dropped = happens(unkind.dropped);
  for (const workflow of [DEPLOY, AUDIT]) {
    const madeAt = clock.at + within(MINUTE);
    const listedAt = madeAt + within(40 * SECOND);
    const beginsAt = listedAt + (happens(0.7) ? within(20 * SECOND) : within(15 * MINUTE));
    const endsAt = beginsAt + (happens(0.5) ? within(MINUTE) : within(25 * MINUTE));
    const conclusion = happens(unkind.failing) ? "failure" : "success";
    const run: ModelRun = {
      id: nextRun++,
      workflow,
      deliveryId,
      madeAt,
      listedAt,
      beginsAt,
      endsAt,
      conclusion,
    };
    if (dropped) continue;
    runs.push(run);
    for (const [at, ended] of [
      [beginsAt, false],
      [endsAt, true],
    ] as const)
      if (!happens(unkind.unheard))
        webhooks.push({ at: at + (happens(0.8) ? within(5 * SECOND) : within(10 * MINUTE)), run, ended });
  }
}

function dispatched(body: string): PlainAnswer {
  const { deliveryId } = JSON.parse(body).client_payload.zekt as { deliveryId: string };
  const own = runs.filter((run) => run.deliveryId === deliveryId && run.workflow === DEPLOY);
  const last = own.filter((run) => !retryOnFailure || run.conclusion === "success" || run.endsAt > clock.at);
  if (last.length > 0) needless.push(`${deliveryId} at ${iso(clock.at)}, though it has run ${last[0]?.id}`);
  if (happens(unkind.failed)) return { status: 503 };
  if (!happens(unkind.lost)) {
    start(deliveryId);
    return { status: 204 };
  }
  if (happens(0.6)) start(deliveryId);
  // A gateway's error says as little of what GitHub did as a cut connection.
  return happens(0.5) ? "drop" : { status: 502 };
}

function answer(address: string, body: string): PlainAnswer {
  if (address.endsWith("/dispatches")) return dispatched(body);
  const [, id] = /\/actions\/runs\/(\d+)/.exec(address) ?? [];
  const listed = runs.filter(({ listedAt }) => clock.at >= listedAt);
  const found = listed.map((run) => jsonOf(run, stateOf(run, clock.at)));
  if (id) {
    const one = found.find((run) => String(run.id) === id);
    return one ? { status: 200, body: one } : { status: 404, body: { message: "Not Found" } };
  }
  if (address.includes("/actions/runs"))
    return { status: 200, body: { total_count: found.length, workflow_runs: found.reverse() } };
  if (/\/contents\/.*yml/.test(decodeURIComponent(address)))
    return { status: 200, body: { type: "file", encoding: "base64", content: FILE } };
  const paths = [DEPLOY, AUDIT];
  return { status: 200, body: paths.map((path) => ({ type: "file", path, sha: "b".repeat(40) })) };
}

beforeAll(async () => {
  storage = openFragileStorage();
  ({ server: github, url: apiUrl } = await startPlainGitHub((request, body) =>
    answer(request.url ?? "", body),
  ));
  vi.spyOn(Math, "random").mockImplementation(() => chance.random());
});
afterAll(async () => {
  vi.restoreAllMocks();
  await storage.close();
  github.closeAllConnections();
  github.close();
});

const crashAfter = (): number | null => (happens(unkind.crashes) ? within(6) : null);

/** Passes time: webhooks come, queues and the sweep work. */
async function pass({ deps, queues, consumers }: Setting, ms: number): Promise<void> {
  clock.at += ms;
  const due = webhooks.filter(({ at }) => at <= clock.at);
  for (const webhook of due) {
    const json = jsonOf(webhook.run, webhook.ended ? "completed" : "in_progress");
    const run = observeRun(consumers[0] as string, json as never);
    // One that is cut off comes again, as its queue message does.
    if (await attempt(() => track(deps, run), crashAfter())) webhooks.splice(webhooks.indexOf(webhook), 1);
  }
  for (let n = 0; n < 60 && (await queues.workOne(deps, crashAfter())); n++);
  if (happens(ms / MINUTE)) await attempt(() => sweep(deps), crashAfter());
}

/** Holds what a delivery says against what its runs came to. */
function judge(delivery: Delivery, mode: string): void {
  const { deliveryId, status, failure } = delivery;
  const own = runs.filter((run) => run.deliveryId === deliveryId && run.workflow === DEPLOY);
  const said = `${mode}: ${status}, ${failure?.reason}; its runs ${own.map((run) => `${run.id} ${run.conclusion}`)}`;
  expect([delivery.isFinalized, delivery.dueAt, delivery.parkedAt], said).toEqual([true, null, null]);
  const isUnknown = /is not known/.test(failure?.reason ?? "");
  if (status === "Completed")
    expect(
      own.some(({ conclusion }) => conclusion === "success"),
      said,
    ).toBe(true);
  else expect(failure?.reason, said).toMatch(/\w/);
  if (failure?.stage === "conclusion" && !isUnknown)
    expect(
      own.some(({ conclusion }) => conclusion === "failure"),
      said,
    ).toBe(true);
  if (failure?.stage === "confirmation" && !isUnknown) expect(own.length, said).toBe(0);
}

/** One life: bursts of events, then quiet until all has ended. Answers how many ended unknown, and all. */
async function live(seed: number, mode: string, kinds: Unkindness): Promise<void> {
  chance.random = randomOf(seed);
  chance.lag = 0.2;
  unkind = kinds;
  runs = [];
  webhooks.length = 0;
  needless.length = 0;
  retryOnFailure = happens(0.5);
  const durable = {
    confirmWithin: happens(0.5) ? 60 : 600,
    completeWithin: 2 * 3600,
    maxAttempts: 3,
    retryOnFailure,
  };
  const setting = await setModel(storage, apiUrl, [{ durable, workflow: happens(0.5) ? DEPLOY : null }]);
  // Where none is named, the first to begin decides: then only one may listen.
  const consumer = setting.consumers[0] as string;
  await setting.deps.store.accounts.setRepository({ repositoryId: consumer, tracking: true });
  const [subscription] = await setting.deps.store.catalog.subscriptionsTo(`service-${setting.repositoryId}`);
  if (subscription?.workflow === null)
    await setting.deps.store.catalog.updateSubscription(subscription, { workflow: DEPLOY });
  clock = setting.clock;
  let events = 0;
  for (let step = 0; step < 30; step++) {
    if (happens(0.25) && events < 14)
      for (let n = 0; n <= within(6); n++)
        await ingest(setting.deps, completedWebhook(setting.repositoryId, 1, 100 + events++));
    await pass(setting, within(30 * SECOND));
  }
  const list = async (): Promise<Delivery[]> =>
    (await setting.deps.store.deliveries.list("consumer", consumer, { limit: 200 })).items;
  chance.lag = 0;
  // One that has ended is due until its end is recorded: a worker that is cut off leaves that to the sweep.
  const isOver = async (): Promise<boolean> =>
    webhooks.length === 0 && (await list()).every(({ isFinalized, dueAt }) => isFinalized && dueAt === null);
  for (let n = 0; n < 400 && !(await isOver()); n++) await pass(setting, n < 200 ? 30 * SECOND : HOUR / 4);
  expect(needless, mode).toEqual([]);
  const deliveries = await list();
  expect(deliveries).toHaveLength(events);
  for (const delivery of deliveries) judge(delivery, mode);
}

const CALM: Unkindness = { lost: 0, failed: 0, dropped: 0, unheard: 0, failing: 0, crashes: 0 };
const MODES: Record<string, Unkindness> = {
  "nothing goes wrong": CALM,
  "runs fail": { ...CALM, failing: 0.3, unheard: 0.3 },
  "answers are lost": { ...CALM, lost: 0.3, failed: 0.2, unheard: 0.3 },
  "answers are lost and runs fail": { ...CALM, lost: 0.3, failed: 0.1, unheard: 0.3, failing: 0.3 },
  "webhooks are lost": { ...CALM, unheard: 1 },
  "runs never come": { ...CALM, dropped: 0.3, unheard: 0.3, failing: 0.2 },
  "workers are cut off": { ...CALM, crashes: 0.15, lost: 0.1, unheard: 0.3, failing: 0.2 },
};

test.each(Object.entries(MODES))(
  "where %s, no run that may end well is followed by another dispatch, and every delivery ends and says what is true",
  { timeout: 60_000 * Math.max(1, LIVES / 4) },
  async (mode, kinds) => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), (seed) => live(seed, mode, kinds)),
      { numRuns: LIVES, endOnFailure: true },
    );
  },
);
