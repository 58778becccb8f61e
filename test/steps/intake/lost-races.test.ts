import { expect, test, vi } from "vitest";
import type { StoredEvent } from "../../../app/domain/records/run.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { route } from "../../../app/steps/intake/route.ts";
import { beforeNext } from "../../support/another-writer.ts";
import { deliveryScenes } from "../../support/delivery-scene.ts";
import { completedWebhook } from "../../support/model.ts";

/* An event or a message is stored, or erased, by another between what a step has read and what it writes. */

const scenes = deliveryScenes();

test("an event that is erased while its routing is decided is delivered to nobody", async () => {
  const scene = await scenes.build();
  const { runs } = scene.deps.store;
  const run = await scene.lostEvent();
  const hasActed = beforeNext(
    runs,
    "freezePlan",
    async () => await runs.removeAll([(await runs.getEvent(run)) as StoredEvent]),
  );
  await route(scene.deps, run);
  expect(hasActed()).toBe(true);
  expect(await scene.list()).toEqual([]);
  expect(scene.queues.deliveries).toEqual([]);
});

test("of two routings at once the answer that was stored first stands, and each delivery is made once", async () => {
  const scene = await scenes.build();
  const run = await scene.lostEvent();
  const made: unknown[] = [];
  const info = (line: { event: string; made?: number }) =>
    line.event === "event.routed" && made.push(line.made);
  scene.deps.log = Object.assign(Object.create(scene.deps.log), { info });
  beforeNext(scene.deps.store.runs, "freezePlan", () => route(scene.deps, run));
  await route(scene.deps, run);
  expect(made).toEqual([1, 0]);
  expect(await scene.list()).toHaveLength(1);
});

test("of two webhooks of a run at once one is stored, and the other is known as its repetition", async () => {
  const scene = await scenes.build();
  const { deps, provider } = scene;
  const once = () => ingest(deps, completedWebhook(provider, 1));
  const ends: unknown[] = [];
  beforeNext(deps.store.runs, "addEvent", async () => ends.push(await once()));
  ends.push(await once());
  expect(ends).toEqual(["stored", "duplicate"]);
});

test("of two messages of one key at once the first stands, and a new one is not read again", async () => {
  const scene = await scenes.build();
  const { runs } = scene.deps.store;
  const read = vi.spyOn(runs, "getMessage");
  await scene.say({ payload: "1", idempotencyKey: "first" });
  expect(read).not.toHaveBeenCalled();
  beforeNext(runs, "addMessage", () => scene.say({ payload: "1", idempotencyKey: "one" }));
  await expect(scene.say({ payload: "2", idempotencyKey: "one" })).rejects.toMatchObject({
    code: "conflict",
  });
});
