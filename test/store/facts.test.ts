import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DAY, epochSeconds, HOUR, iso, MINUTE, SECOND } from "../../app/domain/clock.ts";
import * as kinds from "../../app/store/fact-kinds.ts";
import type { Fact } from "../../app/store/facts.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore, type Store } from "../../app/store/store.ts";

const { DISPATCHED, HOOK_CHECKS, NOTICE_RAISED, RUN_OWNER, TOKEN_USE, WORKFLOW_EVENTS } = kinds;

let storage: Storage;
let store: Store;
/** The same store, as another worker opens it. */
let other: Store;
let now: number;
let ids = 0;
/** An id that no test before has used. */
let id: string;

beforeAll(async () => {
  storage = openSqlite();
  store = openStore(storage, { now: () => now });
  other = openStore(storage, { now: () => now });
});
afterAll(() => storage.close());
beforeEach(() => {
  now = Date.parse("2026-01-01T00:30:00Z");
  id = String(++ids);
});

const guards = () => storage.table("guards", { now: () => now });
const readItem = async (pk: string, sk: string) => (await guards().getEvenExpired({ pk, sk })) ?? undefined;

const at = Date.parse("1970-01-01T05:59:59Z");
const KINDS = {
  RUN_OWNER: ["owner#1#2", "owner", 40 * DAY, RUN_OWNER.of({ repositoryId: "1", runId: "2" })],
  DISPATCHED: ["dispatched#1", "dispatched", 8 * DAY, DISPATCHED.of({ repositoryId: "1" })],
  RUN_BOOK: [
    "run-book#1#a.yml",
    "run-book",
    9 * DAY,
    kinds.RUN_BOOK.of({ repositoryId: "1", workflow: "a.yml", event: "repository_dispatch" }),
  ],
  SPEAKERS: ["speakers#1", "speakers", 9 * DAY, kinds.SPEAKERS.of({ repositoryId: "1" })],
  CONFIRMS: [
    "confirms#1#a.yml",
    "confirms",
    9 * DAY,
    kinds.CONFIRMS.of({ repositoryId: "1", workflow: "a.yml" }),
  ],
  WORKFLOW_EVENTS: [
    "breaker#1#.github/workflows/a.yml#5",
    "breaker",
    2 * HOUR,
    WORKFLOW_EVENTS.of({ repositoryId: "1", path: ".github/workflows/a.yml", at }),
  ],
  RUN_MESSAGES: [
    "messages#1#2",
    "messages",
    40 * DAY,
    kinds.RUN_MESSAGES.of({ repositoryId: "1", runId: "2" }),
  ],
  HOOK_CHECKS: ["looks#7#5", "looks", 2 * HOUR, HOOK_CHECKS.of({ installationId: "7", at })],
  GAP_REQUESTS: [
    "gap-requests#7#5",
    "gap-requests",
    2 * HOUR,
    kinds.GAP_REQUESTS.of({ installationId: "7", at }),
  ],
  HOOK_LOG: ["hook-log#1", "hook-log", 30 * DAY, kinds.HOOK_LOG.of({ of: "1" })],
  LAST_SWEEP: ["alive#sweep", "alive", 400 * DAY, kinds.LAST_SWEEP.of()],
  CATCH_UP: ["catch-up#hooks", "catch-up", 7 * DAY, kinds.CATCH_UP.of()],
  DOWNTIME_END: ["back#hooks", "back", 3 * DAY, kinds.DOWNTIME_END.of()],
  NEXT_APP_LOG: ["app-log#next", "app-log", DAY, kinds.NEXT_APP_LOG.of()],
  SCHEDULE_LOCK: ["lock#schedule", "lock", 6 * MINUTE, kinds.SCHEDULE_LOCK.of()],
  HEALTH_PROBE: ["health#probe", "health", MINUTE, kinds.HEALTH_PROBE.of()],
  TOKEN_USE: ["jti#a-b", "jti", MINUTE, TOKEN_USE.of({ jti: "a-b", expiresAt: 0 })],
  ADMINISTRATOR: [
    "administers#1#3",
    "administers",
    7 * DAY,
    kinds.ADMINISTRATOR.of({ ownerId: "1", userId: "3" }),
  ],
  FILTER_FAILURE: [
    "filter-failure#s",
    "filter-failure",
    7 * DAY,
    kinds.FILTER_FAILURE.of({ subscriptionId: "s" }),
  ],
  TEST_EVENT: ["test-event#s", "test-event", 10 * SECOND, kinds.TEST_EVENT.of({ subscriptionId: "s" })],
  NOTICE_RAISED: ["told#n", "told", 30 * DAY, NOTICE_RAISED.of({ noticeId: "n" })],
  PERMISSION_RAISED: [
    "permission-told#1#contents",
    "permission-told",
    30 * DAY,
    kinds.PERMISSION_RAISED.of({ repositoryId: "1", subject: "contents" }),
  ],
  ISSUE_WRITTEN: [
    "issue-written#1",
    "issue-written",
    5 * MINUTE,
    kinds.ISSUE_WRITTEN.of({ repositoryId: "1" }),
  ],
  SUBSCRIPTION_REPLAYS: [
    "replays#s",
    "replays",
    30 * DAY,
    kinds.SUBSCRIPTION_REPLAYS.of({ subscriptionId: "s" }),
  ],
  ENDING_WAITS: ["waits#ending", "waits", DAY, kinds.ENDING_WAITS.of()],
  PART_MARK: ["part#hooks", "part", 2 * DAY, kinds.PART_MARK.of({ part: "hooks" })],
  DEAD_JOBS: ["dead-jobs#all", "dead-jobs", 14 * DAY, kinds.DEAD_JOBS.of()],
} as const satisfies Record<keyof typeof kinds, unknown>;

test("no two kinds share a key", () => {
  const declared = Object.values(kinds).map(({ kind }) => kind);
  expect(new Set(declared).size).toBe(declared.length);
});

test.each(Object.entries(KINDS))("%s is stored where the version before stored it, and as long", (_, row) => {
  const [pk, kind, ttl, place] = row;
  expect(place).toMatchObject({ pk, kind, ttl });
});

const VALUES = Object.entries(KINDS).flatMap(([name, [, , ttl, place]]) =>
  place.shape === "value" && place.from === undefined ? [[name, ttl, place as Fact<object>] as const] : [],
);

test.each(VALUES)("%s stands until its lifetime is over", async (_, ttl, place) => {
  await store.facts.set(place, { by: "test" });
  now += ttl - SECOND;
  expect(await store.facts.get(place)).toEqual({ by: "test" });
  now += SECOND;
  expect(await store.facts.get(place)).toBeNull();
});

test("a token's use stands until a minute after the token's end, whenever it was used", async () => {
  const use = TOKEN_USE.of({ jti: id, expiresAt: now + 5 * MINUTE });
  await store.facts.claim(use, { request: "first" });
  now += 6 * MINUTE - SECOND;
  expect(await store.facts.get(use)).toEqual({ request: "first" });
  now += SECOND;
  expect(await store.facts.get(use)).toBeNull();
});

test("a token that ends much later than a minute from now is used once all the same", async () => {
  const use = TOKEN_USE.of({ jti: id, expiresAt: now + HOUR });
  expect(await store.facts.claim(use, { request: "first" })).toEqual({
    won: true,
    value: { request: "first" },
  });
  expect(await other.facts.claim(use, { request: "second" })).toEqual({
    won: false,
    value: { request: "first" },
  });
});

test("of two who claim what a clock ahead has barred one wins, and both learn which", async () => {
  const place = kinds.TEST_EVENT.of({ subscriptionId: id });
  const written = kinds.SCHEDULE_LOCK.of();
  now += DAY;
  await store.facts.claim(place, {});
  await store.facts.set(written, { holder: "ahead" });
  now -= DAY;
  const claims = await Promise.all([store, other].map(({ facts }) => facts.claim(place, {})));
  expect(claims.map(({ won }) => won).sort()).toEqual([false, true]);
  const holders = await Promise.all(
    [store, other].map(({ facts }, n) => facts.claim(written, { holder: `${n}` })),
  );
  expect(holders.filter(({ won }) => won)).toHaveLength(1);
  expect(new Set(holders.map(({ value }) => value.holder)).size).toBe(1);
});

test("of many who claim at once one wins, and all learn the value that stands", async () => {
  const use = TOKEN_USE.of({ jti: id, expiresAt: now + MINUTE });
  const claims = await Promise.all(
    Array.from({ length: 10 }, (_, n) => (n % 2 ? other : store).facts.claim(use, { request: `${n}` })),
  );
  expect(claims.filter(({ won }) => won)).toHaveLength(1);
  const [standing, ...more] = new Set(claims.map(({ value }) => value.request));
  expect(more).toEqual([]);
  expect(await other.facts.get(use)).toEqual({ request: standing });
});

test("a claim after the end of the one before wins", async () => {
  const lock = kinds.SCHEDULE_LOCK.of();
  await store.facts.remove(lock);
  expect((await store.facts.claim(lock, { holder: "first" })).won).toBe(true);
  now += 6 * MINUTE - SECOND;
  expect(await other.facts.claim(lock, { holder: "second" })).toEqual({
    won: false,
    value: { holder: "first" },
  });
  now += SECOND;
  expect((await other.facts.claim(lock, { holder: "second" })).won).toBe(true);
});

test("a value is replaced, then removed, and no other fact of its kind with it", async () => {
  const [mine, neighbour] = [id, `${id}-neighbour`].map((repositoryId) =>
    RUN_OWNER.of({ repositoryId, runId: "1" }),
  ) as [ReturnType<typeof RUN_OWNER.of>, ReturnType<typeof RUN_OWNER.of>];
  await store.facts.set(neighbour, { deliveryId: "delivery-0" });
  await store.facts.set(mine, { deliveryId: "delivery-1" });
  await store.facts.set(mine, { deliveryId: "delivery-2" });
  expect(await store.facts.get(mine)).toEqual({ deliveryId: "delivery-2" });
  await store.facts.remove(mine);
  await store.facts.remove(mine);
  expect(await store.facts.get(mine)).toBeNull();
  expect(await store.facts.get(neighbour)).toEqual({ deliveryId: "delivery-0" });
});

test("everybody who counts at once gets a number of their own", async () => {
  const checks = HOOK_CHECKS.of({ installationId: id, at: now });
  const counted = await Promise.all(
    Array.from({ length: 40 }, (_, n) => (n % 2 ? other : store).facts.count(checks)),
  );
  expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
});

test("each hour, repository and workflow is counted by itself", async () => {
  const { facts } = store;
  const count = (change: object = {}) =>
    facts.count(WORKFLOW_EVENTS.of({ repositoryId: id, path: "a.yml", at: now, ...change }));
  expect([await count(), await count({ at: now + 29 * MINUTE })]).toEqual([1, 2]);
  expect(await count({ at: now + 30 * MINUTE })).toBe(1);
  expect(await count({ path: "b.yml" })).toBe(1);
  expect(await count({ repositoryId: `${id}-other` })).toBe(1);
});

test("what was recorded in a span is listed once each, oldest first, both ends included", async () => {
  const { facts } = store;
  const dispatched = DISPATCHED.of({ repositoryId: id });
  const moments = [3, 1, 2, 0, 4].map((n) => [iso(now + n * SECOND), `delivery-${n}`] as const);
  for (const [moment, deliveryId] of [...moments, ...moments]) {
    await facts.record(dispatched, moment, deliveryId);
  }
  await facts.record(DISPATCHED.of({ repositoryId: `${id}1` }), iso(now + SECOND), "delivery-elsewhere");
  expect(await facts.recorded(dispatched, iso(now + SECOND), iso(now + 3 * SECOND))).toEqual([
    "delivery-1",
    "delivery-2",
    "delivery-3",
  ]);
});

test("what the version before stored is read, and stored alike", async () => {
  const { facts } = store;
  const owner = RUN_OWNER.of({ repositoryId: id, runId: "2" });
  const item = {
    pk: `owner#${id}#2`,
    sk: "owner",
    value: { deliveryId: "delivery-1" },
    expiresAt: epochSeconds(now + 40 * DAY),
  };
  await guards().put(item);
  expect(await facts.get(owner)).toEqual({ deliveryId: "delivery-1" });
  await facts.set(owner, { deliveryId: "delivery-1" });
  expect(await readItem(item.pk, item.sk)).toEqual(item);

  await facts.count(HOOK_CHECKS.of({ installationId: id, at }));
  expect(await readItem(`looks#${id}#5`, "looks")).toEqual({
    pk: `looks#${id}#5`,
    sk: "looks",
    n: 1,
    expiresAt: epochSeconds(now + 2 * HOUR),
  });

  await facts.record(DISPATCHED.of({ repositoryId: id }), iso(now), "delivery-1");
  const sk = `${iso(now)}#delivery-1`;
  expect(await readItem(`dispatched#${id}`, sk)).toEqual({
    pk: `dispatched#${id}`,
    sk,
    what: "delivery-1",
    expiresAt: epochSeconds(now + 8 * DAY),
  });
});

test("the compiler refuses a value, an id or a use that a kind does not have", () => {
  const wrong = ({ facts }: Store) => [
    // @ts-expect-error the value has another name
    facts.set(RUN_OWNER.of({ repositoryId: "1", runId: "2" }), { delivery: "1" }),
    // @ts-expect-error the value lacks a part
    facts.set(RUN_OWNER.of({ repositoryId: "1", runId: "2" }), {}),
    // @ts-expect-error the value is of another type
    facts.claim(NOTICE_RAISED.of({ noticeId: "n" }), { by: "pigeon" }),
    // @ts-expect-error a fact that tells all by standing holds nothing
    facts.set(kinds.TEST_EVENT.of({ subscriptionId: "s" }), { at: "now" }),
    // @ts-expect-error the id lacks a part
    RUN_OWNER.of({ repositoryId: "1" }),
    // @ts-expect-error there is one fact of the kind
    kinds.LAST_SWEEP.of("sweep"),
    // @ts-expect-error a counter holds no value
    facts.get(HOOK_CHECKS.of({ installationId: "7", at: 0 })),
    // @ts-expect-error a history is not a counter
    facts.count(DISPATCHED.of({ repositoryId: "1" })),
    // @ts-expect-error a kind is not yet a fact
    facts.get(RUN_OWNER),
  ];
  expect(wrong).toBeTypeOf("function");
});

test("a value that counts its versions is replaced by one of those who read it, and by none who read an older one", async () => {
  const book = kinds.RUN_BOOK.of({ repositoryId: id, workflow: "a.yml", event: "repository_dispatch" });
  expect(await store.facts.replace(book, null, { runs: [], version: 0 })).toBe(true);
  expect(await other.facts.replace(book, null, { runs: [], version: 0 })).toBe(false);
  const first = { runs: [], version: 1 };
  expect(await store.facts.get(book)).toEqual(first);
  expect(await store.facts.replace(book, first, first)).toBe(true);
  expect(await other.facts.replace(book, first, first)).toBe(false);
  expect(await store.facts.get(book)).toEqual({ runs: [], version: 2 });
});
