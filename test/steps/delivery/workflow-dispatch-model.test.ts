import type { Server } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { RunIdentity } from "../../../app/github/oidc.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { trackRun } from "../../../app/steps/delivery/track-workflow-run.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import type { Storage } from "../../../app/store/ports.ts";
import {
  attempt,
  chance,
  completedWebhook,
  openFragileStorage,
  type PlainAnswer,
  pick,
  type Setting,
  setModel,
  startPlainGitHub,
} from "../../support/model.ts";
import { randomOf } from "../../support/random.ts";

/*
 * The model of deliveries by workflow_dispatch: bursts to one workflow that names nothing, webhooks that are
 * lost, repeated and out of order, answers that are lost, workers cut off between any two writes. No run is
 * ever taken for another delivery's, and nothing is ambiguous but for an answer that was lost.
 */

const WORKFLOW = ".github/workflows/deploy.yml";
const DURABLE = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 3, retryOnFailure: false };
const BURST = 10;
/** The time in which GitHub's list of runs does not show a new one. */
const LIST_DELAY = 10 * SECOND;

interface StartedRun {
  id: number;
  repositoryId: string;
  /** The delivery that it was really started for. */
  deliveryId: string;
  start: "workflow_dispatch" | "repository_dispatch";
  createdAt: number;
  status: "queued" | "in_progress" | "completed";
}

let storage: Storage;
let github: Server;
let apiUrl: string;
let faulty = false;
let now = 0;
let runs: StartedRun[] = [];
let nextRun = 1;

const json = (run: StartedRun) => ({
  id: run.id,
  run_attempt: 1,
  run_number: run.id,
  path: WORKFLOW,
  event: run.start,
  display_title: "Deploy",
  head_sha: "a".repeat(40),
  actor: { login: "zekt[bot]" },
  status: run.status,
  conclusion: run.status === "completed" ? "success" : null,
  html_url: `https://github.example/runs/${run.id}`,
  created_at: iso(run.createdAt),
  run_started_at: iso(run.createdAt),
  updated_at: iso(now),
});

function dispatched(repositoryId: string, start: StartedRun["start"], deliveryId: string): PlainAnswer {
  const roll = faulty ? chance.random() : 1;
  if (roll < 0.03) return { status: 503 };
  if (roll < 0.06) return { status: 502 };
  if (roll < 0.1) return "drop";
  const run: StartedRun = {
    id: nextRun++,
    repositoryId,
    deliveryId,
    start,
    createdAt: now,
    status: "queued",
  };
  runs.push(run);
  if (roll < 0.15) return { status: 504 };
  if (roll < 0.2) return "drop";
  if (start === "repository_dispatch") return { status: 204 };
  return { status: 200, body: { workflow_run_id: run.id, run_url: "", html_url: "" } };
}

beforeAll(async () => {
  storage = openFragileStorage();
  ({ server: github, url: apiUrl } = await startPlainGitHub(({ url = "" }, body) => {
    const [, repositoryId = "", rest = ""] = /^\/repositories\/(\d+)\/(.*)$/.exec(url) ?? [];
    if (/^actions\/workflows\/deploy\.yml\/dispatches$/.test(rest)) {
      const { zekt } = JSON.parse(JSON.parse(body).inputs.zekt);
      return dispatched(repositoryId, "workflow_dispatch", zekt.deliveryId);
    }
    if (rest === "dispatches") {
      return dispatched(repositoryId, "repository_dispatch", JSON.parse(body).client_payload.zekt.deliveryId);
    }
    const asked = /^actions\/runs\/(\d+)$/.exec(rest)?.[1];
    const found = runs.find(({ id }) => String(id) === asked);
    if (found) return { status: 200, body: json(found) };
    if (rest.startsWith("actions/runs?")) {
      const of = runs.filter((run) => run.repositoryId === repositoryId && run.createdAt + LIST_DELAY <= now);
      return { status: 200, body: { total_count: of.length, workflow_runs: of.map(json) } };
    }
    if (decodeURIComponent(rest).startsWith(`contents/${WORKFLOW}`)) {
      const content = Buffer.from("on: [repository_dispatch, workflow_dispatch]\njobs: {}\n").toString(
        "base64",
      );
      return { status: 200, body: { type: "file", encoding: "base64", content } };
    }
    return { status: 404, body: { message: "Not Found" } };
  }));
});

afterAll(async () => {
  await storage.close();
  github.closeAllConnections();
  github.close();
});

const observed = (run: StartedRun) => ({
  repositoryId: run.repositoryId,
  runId: String(run.id),
  runAttempt: 1,
  runNumber: run.id,
  workflow: WORKFLOW,
  event: run.start,
  actor: "zekt[bot]",
  title: "Deploy",
  headSha: "a".repeat(40),
  status: run.status,
  conclusion: run.status === "completed" ? "success" : null,
  createdAt: iso(run.createdAt),
});

const identity = (run: StartedRun) =>
  ({
    repository: "consumer/r",
    repositoryId: run.repositoryId,
    repositoryOwnerId: "1",
    runId: String(run.id),
    runAttempt: 1,
    eventName: run.start,
    ref: "refs/heads/main",
    actor: "zekt[bot]",
    workflowRef: `consumer/r/${WORKFLOW}@refs/heads/main`,
  }) as RunIdentity;

const crashAfter = (): number | null => (chance.random() < 0.3 ? Math.floor(chance.random() * 5) : null);

async function pass(setting: Setting, ms: number, crash: number | null = null): Promise<void> {
  setting.clock.at += ms;
  now = setting.clock.at;
  await attempt(() => sweep(setting.deps), crash);
}

const deliveriesOf = async ({ deps, consumers }: Setting): Promise<Delivery[]> =>
  (await deps.store.deliveries.list("consumer", consumers[0] as string, { limit: 200, descending: false }))
    .items;

/** A consumer to which a burst of events is on its way, all within a second. */
async function burst(start: StartedRun["start"], tracking: boolean): Promise<Setting> {
  runs = [];
  const change = { durable: DURABLE, workflow: WORKFLOW, start };
  const setting = await setModel(storage, apiUrl, [change]);
  const { deps, clock, consumers, repositoryId } = setting;
  Object.assign(setting.queues, { enqueueJobs: async () => {} });
  now = clock.at;
  await deps.store.accounts.setRepository({
    repositoryId: consumers[0] as string,
    tracking,
    defaultBranch: "main",
    installationId: consumers[0] as string,
  });
  for (let n = 0; n < BURST; n++) {
    clock.at += SECOND / BURST;
    await ingest(deps, completedWebhook(repositoryId, 1, 100 + n));
  }
  now = clock.at;
  return setting;
}

/** Something happens: work, a run's next step with or without its webhook, a repeated webhook, a confirm, time. */
async function happen(setting: Setting): Promise<void> {
  const { deps, queues } = setting;
  const roll = chance.random();
  if (roll < 0.5) return void (await queues.workOne(deps, crashAfter()));
  const open = runs.filter(({ status }) => status !== "completed");
  const any = runs.length > 0 ? pick([...runs]) : null;
  if (roll < 0.7 && open.length > 0) {
    const run = pick(open);
    run.status = run.status === "queued" ? "in_progress" : "completed";
    if (chance.random() < 0.6) await attempt(() => trackRun(deps, observed(run)), crashAfter());
  } else if (roll < 0.8 && any) {
    await attempt(() => trackRun(deps, observed(any)), crashAfter());
  } else if (roll < 0.85 && any?.status === "in_progress") {
    const named = { deliveryId: any.deliveryId, correlationId: null };
    await attempt(() => confirm(deps, identity(any), named).catch(unlessRefused), crashAfter());
  } else await pass(setting, Math.floor(chance.random() * 20 * SECOND), crashAfter());
}

function unlessRefused(error: unknown): void {
  // While its dispatch is not answered a run is told to ask again.
  if ((error as { code?: string }).code !== "unavailable") throw error;
}

/** Everything works again; what is left to do is done. */
async function settleDown(setting: Setting): Promise<void> {
  faulty = false;
  chance.lag = 0;
  for (let minute = 0; minute < 90; minute++) {
    for (const run of runs) run.status = "completed";
    await pass(setting, MINUTE);
    while (await setting.queues.workOne(setting.deps, null));
    if ((await deliveriesOf(setting)).every(({ isFinalized }) => isFinalized)) return;
  }
}

/** Returns whether an answer of a delivery's dispatches was lost, on the way or with its worker. */
const lostAnswer = ({ attempts }: Delivery): boolean =>
  attempts.some(
    ({ runId, outcome }) => outcome === "unknown" || (runId === undefined && outcome !== "failed"),
  );

test("no run is ever taken for another delivery's, and nothing is ambiguous but for a lost answer", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, tracking) => {
      chance.random = randomOf(seed);
      chance.lag = 0.3;
      faulty = true;
      const setting = await burst("workflow_dispatch", tracking);
      for (let n = 0; n < 150; n++) await happen(setting);
      await settleDown(setting);
      const deliveries = await deliveriesOf(setting);
      expect(deliveries).toHaveLength(BURST);
      for (const one of deliveries) {
        expect(one.isFinalized, `${one.deliveryId} never ended`).toBe(true);
        for (const owner of Object.values(one.owners)) {
          for (const runId of [owner.runId, ...owner.duplicates]) {
            const run = runs.find(({ id }) => String(id) === runId);
            expect(run?.deliveryId, `run ${runId} was taken for another delivery's`).toBe(one.deliveryId);
          }
        }
        if (one.ambiguousRuns.length > 0)
          expect(lostAnswer(one), "ambiguous without a lost answer").toBe(true);
        const started = runs.filter(({ deliveryId }) => deliveryId === one.deliveryId);
        // GitHub failed each time, and started nothing.
        const isSpent = started.length === 0 && one.attempts.length === DURABLE.maxAttempts;
        if (!lostAnswer(one)) expect(one.status).toBe(isSpent ? "Failed" : "Completed");
        if (one.status === "Failed" && !isSpent) expect(one.ambiguousRuns.length).toBeGreaterThan(0);
        expect(started.length, "it was started twice though its run was there").toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 12) },
  );
});

/** Bursts whose share of runs that were taken for another delivery's is held. */
const BURSTS = 8;

/** One burst, and webhooks of its runs in any order; returns its deliveries, and those with another one's run. */
async function burstInAnyOrder(
  start: StartedRun["start"],
  seed: number,
): Promise<Record<"all" | "ambiguous" | "wrong", Delivery[]>> {
  chance.random = randomOf(seed);
  chance.lag = 0;
  faulty = false;
  const setting = await burst(start, true);
  while (await setting.queues.workOne(setting.deps, null));
  expect(runs.length).toBe(BURST);
  setting.clock.at += SECOND;
  now = setting.clock.at;
  const order = [...runs];
  while (order.length > 0) {
    const run = pick(order);
    run.status = "in_progress";
    await trackRun(setting.deps, observed(run));
  }
  const all = await deliveriesOf(setting);
  const isWrong = (one: Delivery) =>
    Object.values(one.owners).some(
      ({ runId }) => runs.find(({ id }) => String(id) === runId)?.deliveryId !== one.deliveryId,
    );
  return { all, ambiguous: all.filter((one) => one.ambiguousRuns.length > 0), wrong: all.filter(isWrong) };
}

test.each([
  ["workflow_dispatch", 0, 0],
  ["repository_dispatch", BURST, 9],
] as const)(
  "of ten events in one second by %s, followed by webhooks in any order, %i are ambiguous at first and about %i have another delivery's run",
  async (start, ambiguous, wrong) => {
    let sum = 0;
    for (let n = 0; n < BURSTS; n++) {
      const came = await burstInAnyOrder(start, n);
      expect(came.all.map(({ status }) => status)).toEqual(Array(BURST).fill("Confirmed"));
      expect(came.ambiguous).toHaveLength(ambiguous);
      sum += came.wrong.length;
    }
    // Which run is whose is chance: of ten pairs one is right on average.
    if (wrong === 0) expect(sum).toBe(0);
    else expect(Math.abs(sum / BURSTS - wrong)).toBeLessThan(1);
  },
);
