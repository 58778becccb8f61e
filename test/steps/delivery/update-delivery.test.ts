import { describe, expect, test, vi } from "vitest";
import { iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { fail } from "../../../app/domain/delivery/attempt.ts";
import { connectionScope } from "../../../app/domain/delivery/delivery-facts.ts";
import type { Delivery, Failure } from "../../../app/domain/records/delivery.ts";
import {
  afterConsumerUpdate,
  enqueueAt,
  enqueueNext,
  recordDelivery,
  replaceDelivery,
  updateDelivery,
  withoutRepetition,
} from "../../../app/steps/delivery/update-delivery.ts";
import { type DeliveryScene, DURABLE, deliveryScenes } from "../../support/delivery-scene.ts";

/* The one place through which a delivery changes, and what follows a change. */

const scenes = deliveryScenes();

const FAILURE: Failure = { stage: "github", kind: "not-found", reason: "It is gone.", status: 404 };

/** Lines of the log that a scene writes from now on. */
function listen({ deps }: DeliveryScene): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const warn = (facts: Record<string, unknown>): void => void lines.push(facts);
  deps.log = Object.assign(Object.create(deps.log), { warn });
  return lines;
}

/** Seconds that the enqueued messages of a scene wait, which are taken. */
const delays = ({ queues, clock }: DeliveryScene): number[] =>
  queues.deliveries.splice(0).map(({ at }) => (at - clock.at) / SECOND);

describe("a change", () => {
  test("that somebody else overtook is made anew, of the delivery as it is then", async () => {
    const scene = await scenes.build();
    const read = await scene.route();
    await replaceDelivery(scene.deps, read, { ...read, conclusion: "of another" });
    const seen: (string | null)[] = [];
    const after = await updateDelivery(scene.deps, read, (current) => {
      seen.push(current.conclusion);
      return { ...current, confirmationAttempts: current.confirmationAttempts + 1 };
    });
    expect(seen).toEqual([null, "of another"]);
    expect(after).toMatchObject({ conclusion: "of another", confirmationAttempts: 1 });
    expect(await scene.reread(read)).toEqual(after);
  });

  test("made by ten at once is made ten times", async () => {
    const scene = await scenes.build();
    const read = await scene.route();
    const once = (current: Delivery): Delivery => ({
      ...current,
      confirmationAttempts: current.confirmationAttempts + 1,
    });
    await Promise.all(Array.from({ length: 10 }, () => updateDelivery(scene.deps, read, once)));
    expect((await scene.reread(read)).confirmationAttempts).toBe(10);
  });

  test("to what it is already writes nothing", async () => {
    const scene = await scenes.build();
    const read = await scene.route();
    expect(await updateDelivery(scene.deps, read, (current) => current)).toBe(read);
    expect((await scene.reread(read)).version).toBe(read.version);
  });

  test("writes the figures that are new, and where it is repeated those that a crash has lost", async () => {
    const scene = await scenes.build({ durable: DURABLE });
    const read = await scene.route();
    const recorded = vi.spyOn(scene.deps.store.meters, "recordGrowing");
    const repeatedly = vi.spyOn(scene.deps.store.meters, "recordMissing");
    const written = (): string[] =>
      recorded.mock.calls.splice(0).flatMap(([facts]) => facts.map(({ factId }) => factId));
    const health = `${read.deliveryId}#total`;
    const moved = await updateDelivery(scene.deps, read, (current) => ({ ...current, status: "Dispatched" }));
    expect(written()).toEqual([health]);
    const noted = await updateDelivery(scene.deps, moved, (current) => ({ ...current, conclusion: "none" }));
    expect(written()).toEqual([]);
    await updateDelivery(scene.deps, noted, (current) => current);
    expect(written()).toEqual([]);
    recorded.mockRejectedValueOnce(new Error("The process ended."));
    const confirmed = updateDelivery(scene.deps, noted, (current) => ({
      ...current,
      status: "Confirmed",
      confirmedAt: iso(scene.clock.at),
    }));
    await expect(confirmed).rejects.toThrow("The process ended.");
    expect(written()).toEqual([health]);
    const repeated = await scene.reread(read);
    await updateDelivery(scene.deps, repeated, (current) => current);
    expect(written()).toEqual([health]);
    await updateDelivery(scene.deps, repeated, (current) => current);
    expect(written()).toEqual([]);
    // Only of a repetition it is read first what is stored.
    expect(repeatedly).toHaveBeenCalledTimes(3);
    recorded.mockRestore();
    repeatedly.mockRestore();
  });

  test("of a delivery that was erased meanwhile is an error that names it", async () => {
    const scene = await scenes.build();
    const read = await scene.route();
    await scene.deps.store.deliveries.removeAll([read.deliveryId]);
    const change = updateDelivery(scene.deps, read, (current) => ({ ...current }));
    await expect(change).rejects.toThrow(read.deliveryId);
    expect(await scene.deps.store.deliveries.get(read.deliveryId)).toBeNull();
  });

  test("that makes a delivery fail logs that once, even where others write it afterwards or in vain", async () => {
    const scene = await scenes.build();
    const lines = listen(scene);
    const read = await scene.route();
    const failed = fail(read, FAILURE, scene.clock.at);
    expect(await replaceDelivery(scene.deps, read, failed)).toBe(true);
    expect(await replaceDelivery(scene.deps, read, failed)).toBe(false);
    const now = await scene.reread(read);
    expect(await replaceDelivery(scene.deps, now, { ...now, replayedBy: "another" })).toBe(true);
    const { correlationId, deliveryId } = read;
    expect(lines).toEqual([
      { event: "delivery.failed", correlationId, deliveryId, stage: "github", reason: "It is gone." },
    ]);
  });
});

describe("a delivery that failed", () => {
  const failedOf = async (scene: DeliveryScene, change: Partial<Delivery> = {}): Promise<Delivery> => {
    const read = await scene.route();
    await replaceDelivery(scene.deps, read, { ...fail(read, FAILURE, scene.clock.at), ...change });
    return await scene.reread(read);
  };
  const recorded = async ({ deps, subscription }: DeliveryScene): Promise<number> =>
    (await deps.store.failures.last(subscription.subscriptionId, 10)).length;

  test("is among its connection's failures, and due no more, once it is recorded", async () => {
    const scene = await scenes.build();
    const failed = await failedOf(scene);
    expect(failed.dueAt).not.toBeNull();
    await recordDelivery(scene.deps, failed);
    expect(await recorded(scene)).toBe(1);
    const ended = await scene.reread(failed);
    expect(ended.dueAt).toBeNull();
    const again = vi.spyOn(scene.deps.store.deliveries, "endRecording");
    await recordDelivery(scene.deps, ended);
    expect(again).not.toHaveBeenCalled();
    again.mockRestore();
  });

  test("as a test of the connection is not among its failures, and due no more", async () => {
    const scene = await scenes.build();
    const failed = await failedOf(scene, { isTest: true });
    await recordDelivery(scene.deps, failed);
    expect(await recorded(scene)).toBe(0);
    expect((await scene.reread(failed)).dueAt).toBeNull();
  });

  test("and goes on as one that did not is left due", async () => {
    const scene = await scenes.build();
    const read = await scene.route();
    await recordDelivery(scene.deps, read);
    expect(await recorded(scene)).toBe(0);
    expect((await scene.reread(read)).dueAt).toBe(read.dueAt);
  });
});

describe("a delivery that completed", () => {
  const complete = (current: Delivery): Delivery => ({ ...current, status: "Completed", dueAt: null });
  const confirm = (current: Delivery): Delivery => ({ ...current, status: "Confirmed", dueAt: null });

  test("by what nobody repeats is due until its figures are recorded, and no failure", async () => {
    const scene = await scenes.build();
    const read = await scene.route();
    const recorded = vi
      .spyOn(scene.deps.store.meters, "recordGrowing")
      .mockRejectedValueOnce(new Error("end"));
    const change = withoutRepetition(() => updateDelivery(scene.deps, read, complete));
    await expect(change).rejects.toThrow("end");
    recorded.mockRestore();
    const completed = await scene.reread(read);
    expect(completed.dueAt).toBe(iso(scene.clock.at + 2 * MINUTE));
    await recordDelivery(scene.deps, completed);
    const ended = await scene.reread(read);
    expect(ended.dueAt).toBeNull();
    const { subscriptionId } = scene.subscription;
    expect(await scene.deps.store.failures.last(subscriptionId, 10)).toEqual([]);
    const again = await withoutRepetition(() => updateDelivery(scene.deps, ended, complete));
    expect(again.dueAt).toBeNull();
  });

  test("by what is repeated is due no more, nor is one that did not complete", async () => {
    const scene = await scenes.build();
    const read = await scene.route();
    const confirmed = await withoutRepetition(() => updateDelivery(scene.deps, read, confirm));
    expect(confirmed.dueAt).toBeNull();
    expect((await updateDelivery(scene.deps, confirmed, complete)).dueAt).toBeNull();
  });
});

describe("a delivery that has ended and lacks its figures, since its worker died", () => {
  const complete = (current: Delivery): Delivery => ({
    ...current,
    status: "Completed",
    isFinalized: true,
    confirmedAt: current.createdAt,
    dueFor: null,
  });

  test.each<[string, (current: Delivery) => Delivery, string]>([
    ["completed", complete, "health:completed"],
    ["failed", (current) => fail(current, FAILURE, Date.parse(current.createdAt)), "health:failed"],
  ])("has them written by the first change: %s", async (_, end, figure) => {
    const scene = await scenes.build({ durable: DURABLE });
    const read = await scene.route();
    const recorded = vi
      .spyOn(scene.deps.store.meters, "recordGrowing")
      .mockRejectedValueOnce(new Error("The process ended."));
    const change = withoutRepetition(() => updateDelivery(scene.deps, read, end));
    await expect(change).rejects.toThrow("The process ended.");
    recorded.mockRestore();
    const ended = await scene.reread(read);
    expect(ended.dueAt).not.toBeNull();
    await updateDelivery(scene.deps, ended, (current) => ({ ...current, replayedBy: "another" }));
    expect((await scene.reread(read)).dueAt).toBeNull();
    const { clock, deps } = scene;
    const scope = connectionScope(read.subscriptionId);
    const counts = await deps.store.meters.total(scope, Date.parse(read.createdAt), clock.at);
    expect(counts).toMatchObject({ "health:total": 1, [figure]: 1 });
  });
});

describe("what is due next is enqueued", () => {
  test.each([
    ["at once where its time has come", -5 * SECOND, [0]],
    ["for its moment, to the second above", 1500, [2]],
    ["for a quarter of an hour ahead, which a queue can wait", 15 * MINUTE, [900]],
    ["not at all for later than that: the sweep finds it", 15 * MINUTE + 1, []],
  ])("%s", async (_, after, expected) => {
    const scene = await scenes.build();
    const delivery = await scene.route();
    delays(scene);
    await enqueueAt(scene.deps, delivery, scene.clock.at + after);
    expect(delays(scene)).toEqual(expected);
  });

  test.each<[string, (at: string) => Partial<Delivery>, number[]]>([
    [
      "a dispatch, at the moment before which it may not leave",
      (at) => ({ dueFor: "dispatch", notBefore: at }),
      [30],
    ],
    ["no dispatch that has no such moment", () => ({ dueFor: "dispatch", notBefore: null }), []],
    [
      "a look for the run of a lost answer, when it is due",
      (at) => ({
        dueFor: "confirmation",
        dueAt: at,
        attempts: [{ outcome: "unknown" }] as Delivery["attempts"],
      }),
      [30],
    ],
    [
      "no wait for the consumer, which the sweep ends",
      (at) => ({
        dueFor: "confirmation",
        dueAt: at,
        attempts: [{ outcome: "dispatched" }] as Delivery["attempts"],
      }),
      [],
    ],
  ])("as the next thing to do: %s", async (_, changeAt, expected) => {
    const scene = await scenes.build();
    const delivery = await scene.route();
    delays(scene);
    await enqueueNext(scene.deps, { ...delivery, ...changeAt(iso(scene.clock.at + 30 * SECOND)) });
    expect(delays(scene)).toEqual(expected);
  });
});

describe("after a consumer's run has changed a delivery", () => {
  const failures = async ({ deps, subscription }: DeliveryScene): Promise<number> =>
    (await deps.store.connections.get(subscription.subscriptionId)).failures;

  /** A connection with a row of confirmations that never came. */
  async function unconfirmed(): Promise<{ scene: DeliveryScene; delivery: Delivery }> {
    const scene = await scenes.build({ durable: DURABLE });
    const delivery = await scene.route();
    const { connections } = scene.deps.store;
    const state = await connections.get(delivery.subscriptionId);
    const failure: Failure = { stage: "confirmation", kind: "timeout", reason: "late", status: null };
    await connections.replace(state, { ...state, failures: 3, failure });
    delays(scene);
    return { scene, delivery };
  }

  test("its first confirmation proves the connection, and a repeated one does not", async () => {
    const { scene, delivery } = await unconfirmed();
    const confirmedAt = iso(scene.clock.at);
    await afterConsumerUpdate(scene.deps, { ...delivery, confirmedAt }, { ...delivery, confirmedAt });
    await afterConsumerUpdate(scene.deps, delivery, delivery);
    await afterConsumerUpdate(scene.deps, delivery, { ...delivery, durable: null, confirmedAt });
    expect(await failures(scene)).toBe(3);
    await afterConsumerUpdate(scene.deps, delivery, { ...delivery, confirmedAt });
    expect(await failures(scene)).toBe(0);
  });

  test("a retry is enqueued for its moment, and nothing else is", async () => {
    const { scene, delivery } = await unconfirmed();
    const notBefore = iso(scene.clock.at + 30 * SECOND);
    await afterConsumerUpdate(scene.deps, delivery, { ...delivery, dueFor: "completion", notBefore });
    await afterConsumerUpdate(scene.deps, delivery, { ...delivery, dueFor: "dispatch", notBefore: null });
    expect(delays(scene)).toEqual([]);
    await afterConsumerUpdate(scene.deps, delivery, { ...delivery, dueFor: "dispatch", notBefore });
    expect(delays(scene)).toEqual([30]);
  });
});
