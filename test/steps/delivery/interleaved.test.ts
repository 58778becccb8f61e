import fc from "fast-check";
import { expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { PAUSE_AFTER } from "../../../app/domain/delivery/connection-state.ts";
import { connectionScope } from "../../../app/domain/delivery/delivery-facts.ts";
import { isReleased } from "../../../app/domain/delivery/ownership.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { DurableSettings } from "../../../app/domain/records/subscription.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { complete } from "../../../app/steps/delivery/complete.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { track } from "../../../app/steps/delivery/track.ts";
import { workDelivery } from "../../../app/steps/jobs/handle-message.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { DEPLOY, type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";
import { interleaved } from "../../support/interleaved.ts";
import { RANK } from "../../support/model.ts";
import { randomOf } from "../../support/random.ts";

/*
 * Two to four steps on one delivery at once, where each request of the store waits for its turn: whatever the order,
 * no attempt is dispatched twice, no run gets what another owns, each thing counts once, and the delivery ends right.
 *
 * ZEKT_MODEL_LIVES has it live more often than CI does.
 */

const LIVES = Number(process.env.ZEKT_MODEL_LIVES ?? 150);
const FILE = "name: Deploy\non: repository_dispatch\njobs: {}\n";

const scenes = deliveryScenes();

/** A scene with its one delivery, and what its runs were answered. */
interface Life {
  scene: DeliveryScene;
  delivery: Delivery;
  /** Runs that Zekt answered own the delivery, and those whose success was taken. */
  owners: Set<string>;
  completed: Set<string>;
  /** The things that must never happen, and did. */
  faults: string[];
}

const identity = ({ scene }: Life, runId: string) => scene.identity({ runId });
const named = ({ delivery }: Life) => ({ deliveryId: delivery.deliveryId, correlationId: null });

async function change({ scene, delivery }: Life, by: (current: Delivery) => Delivery): Promise<void> {
  const current = await scene.reread(delivery);
  expect(await scene.deps.store.deliveries.replace(current, by(current))).toBe(true);
}

async function confirmBy(life: Life, runId: string): Promise<void> {
  const { duplicate } = await confirm(life.scene.deps, identity(life, runId), named(life));
  if (!duplicate) life.owners.add(runId);
}

async function completeBy(life: Life, runId: string, success: boolean): Promise<void> {
  await complete(life.scene.deps, identity(life, runId), {
    ...named(life),
    success,
    conclusion: success ? "success" : "failure",
  });
  if (success) life.completed.add(runId);
}

/** Adds a run to those that GitHub lists from here on. */
function list({ scene }: Life, status: string, conclusion: string | null, id = 900): void {
  const at = iso(scene.clock.at);
  scene.runs.push({
    id,
    run_attempt: 1,
    path: DEPLOY,
    event: "repository_dispatch",
    actor: { login: "zekt[bot]" },
    display_title: "Deploy",
    head_sha: "a".repeat(40),
    status,
    conclusion,
    html_url: "https://github.example/runs/900",
    created_at: at,
    run_started_at: at,
    updated_at: at,
  });
}

async function pause({ scene }: Life): Promise<void> {
  const { connections } = scene.deps.store;
  const state = await connections.get(scene.subscription.subscriptionId);
  const failure = { stage: "github", kind: "service-unavailable", reason: "down", status: 502 } as const;
  const pausedAt = iso(scene.clock.at);
  await connections.replace(state, { ...state, failures: PAUSE_AFTER, pausedAt, failure, dueAt: pausedAt });
}

/** The ways in which a delivery stands before the steps come. */
const STANDS: Record<string, (life: Life) => Promise<void>> = {
  pending: async () => {},
  "leased by a worker that died": async (life) => {
    await change(life, (current) => {
      const start = startAttempt(current, "dead", life.scene.clock.at);
      if (!("go" in start)) throw new Error("It is not leased");
      return start.go;
    });
    life.scene.clock.at += 2 * MINUTE;
  },
  dispatched: async ({ scene }) => await scene.work(),
  "dispatched and overdue": async ({ scene }) => {
    await scene.work();
    scene.clock.at += 30 * MINUTE;
  },
  "dispatched and overdue, with a run that ended well": async (life) => {
    await life.scene.work();
    list(life, "completed", "success");
    life.scene.clock.at += 30 * MINUTE;
  },
  "to be tried again": async ({ scene }) => {
    scene.answers.push({ status: 503 });
    await scene.work();
    scene.clock.at += 10 * MINUTE;
  },
  "without an answer": async ({ scene }) => {
    scene.answers.push("drop");
    await scene.work();
    scene.clock.at += 31_000;
  },
  confirmed: async (life) => {
    await life.scene.work();
    await confirmBy(life, "900");
  },
  "confirmed and overdue": async (life) => {
    await life.scene.work();
    await confirmBy(life, "900");
    life.scene.clock.at += 2 * HOUR;
  },
  "set aside": async (life) => {
    await pause(life);
    await life.scene.work();
  },
};

/** The steps that may come at once. */
const STEPS: Record<string, (life: Life) => Promise<unknown>> = {
  "a worker delivers": ({ scene, delivery }) => workDelivery(scene.deps, deliveryJob(delivery)),
  "another worker delivers": ({ scene, delivery }) => workDelivery(scene.deps, deliveryJob(delivery)),
  "a worker probes": ({ scene, delivery }) =>
    workDelivery(scene.deps, { ...deliveryJob(delivery), probe: true }),
  "the sweep": ({ scene }) => sweep(scene.deps),
  "another sweep": ({ scene }) => sweep(scene.deps),
  "run 900 confirms": (life) => confirmBy(life, "900"),
  "run 901 confirms": (life) => confirmBy(life, "901"),
  "run 900 completes well": (life) => completeBy(life, "900", true),
  "run 901 completes well": (life) => completeBy(life, "901", true),
  "run 900 fails": (life) => completeBy(life, "900", false),
  "a webhook of run 900 in progress": ({ scene }) => track(scene.deps, scene.observed()),
  "a webhook of run 900 that ended well": ({ scene }) =>
    track(scene.deps, scene.observed({ status: "completed", conclusion: "success" })),
  "a webhook of run 901 in progress": ({ scene }) => track(scene.deps, scene.observed({ runId: "901" })),
  "the connection is paused": (life) => pause(life),
  "the provider revokes": ({ scene }) =>
    decideSubscription(scene.deps, scene.subscription.subscriptionId, "revoked", "mona"),
};

/** Watches each write of the delivery, and each dispatch, for what must never happen. */
function watch(life: Life): void {
  const { scene, faults } = life;
  const { deliveries } = scene.deps.store;
  const replace = deliveries.replace.bind(deliveries);
  const hold = (holds: boolean, what: string): void => void (holds || faults.push(what));
  deliveries.replace = async (before, after) => {
    const stored = await replace(before, after);
    if (!stored) return false;
    const was = before as Delivery;
    hold(RANK[after.status] >= RANK[was.status], `${was.status} became ${after.status}`);
    // Of a default delivery, which is final once it is dispatched, a run may tell more.
    const isSame = after.status === was.status || was.durable === null;
    hold(!was.isFinalized || (after.isFinalized && isSame), "what was final changed");
    for (const [workflow, owner] of Object.entries(was.owners)) {
      const next = after.owners[workflow];
      const isProven = owner.via !== "inferred" || next?.via === "inferred";
      if (next?.runId !== owner.runId && isProven)
        hold(isReleased(after, owner), `${owner.runId} lost its delivery to ${next?.runId}`);
    }
    hold(after.dueAt !== null || after.isFinalized || after.parkedAt !== null, "nothing is due of it");
    return true;
  };
}

/**
 * Waits until all that is left has ended: time passes, nothing fails, and no other run comes. Of a paused connection one does, as
 * what waits for it does not age.
 */
async function rest(life: Life): Promise<Delivery> {
  const { scene } = life;
  const { connections } = scene.deps.store;
  for (let round = 0; round < 60; round++) {
    await sweep(scene.deps);
    await scene.work();
    const current = await scene.reread(life.delivery);
    if (current.isFinalized && current.dueAt === null) return current;
    const { pausedAt } = await connections.get(current.subscriptionId);
    if (pausedAt !== null && current.dueFor === "confirmation") {
      const runId = current.owners[DEPLOY]?.runId ?? "950";
      await confirmBy(life, runId);
      await completeBy(life, runId, true);
    }
    scene.clock.at += round < 20 ? 2 * MINUTE : HOUR;
  }
  return await scene.reread(life.delivery);
}

/** Holds the delivery, its dispatches and its figures against what happened. */
async function judge(life: Life, sentBefore: number): Promise<void> {
  const { scene, delivery, owners, completed, faults } = life;
  const hold = (holds: boolean, what: string): void => void (holds || faults.push(what));
  const revoked = (await scene.deps.store.catalog.findSubscription(scene.subscription.subscriptionId))
    ?.status;
  const end = await rest(life);
  hold(end.isFinalized && end.dueAt === null && end.parkedAt === null, `it never ends: ${end.status}`);
  const numbers = scene.sent.map(({ client_payload }) => Number(client_payload.zekt.attempt));
  hold(new Set(numbers).size === numbers.length, `attempts were dispatched twice: ${numbers}`);
  // A probe of its paused connection is no attempt.
  const probes = end.attempts.filter(({ probe }) => probe).length;
  hold(numbers.length - probes <= (delivery.durable?.maxAttempts ?? 5), `${numbers.length} dispatches`);
  if (revoked === "revoked") hold(scene.sent.length === sentBefore, "it was dispatched though revoked");
  const standing = [...owners].filter(
    (runId) => !isReleased(end, { workflow: DEPLOY, runId, runAttempt: 1 }),
  );
  hold(standing.length <= 1, `owners are ${standing}`);
  for (const runId of completed) {
    const isOwner = end.owners[DEPLOY]?.runId === runId;
    hold(
      isOwner || isReleased(end, { workflow: DEPLOY, runId, runAttempt: 1 }),
      `${runId} completed what it does not own`,
    );
  }
  if (end.status === "Completed") hold(end.completedAt !== null, "it has no end");
  if (end.status === "Failed") hold(/\w/.test(end.failure?.reason ?? ""), "it failed without a reason");
  await judgeFigures(life, end, hold);
}

async function judgeFigures(
  { scene }: Life,
  end: Delivery,
  hold: (holds: boolean, what: string) => void,
): Promise<void> {
  const { meters, failures } = scene.deps.store;
  // What came late to an hour is in its figures a minute after.
  scene.clock.at += 5 * MINUTE;
  await sweep(scene.deps);
  const from = Date.parse(end.createdAt) - HOUR;
  const of = async (scope: string): Promise<Record<string, number>> =>
    (await meters.total(scope, from, scene.clock.at + HOUR)) as Record<string, number>;
  const health = await of(connectionScope(end.subscriptionId));
  const isDurable = end.durable !== null;
  const expected: Record<string, number> = {
    "health:total": 1,
    "health:failed": Number(end.status === "Failed"),
    "health:completed": Number(isDurable && end.status === "Completed"),
    "health:confirmed": Number(isDurable && end.confirmedAt !== null),
  };
  for (const [name, value] of Object.entries(expected))
    hold((health[name] ?? 0) === value, `${name} is ${health[name]}, not ${value}`);
  const failed = await failures.last(end.subscriptionId, 10);
  hold(failed.length === Number(end.status === "Failed"), `${failed.length} failures are listed`);
}

const DURABLES: (DurableSettings | null)[] = [
  DURABLE,
  { ...DURABLE, retryOnFailure: true },
  { ...DURABLE, maxAttempts: 1 },
  null,
];

/** One life: a delivery stands in some way, and the steps come at once. */
async function live(stands: string, steps: readonly string[], durable: DurableSettings | null, seed: number) {
  const random = randomOf(seed);
  const scene = await scenes.build({ durable });
  scene.files[DEPLOY] = FILE;
  await scene.deps.store.accounts.setRepository({
    repositoryId: scene.consumer,
    tracking: durable !== null,
  });
  const delivery = await scene.route();
  const life: Life = { scene, delivery, owners: new Set(), completed: new Set(), faults: [] };
  await STANDS[stands]?.(life);
  watch(life);
  const ends = await interleaved(
    steps.map((name) => async () => await STEPS[name]?.(life)),
    random,
    (point) => scenes.before(point),
  );
  for (const [index, end] of ends.entries())
    if (end.status === "rejected" && (end.reason as Error).name !== "Refusal" && !isRefused(end.reason))
      life.faults.push(`${steps[index]} threw ${(end.reason as Error).stack}`);
  await judge(life, scene.sent.length);
  expect(life.faults, `${stands}; ${steps.join(", ")}; ${JSON.stringify(durable)}; seed ${seed}`).toEqual([]);
}

/** Returns whether a step was refused, as one that comes too late may be. */
const isRefused = (error: unknown): boolean =>
  ["conflict", "not-found", "forbidden"].includes((error as { code?: string }).code ?? "");

test("however the requests of steps on one delivery interleave, it is dispatched once an attempt, owned by one run, counted once and ends right", {
  timeout: 60_000 * Math.max(1, LIVES / 150),
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(STANDS)),
      fc.uniqueArray(fc.constantFrom(...Object.keys(STEPS)), { minLength: 2, maxLength: 4 }),
      fc.constantFrom(...DURABLES),
      fc.integer(),
      live,
    ),
    { numRuns: LIVES, endOnFailure: process.env.CI !== undefined },
  );
});

test("a delivery that its run completes while it is set aside is set aside no more", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  const life: Life = { scene, delivery, owners: new Set(), completed: new Set(), faults: [] };
  await STANDS["set aside"]?.(life);
  expect((await scene.reread(delivery)).parkedAt).not.toBeNull();
  await completeBy(life, "900", true);
  expect(await scene.reread(delivery)).toMatchObject({ status: "Completed", parkedAt: null, dueAt: null });
});
