import { beforeEach, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { StoredEvent } from "../../../app/domain/records/run.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { route } from "../../../app/steps/intake/route.ts";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { type DeliveryScene, scenesForEachTest } from "../../support/delivery-scene.ts";
import { completedWebhook } from "../../support/model.ts";

/* An event's routing is stored work: it ends, or is dead with a log line. */

const scenes = scenesForEachTest();
let scene: DeliveryScene;
let logged: Record<string, unknown>[];
beforeEach(async () => {
  scene = await scenes.build();
  logged = [];
  const { log } = scene.deps;
  scene.deps.log = {
    ...log,
    info() {},
    warn() {},
    error: (facts: object) => void logged.push(facts as never),
  } as never;
  await ingest(scene.deps, completedWebhook(scene.provider, 1));
  scene.queues.routing.splice(0);
});

const RUN = { runId: "7", runAttempt: 1 };
const event = async (): Promise<StoredEvent | null> =>
  await scene.deps.store.runs.getEvent({ ...RUN, repositoryId: scene.provider });
const work = async () =>
  await handleMessage(scene.deps, "routing", JSON.stringify({ ...RUN, repositoryId: scene.provider }));

/** Passes time with its sweeps, a minute at a time unless told otherwise; answers how often the routing was enqueued. */
async function pass(ms: number, step = MINUTE): Promise<number> {
  const before = scene.queues.routing.length;
  for (const end = scene.clock.at + ms; scene.clock.at < end; ) {
    scene.clock.at += step;
    await sweep(scene.deps);
  }
  return scene.queues.routing.length - before;
}

test("a late message whose queue message was lost is delivered all the same", async () => {
  await route(scene.deps, { ...RUN, repositoryId: scene.provider });
  expect((await event())?.dueAt).toBeUndefined();
  await scene.say();
  expect(scene.queues.routing.splice(0)).toHaveLength(1);
  expect(await pass(3 * MINUTE)).toBe(1);
  await scene.work();
  expect(scene.sent.map(({ event_type }) => event_type).sort()).toEqual(["built", "zekt-workflow-completed"]);
  expect((await event())?.dueAt).toBeUndefined();
});

test("a message that comes while its event is routed has it routed again, though its queue message is lost", async () => {
  const { runs } = scene.deps.store;
  const { load } = runs;
  runs.load = async (run) => {
    const loaded = await load.call(runs, run);
    runs.load = load;
    await scene.say();
    return loaded;
  };
  await route(scene.deps, { ...RUN, repositoryId: scene.provider });
  scene.queues.routing.splice(0);
  expect((await event())?.dueAt).toBeDefined();
  expect(await pass(3 * MINUTE)).toBe(1);
  await scene.work();
  expect(scene.sent.map(({ event_type }) => event_type).sort()).toEqual(["built", "zekt-workflow-completed"]);
});

test("a routing that fails each time is dead after ten failures, with a log line, and is enqueued no more", async () => {
  const { archive } = scene.deps.store;
  const { put } = archive;
  archive.put = () => Promise.reject(new Error("The archive refuses it."));
  for (let failures = 1; failures <= 10; failures++) {
    expect(logged).toEqual([]);
    await expect(work()).rejects.toThrow("refuses it");
    scene.clock.at += 61 * MINUTE;
  }
  expect(logged).toMatchObject([
    { event: "job.dead", job: "routing", correlationId: "7", repositoryId: scene.provider, failures: 10 },
  ]);
  expect(await pass(2 * HOUR)).toBe(0);
  // Whoever has fixed it sends the dead letter back.
  archive.put = put;
  await work();
  await scene.work();
  expect(scene.sent).toHaveLength(1);
});

test("a late message gives an event whose routing was dead another ten tries", async () => {
  await scene.deps.store.runs.endRouting((await event()) as StoredEvent);
  await scene.say();
  expect(await event()).toMatchObject({ failures: 0 });
  scene.clock.at += 2 * MINUTE + SECOND;
  expect(await sweep(scene.deps)).toMatchObject({ events: 1 });
});

test("a routing that ends its worker each time is enqueued once an hour at last, and is dead after 14 days", async () => {
  await pass(12 * HOUR);
  expect(await pass(12 * HOUR)).toBe(12);
  await pass(14 * DAY, HOUR);
  expect(logged).toMatchObject([{ event: "job.dead", job: "routing" }]);
  expect(await pass(DAY, HOUR)).toBe(0);
});

test("a routing that nobody has tried is not dead, however long Zekt was off", async () => {
  scene.clock.at += 15 * DAY;
  expect(await pass(MINUTE)).toBe(1);
  expect(logged).toEqual([]);
  await scene.work();
  expect(scene.sent).toHaveLength(1);
});
