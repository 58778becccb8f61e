import { expect, test, vi } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { startAttempt } from "../../../app/domain/delivery/attempt.ts";
import { PAUSE_AFTER } from "../../../app/domain/delivery/connection-state.ts";
import { LEASE } from "../../../app/domain/limits.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { confirm } from "../../../app/steps/delivery/confirm.ts";
import { deliver } from "../../../app/steps/delivery/deliver.ts";
import { RunLists, seeRunsOnce } from "../../../app/steps/delivery/see-runs.ts";
import { deliveryJob } from "../../../app/store/queues.ts";
import { DEPLOY, type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";

/* One delivery, taken up by a worker: what leaves, what does not, and what is recorded of it. */

const scenes = deliveryScenes();

/** Delivers once; returns the delivery as it is afterwards. */
async function take({ deps, reread }: DeliveryScene, delivery: Delivery): Promise<Delivery> {
  await deliver(deps, deliveryJob(delivery));
  return await reread(delivery);
}

/** Changes a delivery as it is stored. */
async function change(scene: DeliveryScene, delivery: Delivery, by: Partial<Delivery>): Promise<Delivery> {
  expect(await scene.deps.store.deliveries.replace(delivery, { ...delivery, ...by })).toBe(true);
  return await scene.reread(delivery);
}

/** Pauses the scene's connection. */
async function pause({ deps, clock, subscription }: DeliveryScene): Promise<void> {
  const { connections } = deps.store;
  const state = await connections.get(subscription.subscriptionId);
  const failure = { stage: "github", kind: "service-unavailable", reason: "down", status: 502 } as const;
  const pausedAt = iso(clock.at);
  await connections.replace(state, { ...state, failures: PAUSE_AFTER, pausedAt, failure, dueAt: pausedAt });
}

test("a delivery leaves as one dispatch with the documented client_payload", async () => {
  const scene = await scenes.build();
  const { eventId } = await scene.say({ payload: '{"version":"1.2.3"}' });
  await scene.route(7);
  await scene.work();
  const message = (await scene.list()).find(({ eventType }) => eventType === "built") as Delivery;
  expect(message).toMatchObject({ status: "Dispatched", isFinalized: true, messageId: eventId });
  expect(scene.sent.map(({ event_type }) => event_type).sort()).toEqual(["built", "zekt-workflow-completed"]);
  const sent = scene.sent.find(({ event_type }) => event_type === "built");
  expect(sent?.authorization).toBe("Bearer ghs_x");
  const { workflow_run, ...payload } = sent?.client_payload ?? {};
  expect(payload).toEqual({
    eventType: "built",
    zekt: {
      correlationId: "7",
      deliveryId: message.deliveryId,
      eventType: "built",
      sourceRepo: `acme/r${scene.provider}`,
      service: { slug: "s", provider: "acme" },
      attempt: 1,
      messageAttempt: 1,
      isReplay: false,
      hasMessage: true,
      replayOf: null,
      durable: false,
      payload: { version: "1.2.3" },
      payloadRef: null,
      trace: { hops: 0, causedBy: null },
    },
  });
  expect(workflow_run).toMatchObject({ id: 7, run_attempt: 1, conclusion: "success", head_branch: "main" });
});

test("a delivery that is taken up again once it is done leaves no second time", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  const done = await take(scene, delivery);
  expect(await take(scene, delivery)).toEqual(done);
  expect(scene.sent).toHaveLength(1);
});

test("of two workers that take a delivery up at once, one dispatches it", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  await Promise.all([1, 2, 3].map(() => deliver(scene.deps, deliveryJob(delivery))));
  expect(scene.sent).toHaveLength(1);
  expect(await scene.reread(delivery)).toMatchObject({
    status: "Dispatched",
    attempts: [{ number: 1, outcome: "dispatched", status: 204 }],
  });
});

test("a delivery that is not due yet waits in the queue until it is", async () => {
  const scene = await scenes.build();
  const routed = await scene.route();
  const delivery = await change(scene, routed, { notBefore: iso(scene.clock.at + 30 * SECOND) });
  scene.queues.take();
  expect(await take(scene, delivery)).toEqual(delivery);
  expect(scene.sent).toEqual([]);
  expect(scene.queues.deliveries).toMatchObject([{ ...deliveryJob(delivery), delaySeconds: 30 }]);
  scene.clock.at += 30 * SECOND;
  await scene.work();
  expect(scene.sent).toHaveLength(1);
});

test("a delivery that another worker has leased is left to it until the lease ends, and is then sent as a possible duplicate", async () => {
  const scene = await scenes.build();
  const routed = await scene.route();
  const leased = await change(scene, routed, {
    attempts: [
      {
        number: 1,
        startedAt: iso(scene.clock.at),
        holder: "another",
        endedAt: null,
        status: null,
        outcome: "leased",
        possibleDuplicate: false,
        failure: null,
      },
    ],
  });
  scene.queues.take();
  expect(await take(scene, leased)).toEqual(leased);
  expect(scene.sent).toEqual([]);
  expect(scene.queues.deliveries).toMatchObject([{ delaySeconds: LEASE / SECOND }]);
  scene.clock.at += LEASE;
  const again = await take(scene, leased);
  expect(again.attempts.map(({ outcome }) => outcome)).toEqual(["unknown", "dispatched"]);
  expect(scene.sent).toMatchObject([{ client_payload: { zekt: { attempt: 2, possibleDuplicate: true } } }]);
});

test.each<[string, string, (scene: DeliveryScene) => Promise<unknown>]>([
  [
    "its subscription was revoked",
    "The subscription is revoked; its provider has to approve it.",
    ({ changeSubscription }) => changeSubscription({ status: "revoked" }),
  ],
  [
    "its subscription is gone",
    "The subscription is removed; its provider has to approve it.",
    ({ deps, subscription }) => deps.store.catalog.removeSubscription(subscription),
  ],
  [
    "the App left its repository",
    "The App is not installed on the consumer's repository any more, or its installation is suspended.",
    ({ deps, consumer }) =>
      deps.store.accounts.setRepository({ repositoryId: consumer, reachable: false, installationId: null }),
  ],
  [
    "its repository is no consumer any more",
    "The repository is not enabled as a consumer any more.",
    ({ deps, consumer }) => deps.store.accounts.setRepository({ repositoryId: consumer, consumer: false }),
  ],
])("a delivery fails before GitHub, without an attempt, where %s", async (_, reason, end) => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  await end(scene);
  expect(await take(scene, delivery)).toMatchObject({
    status: "Failed",
    isFinalized: true,
    attempts: [],
    failure: { stage: "before-github", status: null, reason },
  });
  expect(scene.sent).toEqual([]);
});

test("a delivery whose repository GitHub does not find fails with GitHub's answer, and is not tried again", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.answers.push({ status: 404, body: { message: "Not Found" } });
  const failure = {
    stage: "github",
    kind: "not-found",
    status: 404,
    reason: "GitHub answered 404: Not Found",
  };
  expect(await take(scene, delivery)).toMatchObject({ status: "Failed", isFinalized: true, failure });
  scene.clock.at += 24 * 60 * MINUTE;
  await scene.work();
  expect(scene.sent).toHaveLength(1);
});

test("a delivery whose payload has left the archive fails before GitHub", async () => {
  const scene = await scenes.build();
  const delivery = await change(scene, await scene.route(), { archiveKey: "events/none.json" });
  expect(await take(scene, delivery)).toMatchObject({
    status: "Failed",
    failure: { stage: "before-github", reason: "The payload is not archived any more." },
  });
  expect(scene.sent).toEqual([]);
});

test("a delivery of a paused connection is set aside without an attempt, and goes out as a probe", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  await pause(scene);
  const parked = await take(scene, delivery);
  expect(parked).toMatchObject({
    status: "Pending",
    attempts: [],
    dueAt: null,
    parkedAt: iso(scene.clock.at),
  });
  expect(scene.sent).toEqual([]);
  await deliver(scene.deps, { ...deliveryJob(delivery), probe: true });
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", parkedAt: null });
  expect(scene.sent).toHaveLength(1);
  const { subscriptionId } = scene.subscription;
  expect(await scene.deps.store.connections.get(subscriptionId)).toMatchObject({
    pausedAt: null,
    failures: 0,
  });
});

test("a default delivery whose answer was lost counts as dispatched, and is not sent again", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  scene.answers.push("drop");
  expect(await take(scene, delivery)).toMatchObject({
    status: "Dispatched",
    isFinalized: true,
    attempts: [{ outcome: "unknown" }],
  });
  scene.clock.at += 10 * MINUTE;
  await scene.work();
  expect(scene.sent).toHaveLength(1);
});

test("a durable delivery whose answer was lost is sent again only after its run was looked for, and says that it may be the second", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.queues.take();
  scene.answers.push("drop");
  const uncertain = await take(scene, delivery);
  expect(uncertain).toMatchObject({
    status: "Pending",
    dueFor: "confirmation",
    attempts: [{ outcome: "unknown" }],
  });
  expect(scene.queues.deliveries).toHaveLength(1);
  // A run that began in time and may be its own: while it lives nothing is sent.
  const run = {
    id: 900,
    run_attempt: 1,
    path: ".github/workflows/deploy.yml",
    event: "repository_dispatch",
    display_title: `Deploy ${delivery.deliveryId}`,
    head_sha: "a".repeat(40),
    actor: { login: "zekt[bot]" },
    status: "in_progress",
    conclusion: null,
    created_at: iso(scene.clock.at),
  };
  scene.runs.push(run);
  scene.clock.at = Date.parse(uncertain.dueAt as string) + SECOND;
  await scene.work();
  expect(scene.sent).toHaveLength(1);
  scene.runs.length = 0;
  scene.clock.at += 2 * MINUTE;
  await scene.work();
  expect(scene.sent).toHaveLength(2);
  expect(scene.sent[1]?.client_payload.zekt).toMatchObject({
    deliveryId: delivery.deliveryId,
    attempt: 2,
    possibleDuplicate: true,
  });
});

/** A run in progress that a dispatch at a moment may have started, as GitHub lists it. */
const listedRun = (at: number) => ({
  id: 900,
  run_attempt: 1,
  path: DEPLOY,
  event: "repository_dispatch",
  display_title: "Deploy",
  head_sha: "a".repeat(40),
  actor: { login: "zekt[bot]" },
  status: "in_progress",
  conclusion: null as string | null,
  created_at: iso(at),
  run_started_at: iso(at),
  updated_at: iso(at),
  html_url: "https://github.example/runs/900",
  head_branch: "main",
});

test.each([1, 10, 60])(
  "a durable delivery whose answer was lost is not sent again where GitHub lists its run %i s later",
  async (seconds) => {
    const scene = await scenes.build({ durable: DURABLE });
    scene.files[DEPLOY] = "on: repository_dispatch\njobs: {}\n";
    const delivery = await scene.route();
    scene.queues.take();
    scene.answers.push("drop");
    const began = scene.clock.at;
    await take(scene, delivery);
    const run = listedRun(began);
    for (; scene.clock.at < began + 30 * MINUTE; scene.clock.at += SECOND) {
      if (scene.clock.at === began + seconds * SECOND) scene.runs.push(run);
      await scene.work();
    }
    expect(scene.sent).toHaveLength(1);
  },
);

test.each([502, 504])(
  "a durable delivery that a gateway answers %i for, though GitHub took it, is not sent again",
  async (status) => {
    const scene = await scenes.build({ durable: DURABLE });
    scene.files[DEPLOY] = "on: repository_dispatch\njobs: {}\n";
    const delivery = await scene.route();
    scene.queues.take();
    scene.answers.push({ status, body: { message: "Server Error" } });
    const began = scene.clock.at;
    const uncertain = await take(scene, delivery);
    expect(uncertain).toMatchObject({
      status: "Pending",
      dueFor: "confirmation",
      attempts: [{ outcome: "unknown", status, failure: { stage: "github", status } }],
    });
    scene.runs.push(listedRun(began));
    for (; scene.clock.at < began + 30 * MINUTE; scene.clock.at += 5 * SECOND) await scene.work();
    expect(scene.sent).toHaveLength(1);
  },
);

test.each([502, 504])(
  "a default delivery that a gateway answers %i for fails with that answer",
  async (status) => {
    const scene = await scenes.build();
    const delivery = await scene.route();
    scene.answers.push({ status });
    expect(await take(scene, delivery)).toMatchObject({
      status: "Failed",
      failure: { stage: "github", status },
      attempts: [{ outcome: "failed" }],
    });
    expect(scene.sent).toHaveLength(1);
  },
);

test("without tracking a finished run proves that a lost answer's dispatch arrived, which waits for its confirmation", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, tracking: false });
  scene.files[DEPLOY] = "on: repository_dispatch\njobs: {}\n";
  const delivery = await scene.route();
  scene.queues.take();
  scene.answers.push("drop");
  const began = scene.clock.at;
  await take(scene, delivery);
  scene.runs.push({ ...listedRun(began), status: "completed", conclusion: "success" });
  for (; scene.clock.at < began + 9 * MINUTE; scene.clock.at += 5 * SECOND) await scene.work();
  expect(scene.sent).toHaveLength(1);
  expect(await scene.reread(delivery)).toMatchObject({
    status: "Dispatched",
    dueFor: "confirmation",
    attempts: [{ outcome: "dispatched" }],
  });
});

/** Six deliveries whose answers from GitHub are lost, the last of them some milliseconds after the others. */
async function loseAnswers(later: number): Promise<DeliveryScene> {
  const scene = await scenes.build({ durable: DURABLE });
  for (let n = 0; n < 6; n++) {
    if (n === 5) scene.clock.at += later;
    const delivery = await scene.route();
    scene.queues.take();
    scene.answers.push("drop");
    await take(scene, delivery);
  }
  return scene;
}

test("deliveries of lost answers that are due at once share one list of their repository's runs", async () => {
  const scene = await loseAnswers(0);
  scene.clock.at += 30 * SECOND;
  await scene.work();
  expect(scene.listed).toBe(1);
});

test("a list that was read before a delivery was due is none for it", async () => {
  const scene = await loseAnswers(2 * SECOND);
  scene.clock.at += 28 * SECOND;
  await scene.work();
  expect(scene.listed).toBe(1);
  scene.clock.at += 2 * SECOND;
  await scene.work();
  expect(scene.listed).toBe(2);
});

test("a list that does not reach back as far as a delivery needs is none for it", async () => {
  const { deps, consumer, clock, runs } = await scenes.build();
  const repository = (await deps.store.accounts.getRepository(consumer)) as Repository;
  const lists = new RunLists();
  const see = (before: number) => seeRunsOnce(deps, repository, iso(clock.at - before), lists);
  expect((await see(MINUTE)).open).toEqual([]);
  runs.push(listedRun(clock.at - 90 * SECOND));
  expect((await see(MINUTE)).open).toEqual([]);
  expect((await see(2 * MINUTE)).open).toMatchObject([{ run: { runId: "900" } }]);
});

test("a durable delivery whose answer was lost is sent again after two looks that found no run", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.queues.take();
  scene.answers.push("drop");
  const began = scene.clock.at;
  await take(scene, delivery);
  while (scene.sent.length < 2 && scene.clock.at < began + 10 * MINUTE) {
    scene.clock.at += SECOND;
    await scene.work();
  }
  expect(scene.clock.at - began).toBeGreaterThanOrEqual(2 * MINUTE);
  expect(scene.clock.at - began).toBeLessThan(3 * MINUTE);
  expect(scene.sent[1]?.client_payload.zekt).toMatchObject({ attempt: 2, possibleDuplicate: true });
});

test("a lease whose worker is known to be gone is looked for no sooner than GitHub may list its run", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.queues.take();
  const start = startAttempt(delivery, "before", scene.clock.at);
  if (!("go" in start)) throw new Error("It was not leased.");
  await scene.deps.store.deliveries.replace(delivery, start.go);
  Object.assign(scene.deps.settings, { soleWorker: "after" });
  scene.clock.at += SECOND;
  expect(await take(scene, delivery)).toMatchObject({
    dueFor: "confirmation",
    dueAt: iso(scene.clock.at + 29 * SECOND),
    attempts: [{ outcome: "unknown" }],
  });
  expect(scene.sent).toEqual([]);
});

test("a lease that the only worker holds itself is left to it, and its delivery is not sent a second time", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  scene.queues.take();
  const start = startAttempt(delivery, "only", scene.clock.at);
  if (!("go" in start)) throw new Error("It was not leased.");
  await scene.deps.store.deliveries.replace(delivery, start.go);
  Object.assign(scene.deps.settings, { soleWorker: "only" });
  expect((await take(scene, delivery)).attempts).toMatchObject([{ outcome: "leased" }]);
  expect(scene.sent).toEqual([]);
  expect(scene.queues.deliveries).toMatchObject([{ delaySeconds: LEASE / SECOND }]);
});

test("a durable delivery that GitHub failed to take is tried again within the schedule's delay", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.queues.take();
  scene.answers.push({ status: 503 });
  const failed = await take(scene, delivery);
  expect(failed).toMatchObject({ status: "Pending", dueFor: "dispatch", attempts: [{ outcome: "failed" }] });
  const wait = Date.parse(failed.notBefore as string) - scene.clock.at;
  expect(wait).toBeLessThan(5 * SECOND);
  expect(scene.queues.deliveries).toMatchObject([{ delaySeconds: Math.ceil(wait / SECOND) }]);
  scene.clock.at += 5 * SECOND;
  await scene.work();
  expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", dueFor: "confirmation" });
});

test("where GitHub asks to wait, no delivery to that installation leaves before, and none loses an attempt", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const [first, second] = [await scene.route(), await scene.route()];
  scene.queues.take();
  scene.answers.push({ status: 429, headers: { "retry-after": "120" } });
  const until = scene.clock.at + 2 * MINUTE;
  expect(await take(scene, first)).toMatchObject({ status: "Pending", attempts: [], notBefore: iso(until) });
  expect(await take(scene, second)).toMatchObject({ status: "Pending", attempts: [], notBefore: iso(until) });
  expect(scene.sent).toHaveLength(1);
  scene.clock.at = until;
  await scene.work();
  expect(scene.sent).toHaveLength(3);
  for (const delivery of [first, second])
    expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", attempts: [{ number: 1 }] });
});

test("a slot that was reserved before GitHub asked to wait is not used until then", async () => {
  const scene = await scenes.build();
  const { clock, deps, consumer } = scene;
  const first = await scene.route();
  const routed = await scene.route();
  const slotAt = iso(clock.at + 10 * SECOND);
  const holding = await change(scene, routed, { slotAt, notBefore: slotAt });
  scene.queues.take();
  scene.answers.push({ status: 429, headers: { "retry-after": "600" } });
  const until = clock.at + 10 * MINUTE;
  await take(scene, first);
  expect(await deps.store.budgets.closedUntil(consumer)).toBe(until);
  clock.at += 10 * SECOND;
  expect(await take(scene, holding)).toMatchObject({ status: "Pending", attempts: [] });
  expect(scene.sent).toHaveLength(1);
  // By then it has another slot, or asks for one.
  for (; clock.at < until; clock.at += MINUTE) await scene.work();
  expect(scene.sent).toHaveLength(1);
  for (; clock.at < until + 6 * MINUTE; clock.at += MINUTE) await scene.work();
  for (const delivery of [first, holding])
    expect(await scene.reread(delivery)).toMatchObject({ status: "Dispatched", attempts: [{ number: 1 }] });
});

test("a slot is not used while GitHub has another worker wait", async () => {
  const scene = await scenes.build();
  const { clock, deps, consumer } = scene;
  const slotAt = iso(clock.at);
  const holding = await change(scene, await scene.route(), { slotAt, notBefore: slotAt });
  await deps.store.budgets.closeUntil(consumer, clock.at + MINUTE);
  expect(await take(scene, holding)).toMatchObject({ status: "Pending", attempts: [] });
  expect(scene.sent).toEqual([]);
});

test("what the consumer's run confirms before GitHub's answer is in stays confirmed", async () => {
  const scene = await scenes.build({ durable: DURABLE });
  const delivery = await scene.route();
  scene.answers.push(async () => {
    const named = { deliveryId: delivery.deliveryId, correlationId: null };
    await confirm(scene.deps, scene.identity(), named);
    return { status: 204 };
  });
  expect(await take(scene, delivery)).toMatchObject({
    status: "Confirmed",
    dueFor: "completion",
    attempts: [{ outcome: "dispatched" }],
  });
});

test("a queue message whose delivery is gone does nothing", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  await scene.deps.store.deliveries.removeAll([delivery.deliveryId]);
  await deliver(scene.deps, deliveryJob(delivery));
  expect(scene.sent).toEqual([]);
});

test("an error of ours before the POST leaves no attempt that GitHub may have", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  await scene.deps.store.accounts.setRepository({ repositoryId: scene.consumer, provider: true });
  const facts = {
    record: async () => {
      throw new Error("The disk is full.");
    },
  };
  const deps = { ...scene.deps, store: { ...scene.deps.store, facts } } as unknown as typeof scene.deps;
  for (let n = 0; n < 6; n++) {
    await expect(deliver(deps, deliveryJob(delivery))).rejects.toThrow("The disk is full.");
    scene.clock.at += LEASE;
  }
  expect(await scene.reread(delivery)).toMatchObject({ status: "Pending", attempts: [] });
  expect(await take(scene, delivery)).toMatchObject({
    status: "Dispatched",
    attempts: [{ number: 1, outcome: "dispatched", possibleDuplicate: false }],
  });
  expect(scene.sent).toHaveLength(1);
});

test.each([
  ["an HTTP date", () => new Date(Date.now() + 5 * MINUTE).toUTCString(), 5 * MINUTE],
  ["zero", () => "0", MINUTE],
  ["nothing", () => "", MINUTE],
  ["a negative number", () => "-7", MINUTE],
  ["millions of years", () => "99999999999999", 61 * MINUTE],
])(
  "a limit with a retry-after of %s closes the budget for a while, and spends no attempt",
  async (_, retryAfter, wait) => {
    const scene = await scenes.build();
    const delivery = await scene.route();
    scene.answers.push({ status: 429, headers: { "retry-after": retryAfter() }, body: { message: "" } });
    const limited = await take(scene, delivery);
    expect(limited).toMatchObject({ status: "Pending", attempts: [] });
    const waits = Date.parse(limited.notBefore as string) - scene.clock.at;
    expect(Math.abs(waits - wait)).toBeLessThan(5 * SECOND);
    const closedFor = (await scene.deps.store.budgets.closedUntil(scene.consumer)) - scene.clock.at;
    expect(Math.abs(closedFor - wait)).toBeLessThan(5 * SECOND);
    scene.queues.take();
    await take(scene, delivery);
    expect(scene.sent).toHaveLength(1);
  },
);

test("limits that state no wait close the budget ever longer, and spend no attempt", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  const closedUntil = () => scene.deps.store.budgets.closedUntil(scene.consumer);
  for (const minutes of [1, 2, 4]) {
    scene.answers.push({ status: 403, body: { message: "You have exceeded a secondary rate limit." } });
    expect(await take(scene, delivery)).toMatchObject({ status: "Pending", attempts: [] });
    expect((await closedUntil()) - scene.clock.at).toBe(minutes * MINUTE);
    scene.clock.at = await closedUntil();
  }
  expect(scene.sent).toHaveLength(3);
  expect(await take(scene, delivery)).toMatchObject({ status: "Dispatched", attempts: [{ number: 1 }] });
});

test("a delivery for which this machine has no room waits, and the log says for what", async () => {
  const scene = await scenes.build();
  const delivery = await scene.route();
  const warn = vi.spyOn(scene.deps.log, "warn");
  const noFile = Object.assign(new Error("connect EMFILE"), { code: "EMFILE", syscall: "connect" });
  const send = vi.spyOn(scene.deps.github.requests, "send");
  send.mockRejectedValueOnce(new TypeError("fetch failed", { cause: noFile }));
  try {
    expect(await take(scene, delivery)).toMatchObject({ status: "Pending", attempts: [] });
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({
        event: "dispatch.postponed",
        deliveryId: delivery.deliveryId,
        reason: expect.stringContaining("no room for another connection (EMFILE)"),
      }),
      expect.any(String),
    );
  } finally {
    send.mockRestore();
    warn.mockRestore();
  }
  scene.clock.at += MINUTE;
  expect(await take(scene, delivery)).toMatchObject({ status: "Dispatched", attempts: [{ number: 1 }] });
});
