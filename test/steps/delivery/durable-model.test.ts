import type { Server } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { isReleased } from "../../../app/domain/delivery/ownership.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { RunIdentity } from "../../../app/github/oidc.ts";
import { complete } from "../../../app/steps/delivery/complete.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import type { Storage } from "../../../app/store/ports.ts";
import {
  attempt,
  chance,
  completedWebhook,
  openFragileStorage,
  RANK,
  type Setting,
  setModel,
  startPlainGitHub,
} from "../../support/model.ts";
import { randomOf } from "../../support/random.ts";

/*
 * The model of durable delivery: a GitHub that fails in every way, consumers whose runs confirm, complete,
 * die or never start, workers cut off between any two writes. Whatever happens, every delivery comes to an
 * end with a reason, none moves backwards, and of each workflow one run alone is told that it is the owner.
 */

const WORKFLOW = ".github/workflows/deploy.yml";
const SETTINGS = { confirmWithin: 600, completeWithin: 3600, maxAttempts: 3, retryOnFailure: false };

/** A run that a dispatch started at the consumer. */
interface ConsumerRun {
  runId: number;
  repositoryId: string;
  deliveryId: string;
  createdAt: number;
  state: "started" | "confirmed" | "ended";
  conclusion: string | null;
}

let storage: Storage;
let github: Server;
let apiUrl: string;
let faulty = false;
let now = 0;
let runs: ConsumerRun[] = [];
let nextRun = 1;

/** Returns a run as GitHub's list of runs shows it. */
const runJson = (run: ConsumerRun) => ({
  id: run.runId,
  run_attempt: 1,
  path: WORKFLOW,
  event: "repository_dispatch",
  display_title: `Deploy ${run.deliveryId}`,
  head_sha: "a".repeat(40),
  actor: { login: "zekt[bot]" },
  status: run.state === "ended" ? "completed" : "in_progress",
  conclusion: run.conclusion,
  created_at: iso(run.createdAt),
  updated_at: iso(now),
});

/** GitHub takes a dispatch: its run starts, unless the consumer is deaf to it. */
function accept(repositoryId: string, body: string): void {
  if (faulty && chance.random() < 0.2) return;
  const { deliveryId } = JSON.parse(body).client_payload.zekt;
  runs.push({
    runId: nextRun++,
    repositoryId,
    deliveryId,
    createdAt: now,
    state: "started",
    conclusion: null,
  });
}

beforeAll(async () => {
  storage = openFragileStorage();
  ({ server: github, url: apiUrl } = await startPlainGitHub(({ url = "" }, body) => {
    const [, repositoryId = "", what] = /^\/repositories\/(\d+)\/(\w+)/.exec(url) ?? [];
    if (what === "actions") {
      const of = runs.filter((run) => run.repositoryId === repositoryId);
      return { status: 200, body: { total_count: of.length, workflow_runs: of.map(runJson) } };
    }
    if (what !== "dispatches") return { status: 404, body: { message: "Not Found" } };
    const roll = faulty ? chance.random() : 1;
    if (roll < 0.05) return { status: 503 };
    if (roll < 0.1) {
      // A gateway's error says nothing of what GitHub behind it did.
      if (chance.random() < 0.5) accept(repositoryId, body);
      return { status: chance.random() < 0.5 ? 502 : 504 };
    }
    if (roll < 0.15) return { status: 429, headers: { "retry-after": "30" } };
    if (roll < 0.2) return "drop";
    accept(repositoryId, body);
    return roll < 0.6 ? "drop" : { status: 204 };
  }));
});

afterAll(async () => {
  await storage.close();
  github.closeAllConnections();
  github.close();
});

const crashAfter = (): number | null => (chance.random() < 0.3 ? Math.floor(chance.random() * 5) : null);

/** The answers that the runs got when they confirmed: by delivery, the runs that may consider themselves its owner. */
const owners = new Map<string, Set<number>>();

const identityOf = (run: ConsumerRun) =>
  ({
    repository: "consumer/r",
    repositoryId: run.repositoryId,
    repositoryOwnerId: "1",
    runId: String(run.runId),
    runAttempt: 1,
    eventName: "repository_dispatch",
    ref: "refs/heads/main",
    workflowRef: `consumer/r/${WORKFLOW}@refs/heads/main`,
  }) as RunIdentity;

/** Makes a run do its next step, which may be cut off and is then, like the action does it, tried again. */
async function step({ deps }: Setting, run: ConsumerRun): Promise<void> {
  const named = { deliveryId: run.deliveryId, correlationId: null };
  if (run.state === "started") {
    if (chance.random() < 0.1) {
      // Dies before its first step.
      run.state = "ended";
      run.conclusion = "startup_failure";
      return;
    }
    await attempt(async () => {
      const { duplicate } = await confirm(deps, identityOf(run), named);
      if (!duplicate) owners.set(run.deliveryId, (owners.get(run.deliveryId) ?? new Set()).add(run.runId));
      run.state = duplicate ? "ended" : "confirmed";
      run.conclusion = duplicate ? "success" : null;
    }, crashAfter());
    return;
  }
  if (run.state !== "confirmed") return;
  const conclusion = chance.random() < 0.3 ? "failure" : "success";
  if (chance.random() < 0.1) {
    // Dies before its last step.
    run.state = "ended";
    run.conclusion = "cancelled";
    return;
  }
  const success = conclusion === "success";
  await attempt(async () => {
    await complete(deps, identityOf(run), { ...named, success, conclusion });
    run.state = "ended";
    run.conclusion = conclusion;
  }, crashAfter());
}

/** Watches every write of a delivery for what must never happen. */
function watch({ deps }: Setting): void {
  const { deliveries } = deps.store;
  const replace = deliveries.replace.bind(deliveries);
  deliveries.replace = async (before, after) => {
    const stored = await replace(before, after);
    if (!stored) return false;
    const was = before as Delivery;
    expect(RANK[after.status], `${was.status} → ${after.status}`).toBeGreaterThanOrEqual(RANK[was.status]);
    if (was.isFinalized) expect([after.isFinalized, after.status]).toEqual([true, was.status]);
    for (const [workflow, owner] of Object.entries(was.owners)) {
      const next = after.owners[workflow];
      if (next?.runId !== owner.runId)
        expect(isReleased(after, owner), "an owner lost its delivery").toBe(true);
    }
    expect(after.attempts.length).toBeLessThanOrEqual(SETTINGS.maxAttempts);
    expect(after.dueAt !== null || after.isFinalized || after.parkedAt !== null, "nothing is due of it").toBe(
      true,
    );
    return true;
  };
}

async function pass(setting: Setting, ms: number, crash: number | null): Promise<void> {
  setting.clock.at += ms;
  now = setting.clock.at;
  await attempt(() => sweep(setting.deps), crash);
}

test("whatever fails, every durable delivery ends, none goes back, and no workflow has two owners", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      chance.random = randomOf(seed);
      chance.lag = 0.3;
      faulty = true;
      runs = [];
      owners.clear();
      const setting = await setModel(storage, apiUrl, [
        { durable: SETTINGS },
        { durable: { ...SETTINGS, retryOnFailure: true } },
        { durable: SETTINGS, workflow: WORKFLOW },
      ]);
      now = setting.clock.at;
      watch(setting);
      await ingest(setting.deps, completedWebhook(setting.repositoryId, 1));
      for (let n = 0; n < 40; n++) {
        // First much is dispatched, again and again where GitHub's answer is lost; then the runs come.
        const roll = n < 15 ? chance.random() * 0.7 + (chance.random() < 0.3 ? 0.3 : 0) : chance.random();
        const alive = runs.filter(({ state }) => state !== "ended");
        if (roll < 0.55) await setting.queues.workOne(setting.deps, crashAfter());
        else if (n >= 15 && roll < 0.85 && alive.length > 0)
          await step(setting, alive[Math.floor(chance.random() * alive.length)] as ConsumerRun);
        else await pass(setting, chance.random() * 12 * MINUTE, crashAfter());
      }
      // From here on nothing fails any more; what lives comes to its end.
      chance.lag = 0;
      faulty = false;
      const list = async () => {
        const pages = setting.consumers.map((one) => setting.deps.store.deliveries.list("consumer", one));
        return (await Promise.all(pages)).flatMap(({ items }) => items);
      };
      const isOpen = ({ isFinalized, dueAt }: Delivery) => !isFinalized || dueAt !== null;
      for (let round = 0; round < 40 && (await list()).some(isOpen); round++) {
        while (await setting.queues.workOne(setting.deps, null));
        for (const run of runs.filter(({ state }) => state !== "ended")) await step(setting, run);
        await pass(setting, 3 * HOUR, null);
      }
      for (const consumer of setting.consumers) {
        const { items } = await setting.deps.store.deliveries.list("consumer", consumer);
        expect(items).toHaveLength(1);
        for (const delivery of items) {
          expect([delivery.isFinalized, delivery.dueAt, delivery.parkedAt]).toEqual([true, null, null]);
          if (delivery.status === "Failed") expect(delivery.failure?.reason).toMatch(/\w/);
          else expect(delivery.status).toBe("Completed");
          const told = [...(owners.get(delivery.deliveryId) ?? [])];
          const kept = told.filter(
            (runId) => !isReleased(delivery, { workflow: WORKFLOW, runId: String(runId), runAttempt: 1 }),
          );
          expect(kept.length, `owners of ${delivery.deliveryId}: ${told.join(", ")}`).toBeLessThanOrEqual(1);
        }
      }
    }),
    { numRuns: 25, interruptAfterTimeLimit: 25_000, markInterruptAsFailure: false },
  );
});
