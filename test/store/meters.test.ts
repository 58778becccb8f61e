import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { DAY, HOUR, iso } from "../../app/domain/clock.ts";
import { sum } from "../../app/domain/insight/meter.ts";
import type { MeterFact } from "../../app/domain/records/meter-fact.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore, type Store } from "../../app/store/store.ts";
import { type WatchedStorage, watched } from "../support/around-tables.ts";

let storage: WatchedStorage;
let store: Store;
/** The same, as another worker has it. */
let other: Store;
let now = Date.parse("2026-01-01T00:30:00Z");
let scope = "";
let scopes = 0;

beforeAll(async () => {
  const shared = openSqlite();
  storage = watched(shared);
  store = openStore(storage, { now: () => now });
  other = openStore(shared, { now: () => now });
});
afterAll(() => storage.close());
beforeEach(() => {
  scope = `owner#${++scopes}`;
});

const buildFact = (factId: string, at = now): MeterFact => ({
  scope,
  factId,
  at: iso(at),
  counts: { messages: 1 },
});

const counted = async (from = now - 7 * DAY) => (await store.meters.total(scope, from, now)).messages ?? 0;

test("a fact counts once however often it is written", async () => {
  for (let time = 0; time < 3; time++) await store.meters.record([buildFact("a"), buildFact("b")]);
  expect(await counted()).toBe(2);
});

test("figures are the same before their hour is folded and after it", async () => {
  await store.meters.record([buildFact("a"), buildFact("b"), buildFact("c", now - HOUR)]);
  expect(await counted()).toBe(3);
  now += 4 * HOUR;
  expect(await store.meters.foldClosed(100)).toBeGreaterThanOrEqual(2);
  expect(await counted()).toBe(3);
  expect((await store.meters.byHour(scope, now - DAY, now)).size).toBe(2);
});

test("a fact that comes late never takes a figure away, and is in it after the next fold", async () => {
  const then = now;
  await store.meters.record([buildFact("a")]);
  now += 6 * HOUR;
  await store.meters.foldClosed(100);
  await store.meters.record([buildFact("late", then)]);
  expect(await counted()).toBe(1);
  await store.meters.foldClosed(100);
  expect(await counted()).toBe(2);
});

test("a fact recorded again after 40 days, when others of its hour are gone, lowers no figure", async () => {
  const facts = Array.from({ length: 60 }, (_, n) => buildFact(`fact ${n}`));
  const from = now - HOUR;
  await store.meters.record(facts);
  now += 27 * HOUR;
  await store.meters.foldClosed(100);
  for (const days of [38, 1, 1, 1, 5]) {
    now += days * DAY;
    await store.meters.record(facts.slice(0, 1));
    await store.meters.foldClosed(100);
    expect(await counted(from)).toBe(60);
    expect(sum((await store.meters.byHour(scope, from, from + DAY)).values())).toEqual({ messages: 60 });
  }
});

test("facts of an hour that end one after the other lower no figure", async () => {
  const then = now;
  await store.meters.record([buildFact("a"), buildFact("b")]);
  now += 27 * HOUR;
  await store.meters.foldClosed(100);
  // Announced in time, and folded by a sweep that was held up until the facts were gone.
  now = then + 38 * DAY;
  await store.meters.record([buildFact("a", then)]);
  now = then + 41 * DAY;
  await store.meters.foldClosed(100);
  expect(await counted(then - HOUR)).toBe(2);
});

test("a clock that is set back keeps no late fact out of its figure", async () => {
  const then = now;
  await store.meters.record([buildFact("a")]);
  now += 26 * HOUR;
  await store.meters.foldClosed(100);
  now -= 20 * HOUR;
  await store.meters.record([buildFact("late", then)]);
  await store.meters.foldClosed(100);
  now += 27 * HOUR;
  expect(await counted(then - HOUR)).toBe(2);
});

test("a fact that comes while its hour is folded is in the figure after the next fold", async () => {
  const then = now;
  await store.meters.record([buildFact("a")]);
  now += 6 * HOUR;
  // By another worker, before each of the requests of a fold in turn.
  for (let point = 1; point <= 15; point++) {
    const end = storage.onCall(async (number) => {
      if (number === point) await other.meters.record([buildFact(`meanwhile-${point}`, then)]);
    });
    await store.meters.foldClosed(100);
    end();
    await store.meters.record([buildFact(`again-${point}`, then)]);
  }
  await store.meters.foldClosed(100);
  expect(await counted()).toBe(31);
});

test("a total over weeks is the same by days as by hours, whatever was folded and came late", async () => {
  const begun = now;
  const at = (n: number) => begun + n * 7 * HOUR;
  const facts = Array.from({ length: 60 }, (_, n) => buildFact(`fact ${n}`, at(n)));
  const check = async () => {
    for (const [from, to] of [
      [begun - DAY, now],
      [begun + 30 * HOUR, now],
      [begun, begun + 9 * DAY],
      [begun + 2 * DAY, begun + 2 * DAY + 5 * HOUR],
    ] as const) {
      const byHour = sum((await store.meters.byHour(scope, from, to)).values());
      expect(await store.meters.total(scope, from, to)).toEqual(byHour);
    }
  };
  for (const [n, fact] of facts.entries()) {
    now = at(n) + HOUR;
    await store.meters.record([fact]);
    // As often as a sweep that is sometimes held up for a day.
    if (n % 4 === 0) for (let time = 0; time < 3; time++) await store.meters.foldClosed(100);
  }
  now += 2 * DAY;
  for (let time = 0; time < 3; time++) await store.meters.foldClosed(100);
  await check();
  expect((await store.meters.total(scope, begun - DAY, now)).messages).toBe(60);
  await store.meters.record([buildFact("late", begun + 3 * DAY)]);
  for (let time = 0; time < 3; time++) await store.meters.foldClosed(100);
  await check();
  expect((await store.meters.total(scope, begun - DAY, now)).messages).toBe(61);
  await store.meters.remove(scope);
  expect(await store.meters.total(scope, begun - DAY, now - 6 * HOUR)).toEqual({});
});

test("of two workers that fold an hour at once the one that knows more prevails", async () => {
  const then = now;
  await store.meters.record([buildFact("a")]);
  now += 6 * HOUR;
  const reached = Promise.withResolvers<void>();
  const slow = Promise.withResolvers<void>();
  // Before it writes its total, having summed up: 8 requests for what is due, one to read it, 4 to sum, and
  // one for the total that stands.
  const end = storage.onCall((number) => {
    if (number !== 15) return;
    reached.resolve();
    return slow.promise;
  });
  const first = store.meters.foldClosed(100);
  await reached.promise;
  now += 1;
  await other.meters.record([buildFact("b", then)]);
  await other.meters.foldClosed(100);
  slow.resolve();
  await first;
  end();
  expect(await counted()).toBe(2);
});

test("a figure takes as many requests with thousands of facts behind it as with one", async () => {
  const requestsFor = async (): Promise<number> => {
    let requests = 0;
    const end = storage.onCall((number) => {
      requests = number;
    });
    await counted(now - 30 * DAY);
    end();
    return requests;
  };
  const then = now;
  await store.meters.record([buildFact("only")]);
  now += 6 * HOUR;
  await store.meters.foldClosed(100);
  const few = await requestsFor();
  await store.meters.record(Array.from({ length: 3000 }, (_, n) => buildFact(`one of many ${n}`, then)));
  await store.meters.foldClosed(100);
  expect(await counted()).toBe(3001);
  expect(await requestsFor()).toBeLessThanOrEqual(few);
  expect(few).toBeLessThanOrEqual(6);
});

test("of facts that are repeated those are written that are missing, or say more than what stands", async () => {
  const grown = (counts: MeterFact["counts"]): MeterFact => ({ ...buildFact("a"), counts, grows: true });
  const [less, more] = [grown({ messages: 1 }), grown({ messages: 1, deliveries: 1 })];
  const [b, c] = [buildFact("b"), buildFact("c")];
  const write = vi.spyOn(store.meters, "recordGrowing");
  const written = (): MeterFact[] => write.mock.calls.splice(0).flatMap(([facts]) => facts);
  await store.meters.recordMissing([less, b]);
  expect(written()).toEqual([less, b]);
  await store.meters.recordMissing([more, b, c]);
  expect(written()).toEqual([more, c]);
  await store.meters.recordMissing([less, b, c]);
  expect(written()).toEqual([]);
  write.mockRestore();
  expect(await store.meters.total(scope, now - DAY, now)).toEqual({ messages: 3, deliveries: 1 });
});

test("a repetition of facts has their hour folded whose writer ended before it was put up for that", async () => {
  const then = now;
  await other.meters.record([buildFact("a")]);
  now += 6 * HOUR;
  await store.meters.foldClosed(100);
  // The write of the fact is made, and that of its hour is not.
  const stop = storage.onCall((number) => {
    if (number === 2) throw new Error("The process ended.");
  });
  await expect(store.meters.record([buildFact("late", then)])).rejects.toThrow("The process ended.");
  stop();
  await store.meters.recordMissing([buildFact("late", then)]);
  await store.meters.foldClosed(100);
  expect(await counted()).toBe(2);
});

test("of a fact that grows the one that says most stands, whichever writer comes last", async () => {
  const grown = (counts: MeterFact["counts"]): MeterFact => ({ ...buildFact("a"), counts, grows: true });
  const less = grown({ messages: 1 });
  const more = grown({ messages: 1, deliveries: 1 });
  for (const fact of [less, more, less]) await store.meters.recordGrowing([fact, buildFact("b")]);
  const all = await store.meters.total(scope, now - DAY, now);
  expect(all).toEqual({ messages: 2, deliveries: 1 });
  now += 4 * HOUR;
  await store.meters.foldClosed(100);
  expect(await store.meters.total(scope, now - DAY, now)).toEqual({ messages: 2, deliveries: 1 });
});
