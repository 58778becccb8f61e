import { describe, expect, test } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { park, startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { PAUSE_AFTER } from "../../../app/domain/delivery/connection-state.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { Refusal } from "../../../app/domain/refusal.ts";
import { recordDispatch } from "../../../app/steps/delivery/causes.ts";
import { complete } from "../../../app/steps/delivery/complete.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { readPayload } from "../../../app/steps/delivery/read-payload.ts";
import { trackRun } from "../../../app/steps/delivery/track-workflow-run.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { replay } from "../../../app/steps/replay/replay.ts";
import {
  DEPLOY,
  type DeliveryScene,
  type DeliveryScenes,
  DURABLE,
  deliveryScenes,
} from "../../support/delivery-scene.ts";

/* Deliveries by workflow_dispatch: GitHub names the run that each starts, so that nothing is inferred. */

const STARTS = { start: "workflow_dispatch" as const, workflow: DEPLOY, durable: DURABLE };

const scenes = deliveryScenes();

/** A consumer that is not followed by a webhook, unless the test says so. */
async function build(
  change: Parameters<DeliveryScenes["build"]>[0] = {},
  tracking = false,
): Promise<DeliveryScene> {
  const scene = await scenes.build({ ...STARTS, ...change });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking });
  return scene;
}

/** Dispatches so many events at once; answers their deliveries. */
async function dispatched(scene: DeliveryScene, count = 1): Promise<Delivery[]> {
  const made: Delivery[] = [];
  for (let n = 0; n < count; n++) made.push(await scene.route());
  await scene.work();
  return await Promise.all(made.map((one) => scene.reread(one)));
}

const runIdOf = (delivery: Delivery): string => delivery.attempts.at(-1)?.runId as string;

/** Says how GitHub has a run by now. */
function setRun(scene: DeliveryScene, runId: string, change: object): void {
  const run = scene.runs.find((one) => String((one as { id: number }).id) === runId);
  Object.assign(run as object, change);
}

/** Passes time and works what is due then. */
async function pass(scene: DeliveryScene, ms: number): Promise<void> {
  scene.clock.at += ms;
  await sweep(scene.deps);
  await scene.work();
}

const started = (scene: DeliveryScene, runId: string) =>
  scene.identity({ eventName: "workflow_dispatch", runId, actor: "zekt[bot]" });

const named = (one: Delivery) => ({ deliveryId: one.deliveryId, correlationId: null });

describe("the dispatch", () => {
  test("starts the named workflow on the default branch with one input, and records the run of the answer", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect(scene.sent).toEqual([]);
    expect(scene.started).toMatchObject([{ workflow: "deploy.yml", ref: "main", return_run_details: true }]);
    expect(Object.keys(scene.started[0]?.inputs ?? {})).toEqual(["zekt"]);
    const envelope = JSON.parse(scene.started[0]?.inputs.zekt ?? "");
    expect(envelope).toMatchObject({
      eventType: "zekt-workflow-completed",
      zekt: { deliveryId: delivery.deliveryId, attempt: 1, payload: null, durable: true },
      workflow_run: { conclusion: "success" },
    });
    expect(delivery).toMatchObject({
      status: "Dispatched",
      dueFor: "confirmation",
      attempts: [{ outcome: "dispatched", status: 200, runId: "9000" }],
    });
  });

  test("runs the branch that the subscription names", async () => {
    const scene = await build({ ref: "release" });
    await dispatched(scene);
    expect(scene.started[0]?.ref).toBe("release");
  });

  test("leaves a message behind that its JSON within JSON would take over GitHub's limit", async () => {
    const scene = await build();
    const quotes = JSON.stringify({ text: '"'.repeat(16_000) });
    await scene.say({ payload: quotes }, { runId: "500" });
    await scene.route(500);
    await scene.work();
    const sent = scene.started.map(({ inputs }) => JSON.parse(inputs.zekt).zekt);
    const said = sent.find(({ eventType }) => eventType === "built");
    expect([said.payload, said.payloadRef.size]).toEqual([null, Buffer.byteLength(quotes)]);
  });

  test("that GitHub refuses ends the delivery at once, in GitHub's words", async () => {
    const scene = await build();
    const message = "Workflow does not have 'workflow_dispatch' trigger";
    scene.answers.push({ status: 422, body: { message } });
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect(delivery).toMatchObject({
      status: "Failed",
      failure: { stage: "github", kind: "payload", reason: expect.stringContaining(message) },
    });
  });

  test("to a workflow that is not there fails with a reason that names it", async () => {
    const scene = await build();
    scene.answers.push({ status: 404, body: { message: "Not Found" } });
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect(delivery.failure).toMatchObject({
      kind: "not-found",
      reason: `GitHub answered 404: Not Found. GitHub starts only a workflow that is on the default branch: look whether ${DEPLOY} is there.`,
    });
  });

  test("goes to the new default branch where the old one was renamed before Zekt learned of it", async () => {
    const scene = await build();
    scene.defaultBranch = "trunk";
    scene.answers.push({ status: 422, body: { message: "No ref found for: main" } });
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect(scene.started.map(({ ref }) => ref)).toEqual(["main", "trunk"]);
    expect(delivery).toMatchObject({ status: "Dispatched", attempts: [{ runId: "9000" }] });
    expect(await scene.jobs()).toMatchObject([{ kind: "repository", repositoryId: scene.consumer }]);
  });

  test("to a branch that the subscription names, and that is gone, fails in GitHub's words", async () => {
    const scene = await build({ ref: "release" });
    scene.defaultBranch = "trunk";
    scene.answers.push({ status: 422, body: { message: "No ref found for: release" } });
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect(scene.started).toHaveLength(1);
    expect(delivery.failure?.reason).toContain("No ref found for: release");
  });

  test("is the way that a delivery was made with, whatever the subscription chose meanwhile", async () => {
    const scene = await build();
    const exact = await scene.route();
    await scene.changeSubscription({ start: "repository_dispatch", ref: null });
    const other = await scene.route();
    await scene.work();
    expect([scene.started.length, scene.sent.length]).toEqual([1, 1]);
    expect((await scene.reread(exact)).attempts).toMatchObject([{ status: 200, runId: "9000" }]);
    expect((await scene.reread(other)).attempts).toMatchObject([{ status: 204 }]);
  });

  test("of a replay goes the way that the subscription starts runs by now, either way", async () => {
    const scene = await build({ durable: null });
    const [exact] = (await dispatched(scene)) as [Delivery];
    await scene.changeSubscription({ start: "repository_dispatch", ref: null });
    const plain = await replay(scene.deps, exact, `${exact.deliveryId}-again`);
    await scene.work();
    expect([scene.started.length, scene.sent.length]).toEqual([1, 1]);
    await scene.changeSubscription({ start: "workflow_dispatch", ref: "release" });
    await replay(scene.deps, await scene.reread(plain), `${exact.deliveryId}-anew`);
    await scene.work();
    expect([scene.started.length, scene.sent.length]).toEqual([2, 1]);
    expect(scene.started[1]).toMatchObject({ ref: "release" });
    const { zekt } = JSON.parse(scene.started[1]?.inputs.zekt ?? "");
    expect(zekt).toMatchObject({ isReplay: true, replayOf: plain.deliveryId, attempt: 1 });
  });

  test("that probes a paused connection is followed like any other, and lets out what waited", async () => {
    const scene = await build();
    const waiting = [await scene.route(), await scene.route()];
    scene.queues.take();
    const { connections, deliveries } = scene.deps.store;
    for (const one of waiting) await deliveries.replace(one, park(one, scene.clock.at));
    const state = await connections.get(scene.subscription.subscriptionId);
    const failure = { stage: "github", kind: "service-unavailable", reason: "down", status: 502 } as const;
    const now = new Date(scene.clock.at).toISOString();
    await connections.replace(state, { ...state, failures: PAUSE_AFTER, pausedAt: now, failure, dueAt: now });
    scene.answers.push({ status: 502 });
    await pass(scene, 0);
    expect(await connections.get(state.subscriptionId)).toMatchObject({ pausedAt: now });
    for (let minute = 0; minute < 30 && scene.started.length < 3; minute++) {
      await pass(scene, MINUTE);
      for (const run of scene.runs) Object.assign(run, { status: "completed", conclusion: "success" });
    }
    await pass(scene, MINUTE);
    const ended = await Promise.all(waiting.map((one) => scene.reread(one)));
    expect(ended.map(({ status }) => status)).toEqual(["Completed", "Completed"]);
    expect(new Set(ended.map(runIdOf)).size).toBe(2);
    expect(scene.started).toHaveLength(3);
  });

  test("is not taken for made where a proxy answers 200 with a page", async () => {
    const scene = await build();
    scene.answers.push({ status: 200, headers: { "content-type": "text/html" }, body: "<html>" });
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect(delivery.attempts[0]).toMatchObject({ outcome: "failed", failure: { kind: "network" } });
  });
});

describe("without a webhook", () => {
  test("ten events of one second are each followed to their own end by asking for their own run", async () => {
    const scene = await build();
    const deliveries = await dispatched(scene, 10);
    const runs = deliveries.map(runIdOf);
    expect(new Set(runs).size).toBe(10);
    for (const [index, runId] of runs.entries()) {
      setRun(scene, runId, { status: "completed", conclusion: index % 2 === 0 ? "success" : "failure" });
    }
    await pass(scene, MINUTE);
    for (const [index, one] of deliveries.entries()) {
      expect(await scene.reread(one)).toMatchObject({
        status: index % 2 === 0 ? "Completed" : "Failed",
        ambiguousRuns: [],
        owners: { [DEPLOY]: { runId: runs[index], via: "run-id" } },
      });
    }
    expect(scene.asked.sort()).toEqual([...runs].sort());
  });

  test("a run in progress confirms, and its end is asked for long before its time is over", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    setRun(scene, runIdOf(delivery), { status: "in_progress" });
    await pass(scene, MINUTE);
    expect(await scene.reread(delivery)).toMatchObject({ status: "Confirmed", dueFor: "completion" });
    setRun(scene, runIdOf(delivery), { status: "completed", conclusion: "success" });
    await pass(scene, MINUTE);
    expect((await scene.reread(delivery)).status).toBe("Completed");
  });

  test("a run that waits for a runner is asked for ever more seldom, and is not started twice", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    for (let minute = 0; minute < 120; minute++) await pass(scene, MINUTE);
    expect(scene.started).toHaveLength(1);
    expect(scene.asked.length).toBeLessThan(25);
    setRun(scene, runIdOf(delivery), { status: "completed", conclusion: "success" });
    await pass(scene, 10 * MINUTE);
    expect((await scene.reread(delivery)).status).toBe("Completed");
  });

  test("a run that confirms by itself and says nothing of its end is asked for as well", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    const runId = runIdOf(delivery);
    setRun(scene, runId, { status: "in_progress" });
    scene.clock.at += 5 * SECOND;
    await confirm(scene.deps, started(scene, runId), named(delivery));
    setRun(scene, runId, { status: "completed", conclusion: "success" });
    await pass(scene, MINUTE);
    expect((await scene.reread(delivery)).status).toBe("Completed");
  });

  test("a run that somebody deleted has run, so that its delivery ends as not known and is not sent again", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    scene.runs.length = 0;
    for (let minute = 0; minute < 15; minute++) await pass(scene, MINUTE);
    expect(await scene.reread(delivery)).toMatchObject({
      status: "Failed",
      failure: { stage: "conclusion", reason: expect.stringContaining("run 9000") },
    });
    expect(scene.started).toHaveLength(1);
  });

  test("a run that does not end in time fails its delivery", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    setRun(scene, runIdOf(delivery), { status: "in_progress" });
    await pass(scene, MINUTE);
    for (let minute = 0; minute < 75; minute++) await pass(scene, MINUTE);
    expect(await scene.reread(delivery)).toMatchObject({
      status: "Failed",
      failure: { stage: "completion" },
    });
  });

  test("while GitHub cannot be asked nothing is dispatched again", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    const github = scene.deps.github as { as: unknown };
    const standing = github.as;
    github.as = async () => {
      throw new Refusal("unavailable", "GitHub did not answer");
    };
    await pass(scene, HOUR);
    expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", dueFor: "confirmation" });
    github.as = standing;
    expect(scene.started).toHaveLength(1);
  });

  test("a run that failed and gives the delivery up has it dispatched to another, which is asked for alone", async () => {
    const scene = await build({ durable: { ...DURABLE, retryOnFailure: true } });
    const [delivery] = (await dispatched(scene)) as [Delivery];
    setRun(scene, runIdOf(delivery), { status: "completed", conclusion: "failure" });
    await pass(scene, MINUTE);
    await pass(scene, 10 * SECOND);
    const again = await scene.reread(delivery);
    expect(again.attempts.map(({ runId }) => runId)).toEqual(["9000", "9001"]);
    scene.asked.length = 0;
    setRun(scene, "9001", { status: "completed", conclusion: "success" });
    await pass(scene, MINUTE);
    expect(scene.asked).toEqual(["9001"]);
    expect((await scene.reread(delivery)).status).toBe("Completed");
  });
});

describe("with a webhook", () => {
  const seen = (scene: DeliveryScene, runId: string, change: object = {}) =>
    scene.observed({ event: "workflow_dispatch", runId, ...change });

  test("a burst is followed by each run's own webhooks, and nothing is asked", async () => {
    const scene = await build({}, true);
    const deliveries = await dispatched(scene, 10);
    for (const one of [...deliveries].reverse()) {
      await trackRun(scene.deps, seen(scene, runIdOf(one)));
      await trackRun(scene.deps, seen(scene, runIdOf(one), { status: "completed", conclusion: "success" }));
    }
    for (const one of deliveries) {
      expect(await scene.reread(one)).toMatchObject({
        status: "Completed",
        ambiguousRuns: [],
        owners: { [DEPLOY]: { runId: runIdOf(one), via: "run-id" } },
      });
    }
    expect(scene.asked).toEqual([]);
  });

  test("a webhook that overtakes the answer waits for it", async () => {
    const scene = await build({}, true);
    const delivery = await scene.route();
    scene.answers.push(async () => {
      const answer = scene.startRun();
      await trackRun(scene.deps, seen(scene, "9000"));
      return answer;
    });
    await scene.work();
    expect((await scene.reread(delivery)).status).toBe("Dispatched");
    const [job] = await scene.jobs();
    if (job?.kind === "track") await trackRun(scene.deps, job.run);
    expect((await scene.reread(delivery)).status).toBe("Confirmed");
  });

  test("a re-run is the same owner", async () => {
    const scene = await build({}, true);
    const [delivery] = (await dispatched(scene)) as [Delivery];
    const runId = runIdOf(delivery);
    await trackRun(scene.deps, seen(scene, runId, { status: "completed", conclusion: "success" }));
    await trackRun(scene.deps, seen(scene, runId, { runAttempt: 2 }));
    await trackRun(
      scene.deps,
      seen(scene, runId, { runAttempt: 2, status: "completed", conclusion: "failure" }),
    );
    expect((await scene.reread(delivery)).owners[DEPLOY]).toMatchObject({
      runId,
      runAttempt: 2,
      conclusion: "failure",
      duplicates: [],
    });
  });

  test.each([
    ["that somebody started by hand", { actor: "mona" }],
    ["of another workflow", { workflow: ".github/workflows/other.yml" }],
  ])("a run %s is nobody's", async (_, change) => {
    const scene = await build({}, true);
    const [delivery] = (await dispatched(scene)) as [Delivery];
    await trackRun(scene.deps, seen(scene, "4711", change));
    expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", owners: {} });
  });

  test("a run of a repository_dispatch is never taken for a delivery by workflow_dispatch", async () => {
    const scene = await build({}, true);
    scene.files[DEPLOY] = "on: [repository_dispatch, workflow_dispatch]\njobs: {}\n";
    const [delivery] = (await dispatched(scene)) as [Delivery];
    await trackRun(scene.deps, scene.observed({ runId: "4711" }));
    expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", owners: {} });
  });
});

describe("what a run says of itself", () => {
  test("confirm, complete and payload are for the run that GitHub named, and for no other", async () => {
    const scene = await build();
    await scene.say({}, { runId: "510" });
    await scene.route(510);
    await scene.work();
    const first = (await scene.list()).find(({ eventType }) => eventType === "built") as Delivery;
    const [second] = (await dispatched(scene)) as [Delivery];
    const foreign = started(scene, runIdOf(second));
    for (const step of [
      () => confirm(scene.deps, foreign, named(first)),
      () => complete(scene.deps, foreign, { ...named(first), success: true, conclusion: null }),
      () => readPayload(scene.deps, foreign, first.deliveryId),
    ]) {
      await expect(step()).rejects.toMatchObject({ code: "forbidden" });
    }
    const own = started(scene, runIdOf(first));
    await confirm(scene.deps, own, named(first));
    expect((await readPayload(scene.deps, own, first.deliveryId)).body).toBe('{"version":"1.2.3"}');
    await complete(scene.deps, own, { ...named(first), success: true, conclusion: null });
    expect(await scene.reread(first)).toMatchObject({
      status: "Completed",
      owners: { [DEPLOY]: { runId: runIdOf(first) } },
    });
    expect((await scene.reread(second)).owners).toEqual({});
  });

  test("the named run speaks for itself on whatever branch the subscription chose", async () => {
    const scene = await build({ ref: "release" });
    const [delivery] = (await dispatched(scene)) as [Delivery];
    const identity = { ...started(scene, runIdOf(delivery)), ref: "refs/heads/release" };
    expect((await confirm(scene.deps, identity, named(delivery))).status).toBe("Confirmed");
  });

  test("a run of a repository_dispatch may not speak of it", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    const identity = scene.identity({ runId: runIdOf(delivery) });
    await expect(confirm(scene.deps, identity, named(delivery))).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("sent by workflow_dispatch"),
    });
  });

  test("a run that asks before GitHub's answer is in is told to ask again", async () => {
    const scene = await build();
    const delivery = await scene.route();
    let refused: unknown;
    scene.answers.push(async () => {
      const answer = scene.startRun();
      refused = await confirm(scene.deps, started(scene, "9000"), named(delivery)).catch((e: unknown) => e);
      return answer;
    });
    await scene.work();
    expect(refused).toMatchObject({ code: "unavailable", retryAfter: 3 });
    await confirm(scene.deps, started(scene, "9000"), named(delivery));
    expect((await scene.reread(delivery)).status).toBe("Confirmed");
  });

  test("one of several deliveries of a provider's run is found by the run alone", async () => {
    const scene = await build();
    await scene.say({ eventType: "built" }, { runId: "520" });
    await scene.say({ eventType: "tested" }, { runId: "520" });
    await scene.route(520);
    await scene.work();
    const deliveries = await scene.list();
    expect(deliveries.length).toBeGreaterThan(1);
    const last = deliveries.at(-1) as Delivery;
    const answer = await confirm(scene.deps, started(scene, runIdOf(last)), {
      correlationId: "520",
      deliveryId: null,
    });
    expect(answer.deliveryId).toBe(last.deliveryId);
  });
});

describe("a lost answer", () => {
  /** GitHub starts the run, and its answer never arrives. */
  const lost = (scene: DeliveryScene, title?: () => string) => () => {
    scene.startRun();
    if (title) Object.assign(scene.runs.at(-1) as object, { display_title: title() });
    return "drop" as const;
  };

  test("is looked for in the list of runs once that can have it, and nothing is sent again", async () => {
    const scene = await build();
    const delivery = await scene.route();
    scene.answers.push(lost(scene));
    await scene.work();
    setRun(scene, "9000", { status: "in_progress" });
    await pass(scene, MINUTE);
    expect(await scene.reread(delivery)).toMatchObject({
      status: "Confirmed",
      owners: { [DEPLOY]: { runId: "9000", via: "inferred" } },
    });
    setRun(scene, "9000", { status: "completed", conclusion: "success" });
    await pass(scene, MINUTE);
    expect((await scene.reread(delivery)).status).toBe("Completed");
    expect(scene.started).toHaveLength(1);
  });

  test("is looked for past a listed run that is not as GitHub documents runs", async () => {
    const scene = await build();
    const delivery = await scene.route();
    scene.answers.push(lost(scene));
    await scene.work();
    setRun(scene, "9000", { status: "completed", conclusion: "success" });
    scene.runs.unshift({ ...(scene.runs[0] as object), id: 8999, path: null } as never);
    await pass(scene, MINUTE);
    expect((await scene.reread(delivery)).status).toBe("Completed");
    expect(scene.started).toHaveLength(1);
  });

  test("among a burst is told apart, since GitHub named the others", async () => {
    const scene = await build();
    scene.answers.push(
      () => scene.startRun(),
      lost(scene),
      () => scene.startRun(),
    );
    const made = [await scene.route(), await scene.route(), await scene.route()];
    await scene.work();
    for (const runId of ["9000", "9001", "9002"])
      setRun(scene, runId, { status: "completed", conclusion: "success" });
    await pass(scene, MINUTE);
    const [, second] = await Promise.all(made.map((one) => scene.reread(one)));
    expect(second).toMatchObject({
      status: "Completed",
      ambiguousRuns: [],
      owners: { [DEPLOY]: { runId: "9001", via: "inferred" } },
    });
    expect(scene.started).toHaveLength(3);
  });

  test("is sent again, as a possible duplicate, only where there is no run", async () => {
    const scene = await build();
    const delivery = await scene.route();
    scene.answers.push("drop");
    await scene.work();
    // GitHub is asked twice before anything is sent again.
    for (let minute = 0; minute < 4; minute++) await pass(scene, MINUTE);
    const again = await scene.reread(delivery);
    expect(again.attempts).toMatchObject([
      { outcome: "unknown" },
      { outcome: "dispatched", possibleDuplicate: true, runId: "9000" },
    ]);
  });

  test("of two deliveries at once is ambiguous, and neither is sent again", async () => {
    const scene = await build();
    scene.answers.push(lost(scene), lost(scene));
    const made = [await scene.route(), await scene.route()];
    await scene.work();
    for (const runId of ["9000", "9001"])
      setRun(scene, runId, { status: "completed", conclusion: "success" });
    for (let minute = 0; minute < 15; minute++) await pass(scene, MINUTE);
    for (const one of made) {
      const ended = await scene.reread(one);
      expect(ended.ambiguousRuns.sort()).toEqual(["9000", "9001"]);
      expect(ended).toMatchObject({ status: "Failed", owners: {} });
      expect(ended.failure?.reason).toContain("run-name");
    }
    expect(scene.started).toHaveLength(2);
  });

  test("of two deliveries at once is told apart by a run-name that holds the delivery id", async () => {
    const scene = await build();
    const made: Delivery[] = [];
    scene.answers.push(
      lost(scene, () => `Deploy ${JSON.parse(scene.started[0]?.inputs.zekt ?? "").zekt.deliveryId}`),
      lost(scene, () => `Deploy ${JSON.parse(scene.started[1]?.inputs.zekt ?? "").zekt.deliveryId}`),
    );
    made.push(await scene.route(), await scene.route());
    await scene.work();
    for (const runId of ["9000", "9001"])
      setRun(scene, runId, { status: "completed", conclusion: "success" });
    await pass(scene, MINUTE);
    const runs = await Promise.all(made.map(async (one) => (await scene.reread(one)).owners[DEPLOY]));
    expect(runs).toMatchObject([{ via: "run-name" }, { via: "run-name" }]);
    expect(new Set(runs.map((one) => one?.runId))).toEqual(new Set(["9000", "9001"]));
  });

  test("is proved by the run's own token, and by no run that a person started", async () => {
    const scene = await build();
    const delivery = await scene.route();
    scene.answers.push(lost(scene));
    await scene.work();
    const byHand = { ...started(scene, "4711"), actor: "mona" };
    await expect(confirm(scene.deps, byHand, named(delivery))).rejects.toMatchObject({ code: "forbidden" });
    await confirm(scene.deps, started(scene, "9000"), named(delivery));
    expect(await scene.reread(delivery)).toMatchObject({
      status: "Confirmed",
      owners: { [DEPLOY]: { runId: "9000", via: "action" } },
    });
  });

  test("is not sent again while another's answer is to come, which may name the run that is listed", async () => {
    const scene = await build();
    const delivery = await scene.route();
    scene.answers.push(() => "drop" as const);
    await scene.work();
    scene.clock.at += 20 * SECOND;
    const other = await scene.route();
    const start = startAttempt(other, "another", scene.clock.at);
    if (!("go" in start)) throw new Error("It was not leased.");
    await scene.deps.store.deliveries.replace(other, start.go);
    await recordDispatch(scene.deps, scene.consumer, other.deliveryId, scene.deps.clock.now());
    scene.startRun();
    scene.clock.at += 10 * SECOND;
    await sweep(scene.deps);
    expect(await scene.reread(delivery)).toMatchObject({
      dueFor: "confirmation",
      dueAt: iso(scene.clock.at + 2 * MINUTE),
      attempts: [{ outcome: "unknown" }],
    });
  });

  const OTHER = "consumer/r/.github/workflows/notify.yml@refs/heads/main";

  test("proves nothing of a run of another workflow, nor of one that GitHub named for another delivery", async () => {
    const scene = await build();
    const delivery = await scene.route();
    scene.answers.push(lost(scene));
    await scene.work();
    const [other] = (await dispatched(scene)) as [Delivery];
    const elsewhere = { ...started(scene, "4711"), workflowRef: OTHER };
    for (const identity of [elsewhere, started(scene, runIdOf(other))])
      await expect(confirm(scene.deps, identity, named(delivery))).rejects.toMatchObject({
        code: "forbidden",
      });
    expect((await scene.reread(delivery)).owners).toEqual({});
  });

  test("is none where GitHub named the run: no other run of the workflow speaks of its delivery", async () => {
    const scene = await build();
    const [delivery] = (await dispatched(scene)) as [Delivery];
    await expect(confirm(scene.deps, started(scene, "4711"), named(delivery))).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  test("is waited for 20 s by a run whose dispatch is still leased, and then the run proves itself", async () => {
    const scene = await build();
    const delivery = await scene.route();
    const start = startAttempt(delivery, "gone", scene.clock.at);
    if (!("go" in start)) throw new Error("It was not leased.");
    await scene.deps.store.deliveries.replace(delivery, start.go);
    const ask = () => confirm(scene.deps, started(scene, "9000"), named(delivery));
    scene.clock.at += 19 * SECOND;
    await expect(ask()).rejects.toMatchObject({ code: "unavailable" });
    scene.clock.at += SECOND;
    expect((await ask()).status).toBe("Confirmed");
  });

  test("leaves a run to its own token, though it was inferred to be another delivery's", async () => {
    const scene = await build();
    const first = await scene.route();
    scene.answers.push(lost(scene), lost(scene));
    await scene.work();
    setRun(scene, "9000", { status: "in_progress" });
    await pass(scene, MINUTE);
    expect((await scene.reread(first)).owners[DEPLOY]).toMatchObject({ runId: "9000", via: "inferred" });
    const second = await scene.route();
    await scene.work();
    expect((await confirm(scene.deps, started(scene, "9000"), named(second))).duplicate).toBe(false);
    expect((await scene.reread(second)).owners[DEPLOY]).toMatchObject({ runId: "9000", via: "action" });
  });
});

describe("a server that names no runs", () => {
  const REFUSED = {
    status: 422,
    body: { message: 'Invalid request.\n\n"return_run_details" is not a permitted key.' },
  };
  const unnamed = (scene: DeliveryScene) => () => {
    scene.startRun();
    return { status: 204 };
  };
  const subscription = async (scene: DeliveryScene) =>
    await scene.deps.store.catalog.getSubscription(scene.subscription);

  test("and answers 204 has its runs inferred, which the subscription says", async () => {
    const scene = await build({}, true);
    scene.answers.push(unnamed(scene));
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect(delivery).toMatchObject({ status: "Dispatched", attempts: [{ status: 204 }] });
    expect((await subscription(scene))?.unnamedRuns).toMatchObject({ by: "answer" });
    await trackRun(scene.deps, scene.observed({ event: "workflow_dispatch", runId: "9000" }));
    expect((await scene.reread(delivery)).owners[DEPLOY]).toMatchObject({ runId: "9000", via: "inferred" });
    // A server that was brought up to date names them again.
    await dispatched(scene);
    expect((await subscription(scene))?.unnamedRuns).toBeNull();
  });

  test.each([
    ["followed by webhooks", true],
    ["without a webhook", false],
  ])("and answers 204 has a burst paired by its number, %s, and sends nothing again", async (_, tracking) => {
    const scene = await build({}, tracking);
    const made = await unnamedBurst(scene, tracking, () => "success");
    for (let minute = 0; minute < 15; minute++) await pass(scene, MINUTE);
    const ended = await Promise.all(made.map((one) => scene.reread(one)));
    expect(ended.map(({ status }) => status)).toEqual(made.map(() => "Completed"));
    const owners = ended.map(({ owners }) => owners[DEPLOY]);
    expect(new Set(owners.map((one) => one?.runId)).size).toBe(10);
    expect(new Set(owners.map((one) => one?.via))).toEqual(new Set(["inferred"]));
    expect(scene.started).toHaveLength(10);
  });

  test.each([
    ["followed by webhooks", true],
    ["without a webhook", false],
  ])("and answers 204 ends a burst that ended unlike as not known, %s", async (_, tracking) => {
    const scene = await build({}, tracking);
    const made = await unnamedBurst(scene, tracking, (n) => (n === 3 ? "failure" : "success"));
    for (let minute = 0; minute < 15; minute++) await pass(scene, MINUTE);
    for (const one of made) {
      expect(await scene.reread(one)).toMatchObject({
        status: "Failed",
        failure: { stage: "conclusion", reason: expect.stringContaining("not known") },
      });
    }
    expect(scene.started).toHaveLength(10);
  });

  test("and answers 204 has a burst wait while one of its runs is queued, whatever the others did", async () => {
    const scene = await build();
    const made = await unnamedBurst(scene, false, () => "success");
    setRun(scene, "9004", { status: "queued", conclusion: null });
    for (let minute = 0; minute < 30; minute++) await pass(scene, MINUTE);
    for (const one of made) expect((await scene.reread(one)).isFinalized).toBe(false);
    setRun(scene, "9004", { status: "completed", conclusion: "success" });
    for (let minute = 0; minute < 15; minute++) await pass(scene, MINUTE);
    for (const one of made) expect((await scene.reread(one)).status).toBe("Completed");
    expect(scene.started).toHaveLength(10);
  });

  test("and answers 204 has a run that confirms another delivery than was inferred leave the first to its own", async () => {
    const scene = await build({}, true);
    scene.answers.push(unnamed(scene), unnamed(scene));
    const [first, second] = (await dispatched(scene, 2)) as [Delivery, Delivery];
    const run = (runId: string, change = {}) =>
      trackRun(scene.deps, scene.observed({ event: "workflow_dispatch", runId, ...change }));
    for (const runId of ["9000", "9001"]) await run(runId);
    const other = (await scene.reread(second)).owners[DEPLOY]?.runId as string;
    const own = other === "9000" ? "9001" : "9000";
    await confirm(scene.deps, started(scene, other), named(first));
    expect((await scene.reread(second)).owners).toEqual({});
    await complete(scene.deps, started(scene, other), {
      ...named(first),
      success: false,
      conclusion: "failure",
    });
    await run(own, { status: "completed", conclusion: "success" });
    expect(await scene.reread(first)).toMatchObject({ status: "Failed", conclusion: "failure" });
    expect(await scene.reread(second)).toMatchObject({
      status: "Completed",
      owners: { [DEPLOY]: { runId: own, via: "inferred" } },
    });
  });

  /** Ten events whose runs the server did not name, and all of which have ended. */
  async function unnamedBurst(
    scene: DeliveryScene,
    tracking: boolean,
    conclusionOf: (n: number) => string,
  ): Promise<Delivery[]> {
    for (let n = 0; n < 10; n++) scene.answers.push(unnamed(scene));
    const made = await dispatched(scene, 10);
    for (let n = 0; n < 10; n++) {
      const change = { status: "completed", conclusion: conclusionOf(n) };
      setRun(scene, String(9000 + n), change);
      const run = { event: "workflow_dispatch", runId: String(9000 + n) };
      if (!tracking) continue;
      await trackRun(scene.deps, scene.observed(run));
      await trackRun(scene.deps, scene.observed({ ...run, ...change }));
    }
    return made;
  }

  test("and refuses the parameter with 400 is sent the same dispatch without it", async () => {
    const scene = await build();
    scene.answers.push({ ...REFUSED, status: 400 }, unnamed(scene));
    const [delivery] = (await dispatched(scene)) as [Delivery];
    expect([delivery.status, scene.started.length]).toEqual(["Dispatched", 2]);
  });

  test("and refuses the parameter is sent the same dispatch without it, and not asked again for a day", async () => {
    const scene = await build();
    scene.answers.push(REFUSED, unnamed(scene), unnamed(scene), REFUSED, unnamed(scene));
    await dispatched(scene);
    expect((await subscription(scene))?.unnamedRuns).toMatchObject({ by: "refusal" });
    await dispatched(scene);
    expect(scene.started.map((one) => one.return_run_details)).toEqual([true, undefined, undefined]);
    scene.clock.at += 25 * HOUR;
    await dispatched(scene);
    expect(scene.started.slice(3).map((one) => one.return_run_details)).toEqual([true, undefined]);
  });

  test("has a run found by asking, though there is no webhook", async () => {
    const scene = await build();
    scene.answers.push(unnamed(scene));
    const [delivery] = (await dispatched(scene)) as [Delivery];
    setRun(scene, "9000", { status: "completed", conclusion: "success" });
    await pass(scene, MINUTE);
    expect(await scene.reread(delivery)).toMatchObject({
      status: "Completed",
      owners: { [DEPLOY]: { via: "inferred" } },
    });
  });
});
