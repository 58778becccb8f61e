import { expect, test } from "vitest";
import { HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { newConnection } from "../../../app/domain/delivery/connection-state.ts";
import type { ForEach } from "../../../app/domain/for-each-concurrently.ts";
import { RUN_TTL } from "../../../app/domain/limits.ts";
import { runEveryMinute } from "../../../app/steps/jobs/run-every-minute.ts";
import { workPart } from "../../../app/steps/jobs/work-part.ts";
import { PART_MARK } from "../../../app/store/fact-kinds.ts";
import { type DeliveryScene, scenesForEachTest } from "../../support/delivery-scene.ts";

/* Each part of the minute's work: an item that throws, kills or is slow holds up no other. */

const scenes = scenesForEachTest();

/** Two items of a part that are due, of which the first is bad, and how the part says that it has worked on one. */
interface TwoItems {
  bad: string;
  /** Does something in the place of the work on an item. */
  instead(act: (name: string) => Promise<void>): void;
  /** Returns the names of the items that were worked on. */
  worked(): Promise<string[]>;
}

type Part = [name: string, build: (scene: DeliveryScene) => Promise<TwoItems>];

/** Wraps the store's method that a part calls for each item, by the item's name among the arguments. */
function wrap<Store extends object>(
  store: Store,
  method: keyof Store & string,
  nameOf: (...args: never[]) => string,
): Pick<TwoItems, "instead" | "worked"> {
  const worked: string[] = [];
  let act: (name: string) => Promise<void> = async () => {};
  const standing = store[method] as (...args: never[]) => Promise<unknown>;
  Object.assign(store, {
    [method]: async (...args: never[]) => {
      await act(nameOf(...args));
      worked.push(nameOf(...args));
      return await standing.apply(store, args);
    },
  });
  return {
    instead(other) {
      act = other;
    },
    worked: async () => worked,
  };
}

const parts: Part[] = [
  [
    "events whose routing was lost",
    async (scene) => {
      const [bad] = [await scene.lostEvent(), await scene.lostEvent()];
      scene.clock.at += 2 * MINUTE + SECOND;
      const { runs } = scene.deps.store;
      return { bad: bad.runId, ...wrap(runs, "recordEnqueued", ({ runId }: { runId: string }) => runId) };
    },
  ],
  [
    "messages that nothing joined",
    async (scene) => {
      const bad = await scene.say();
      await scene.say({ payload: '{"version":"2"}' });
      scene.clock.at += RUN_TTL + SECOND;
      const { runs } = scene.deps.store;
      const nameOf = ({ messageId }: { messageId: string }): string => messageId;
      return { bad: bad.eventId, ...wrap(runs, "removeMessage", nameOf) };
    },
  ],
  [
    "jobs",
    async (scene) => {
      const { jobs } = scene.deps.store;
      for (const repositoryId of ["1", "2"])
        await jobs.enqueue([{ kind: "issue", ownerId: scene.consumer, repositoryId }]);
      scene.queues.jobs.splice(0);
      scene.clock.at += 2 * MINUTE + SECOND;
      return { bad: "issue#1", ...wrap(jobs, "recordEnqueued", ({ jobId }: { jobId: string }) => jobId) };
    },
  ],
  [
    "connections",
    async (scene) => {
      const { connections, deliveries } = scene.deps.store;
      for (const id of ["a", "b"]) {
        const fresh = newConnection(`${scene.consumer}-${id}`);
        await connections.replace(fresh, { ...fresh, releases: 1, dueAt: iso(scene.clock.at) });
      }
      return { bad: `${scene.consumer}-a`, ...wrap(deliveries, "parked", (id: string) => id) };
    },
  ],
  [
    "hours that are folded",
    async (scene) => {
      let act: (name: string) => Promise<void> = async () => {};
      const worked: string[] = [];
      scene.deps.store.meters.foldClosed = (_, forEach) =>
        (forEach as ForEach)(["bad", "good"], { nameOf: (name) => name }, async (name) => {
          await act(name);
          worked.push(name);
        });
      return {
        bad: "bad",
        instead(other) {
          act = other;
        },
        worked: async () => worked,
      };
    },
  ],
  [
    "placed webhooks",
    async (scene) => {
      const { accounts } = scene.deps.store;
      for (const id of [scene.consumer, scene.provider])
        await accounts.scheduleRepository(id, iso(scene.clock.at));
      return { bad: scene.consumer, ...wrap(accounts, "scheduleRepository", (id: string) => id) };
    },
  ],
];

test.each(parts)("of %s one that throws holds up no other", async (_, build) => {
  const scene = await scenes.build();
  const { bad, instead, worked } = await build(scene);
  instead(async (name) => {
    if (name === bad) throw new Error("It cannot be worked on.");
  });
  await runEveryMinute(scene.deps);
  expect(await worked()).toHaveLength(1);
  expect(await worked()).not.toContain(bad);
});

test.each(parts)(
  "of %s one that kills is known after two deaths, and holds up no other",
  async (_, build) => {
    const scene = await scenes.build();
    const { bad, instead, worked } = await build(scene);
    for (const isFirst of [true, false]) {
      const { promise, resolve } = Promise.withResolvers<void>();
      instead(async (name) => {
        if (name === bad) resolve();
        // A process that has ended never comes back, whatever it did beside.
        if (isFirst || name === bad) await new Promise(() => {});
      });
      void runEveryMinute(scene.deps);
      await promise;
    }
    await runEveryMinute(scene.deps);
    expect(await worked()).toHaveLength(1);
    expect(await worked()).not.toContain(bad);
  },
);

const NAMING = { nameOf: (name: string): string => name };
const AT_ONCE = { atOnce: 4, isTimeLeft: () => true };

/** Works on items of a part; one that kills ends the process. Returns what was worked on. */
async function workOn(
  scene: DeliveryScene,
  items: readonly string[],
  act: (item: string) => Promise<void> = async () => {},
): Promise<string[]> {
  const worked: string[] = [];
  await workPart(scene.deps, "runs", AT_ONCE, (forEach) =>
    forEach(items, NAMING, async (item) => {
      worked.push(item);
      await act(item);
    }),
  );
  return worked;
}

async function dieOf(scene: DeliveryScene, items: readonly string[], deadly: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  void workOn(scene, items, async (item) => {
    if (item !== deadly) return;
    resolve();
    await new Promise(() => {});
  });
  await promise;
}

test("an item that killed is tried again after waits that grow, and forgotten once it kills no more", async () => {
  const scene = await scenes.build();
  const mark = PART_MARK.of({ part: "runs" });
  const { facts } = scene.deps.store;
  const items = ["a", "b", "c"];
  await dieOf(scene, items, "b");
  await dieOf(scene, items, "b");
  expect(await workOn(scene, items)).toEqual(["a", "c"]);
  expect((await facts.get(mark))?.deadly).toMatchObject({ b: { times: 1 } });
  scene.clock.at += 2 * MINUTE;
  // After the others, and marked: it kills once more, and is known at once.
  await dieOf(scene, items, "b");
  expect(await workOn(scene, items)).toEqual(["a", "c"]);
  scene.clock.at += 2 * MINUTE;
  expect(await workOn(scene, items)).toEqual(["a", "c"]);
  scene.clock.at += 2 * MINUTE;
  expect(await workOn(scene, items)).toEqual(["a", "c", "b"]);
  expect(await facts.get(mark)).toBeNull();
});

test("a part whose process ended beside its items blames none of them", async () => {
  const scene = await scenes.build();
  const { facts } = scene.deps.store;
  await facts.set(PART_MARK.of({ part: "runs" }), { isWorking: true, item: null, deadly: {} });
  expect(await workOn(scene, ["a", "b"])).toEqual(["a", "b"]);
  expect(await facts.get(PART_MARK.of({ part: "runs" }))).toBeNull();
});

test("a part without items asks the store for nothing", async () => {
  const scene = await scenes.build();
  const before = scenes.calls();
  await workOn(scene, []);
  expect(scenes.calls()).toBe(before);
});

test("an item that killed and is gone is forgotten after a day", async () => {
  const scene = await scenes.build();
  await dieOf(scene, ["a", "b"], "a");
  await dieOf(scene, ["a", "b"], "a");
  expect(await workOn(scene, ["b"])).toEqual(["b"]);
  scene.clock.at += 25 * HOUR;
  await workOn(scene, ["b"]);
  expect(await scene.deps.store.facts.get(PART_MARK.of({ part: "runs" }))).toBeNull();
});

test("of an owner whose items are slow a quarter of the places is taken, and the others go on", async () => {
  const scene = await scenes.build();
  const slow = Array.from({ length: 10 }, (_, n) => `slow/${n}`);
  const worked: string[] = [];
  const ended = Promise.withResolvers<void>();
  const others = Promise.withResolvers<void>();
  const naming = { ...NAMING, ownerOf: (name: string): string => name.split("/")[0] as string };
  const part = workPart(scene.deps, "hooks", { atOnce: 8, isTimeLeft: () => true }, (forEach) =>
    forEach([...slow, "x/1", "y/1", "z/1"], naming, async (item) => {
      worked.push(item);
      if (item === "z/1") others.resolve();
      if (item.startsWith("slow")) await ended.promise;
    }),
  );
  await others.promise;
  expect(worked).toEqual(["slow/0", "slow/1", "x/1", "y/1", "z/1"]);
  ended.resolve();
  expect(await part).toBe(13);
  expect(worked).toHaveLength(13);
});

test("a part whose time is over leaves its other items to the next minute", async () => {
  const scene = await scenes.build();
  let left = 2;
  const limits = { atOnce: 1, isTimeLeft: () => left-- > 0 };
  const begun = await workPart(scene.deps, "runs", limits, (forEach) =>
    forEach(["a", "b", "c"], NAMING, async () => {}),
  );
  expect(begun).toBe(2);
});
