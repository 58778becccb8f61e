import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DAY, HOUR, iso, MINUTE } from "../../app/domain/clock.ts";
import type { OwnerExport } from "../../app/domain/records/owner-export.ts";
import type { ReplayJob } from "../../app/domain/records/replay-job.ts";
import type { StoredEvent } from "../../app/domain/records/run.ts";
import type { Service } from "../../app/domain/records/service.ts";
import type { Session } from "../../app/domain/records/session.ts";
import type { Subscription } from "../../app/domain/records/subscription.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore, type Store } from "../../app/store/store.ts";
import { aroundTables, type TableCall } from "../support/around-tables.ts";
import { saveRepository } from "../support/save-account.ts";

/* A second write that stood on what was read before changes nothing, and its writer learns of it. */

const START = Date.parse("2026-01-01T12:30:00Z");
let now = START;
let storage: Storage;
let store: Store;
/** The same, as another worker has it. */
let other: Store;
/** Another in each test. */
let id = 0;
/** Happens before each call of the store's tables. */
let between: (call: TableCall) => Promise<void>;

/** Makes another do something once, before the call of a method whose number (from 1) is given; returns whether it did. */
function before(method: TableCall["method"], number: number, act: () => Promise<unknown>): () => boolean {
  let left = number;
  between = async (call) => {
    if (call.method !== method) return;
    left -= 1;
    if (left === 0) await act();
  };
  return () => left <= 0;
}

beforeAll(() => {
  const shared = openSqlite({ clock: { now: () => now } });
  storage = aroundTables(shared, async (call, go) => {
    await between(call);
    return await go();
  });
  store = openStore(storage, { now: () => now });
  other = openStore(shared, { now: () => now });
});
afterAll(() => storage.close());
beforeEach(() => {
  between = async () => {};
  now = START;
  id += 1;
});

const run = (change: object = {}) => ({ repositoryId: `r${id}`, runId: `${id}`, runAttempt: 1, ...change });
const eventOf = (change: object = {}) =>
  ({ ...run(), eventId: `event-${id}`, ownerId: "9", receivedAt: iso(now), run: {}, ...change }) as never;
const messageOf = (change: object = {}) =>
  ({
    ...run(),
    messageId: `message-${id}`,
    ownerId: "9",
    receivedAt: iso(now),
    payload: "{}",
    ...change,
  }) as never;
const readEvent = async (): Promise<StoredEvent> => (await store.runs.getEvent(run())) as StoredEvent;

test("an event is stored once, and the first one stands", async () => {
  const { runs } = store;
  expect(await runs.addEvent(eventOf({ conclusion: "success" }))).toBe(true);
  expect(await runs.addEvent(eventOf({ conclusion: "failure" }))).toBe(false);
  expect(await readEvent()).toMatchObject({ conclusion: "success" });
});

test("a message is stored once, and the first one stands", async () => {
  const { runs } = store;
  expect(await runs.addMessage(messageOf())).toBe(true);
  expect(await runs.addMessage(messageOf({ payload: "[]" }))).toBe(false);
  expect(await runs.getMessage(messageOf())).toMatchObject({ payload: "{}" });
});

const withEvent: [string, (event: StoredEvent) => Promise<unknown>][] = [
  ["is routed to its end", (event) => store.runs.endRouting(event)],
  ["is counted as failed", (event) => store.runs.recordRoutingFailure(event)],
  ["is enqueued again", (event) => store.runs.recordEnqueued(event)],
];

test.each(withEvent)(
  "an event that a message made due since it was read stays so where it %s",
  async (_, act) => {
    const { runs } = store;
    await runs.addEvent(eventOf());
    const first = await readEvent();
    now += MINUTE;
    await runs.routeAgain(run());
    const due = await readEvent();
    await act(first);
    expect(await readEvent()).toEqual(due);
    now += MINUTE;
    await runs.routeAgain(run());
    await act(due);
    expect(await readEvent()).toMatchObject({ dueAt: iso(now + 2 * MINUTE) });
  },
);

test.each(withEvent)("an event that was read last changes where it %s", async (_, act) => {
  const { runs } = store;
  await runs.addEvent(eventOf());
  for (let times = 0; times < 2; times++) {
    now += MINUTE;
    const read = await readEvent();
    await act(read);
    expect((await readEvent()).dueAt).not.toBe(read.dueAt);
    await runs.routeAgain(run());
  }
});

test.each(withEvent)("an event that is gone is not brought back where it %s", async (_, act) => {
  const { runs } = store;
  await runs.addEvent(eventOf());
  const read = await readEvent();
  await runs.removeAll([read]);
  await act(read);
  expect(await runs.getEvent(run())).toBeNull();
});

test("neither a message nor an event that is gone comes back by what becomes of it", async () => {
  const { runs } = store;
  await runs.routeAgain(run());
  await runs.joined(messageOf());
  expect(await runs.load(run())).toEqual({ events: [], messages: [] });
});

test("a message that an event joined is due no more", async () => {
  const { runs } = store;
  await runs.addMessage(messageOf());
  now += MINUTE;
  await runs.joined(messageOf());
  const joined = await runs.getMessage(messageOf());
  expect(joined).toMatchObject({ joinedAt: iso(now) });
  expect(joined).not.toHaveProperty("dueAt");
});

test("what became due anew while a clock was set back is not set back", async () => {
  const { runs } = store;
  now = START + DAY;
  await runs.addEvent(eventOf());
  now = START;
  // Between what setBack has read and what it writes.
  const isDone = before("update", 1, async () => {
    now = START + MINUTE / 2;
    await other.runs.routeAgain(run());
  });
  await runs.setBack();
  expect(isDone()).toBe(true);
  expect((await readEvent()).dueAt).toBe(iso(START + 2.5 * MINUTE));
});

test("what a clock ahead has made due is set back", async () => {
  now = START + DAY;
  await store.runs.addEvent(eventOf());
  now = START;
  expect(await store.runs.setBack()).toBeGreaterThan(0);
  expect((await readEvent()).dueAt).toBe(iso(START + 2 * MINUTE));
});

const account = () => ({ ownerId: `a${id}`, login: `acme-${id}` });
const askedAt = (at: number, count = 1): string => `${iso(at)}#${String(count).padStart(12, "0")}`;

test("an account that a clock ahead has asked for gives way to what GitHub says now, to the first who asks", async () => {
  const { accounts } = store;
  await accounts.recordAccount({ ...account(), verified: true }, askedAt(START + DAY));
  expect(await accounts.recordAccount(account(), askedAt(START))).toBe(true);
  expect(await accounts.getAccount(`a${id}`)).toMatchObject({ askedAt: askedAt(START) });
});

test("of two who ask anew for an account that a clock ahead has asked for, the later one stands", async () => {
  const { accounts } = store;
  await accounts.recordAccount(account(), askedAt(START + DAY));
  const isDone = before("update", 2, () =>
    other.accounts.recordAccount({ ...account(), verified: true }, askedAt(START, 2)),
  );
  expect(await accounts.recordAccount(account(), askedAt(START, 1))).toBe(false);
  expect(isDone()).toBe(true);
  expect(await accounts.getAccount(`a${id}`)).toMatchObject({ verified: true, askedAt: askedAt(START, 2) });
});

test("what an owner sets and what GitHub says of it at once both stand", async () => {
  const { accounts } = store;
  const ownerId = `a${id}`;
  const cost = { perEvent: 1, currency: "EUR" };
  await accounts.recordAccount({ ...account(), installation: "active" }, askedAt(START, 1));
  const settings = before("update", 1, () =>
    other.accounts.recordAccount({ ...account(), login: "renamed", verified: true }, askedAt(START, 2)),
  );
  await accounts.changeAccount({ ownerId, cost });
  const news = before("update", 1, () => other.accounts.changeAccount({ ownerId, replay: false }));
  await accounts.recordAccount({ ...account(), installation: "suspended" }, askedAt(START, 3));
  expect([settings(), news()]).toEqual([true, true]);
  expect(await accounts.getAccount(ownerId)).toMatchObject({
    cost,
    replay: false,
    verified: true,
    installation: "suspended",
  });
});

test("an account that is gone is not brought back by what its owner sets", async () => {
  const { accounts } = store;
  expect(await accounts.changeAccount({ ownerId: `a${id}`, replay: false })).toBeNull();
  expect(await accounts.getAccount(`a${id}`)).toBeNull();
});

test("of two who learn of an account at once the second one's answer is in it as well", async () => {
  const { accounts } = store;
  const isDone = before("put", 1, () =>
    other.accounts.recordAccount({ ...account(), verified: true }, askedAt(START, 1)),
  );
  expect(await accounts.recordAccount({ ...account(), type: "Organization" }, askedAt(START, 2))).toBe(true);
  expect(isDone()).toBe(true);
  expect(await accounts.getAccount(`a${id}`)).toMatchObject({ verified: true, type: "Organization" });
});

const repository = () => ({ repositoryId: `${id}`, ownerId: "9", fullName: `acme/r${id}` });

test("a repository that a clock ahead has asked for gives way to what GitHub says now", async () => {
  const { accounts } = store;
  await accounts.recordRepository({ ...repository(), private: true }, askedAt(START + DAY));
  const learnt = await accounts.recordRepository({ ...repository(), private: false }, askedAt(START));
  expect(learnt).toMatchObject({ private: false, askedAt: askedAt(START) });
});

test("of two who ask anew for a repository that a clock ahead has asked for, the later one stands", async () => {
  const { accounts } = store;
  await accounts.recordRepository(repository(), askedAt(START + DAY));
  const isDone = before("update", 2, () =>
    other.accounts.recordRepository({ ...repository(), private: true }, askedAt(START, 2)),
  );
  expect(await accounts.recordRepository(repository(), askedAt(START, 1))).toBeNull();
  expect(isDone()).toBe(true);
  expect(await accounts.getRepository(`${id}`)).toMatchObject({ private: true, askedAt: askedAt(START, 2) });
});

test("of two who add a repository at once the second one's answer is in it as well", async () => {
  const { accounts } = store;
  const saved = await Promise.all([
    accounts.recordRepository({ ...repository(), provider: true }, askedAt(START)),
    other.accounts.recordRepository({ ...repository(), consumer: true }, askedAt(START)),
  ]);
  expect(saved).toHaveLength(2);
  expect(await accounts.getRepository(`${id}`)).toMatchObject({ provider: true, consumer: true });
});

test("keys of a repository that are changed at once are all there", async () => {
  const { accounts } = store;
  await saveRepository(accounts, repository());
  const add = (by: Store, key: string) =>
    by.accounts.changeShieldKeys(`${id}`, (keys) => [...keys, { keyId: key } as never]);
  await Promise.all(["a", "b", "c", "d"].map((key, n) => add(n % 2 === 0 ? store : other, key)));
  const keys = (await accounts.getRepository(`${id}`))?.shieldKeys as unknown as { keyId: string }[];
  expect(keys.map(({ keyId }) => keyId).sort()).toEqual(["a", "b", "c", "d"]);
  expect(await accounts.changeShieldKeys("gone", () => [])).toBeNull();
});

test("what a receiver answers is not written over another one that was chosen meanwhile", async () => {
  const { accounts } = store;
  const receiver = (nonce: string) =>
    ({
      by: "webhook",
      url: `https://${nonce}`,
      nonce,
      secretVersion: 1,
      problem: null,
      ended: false,
    }) as const;
  const failed = (by: Store, nonce: string) =>
    by.accounts.changeNotifications(`${id}`, (one) =>
      one?.by === "webhook" && one.nonce === nonce ? { ...one, problem: "It fails." } : null,
    );
  await saveRepository(accounts, { ...repository(), notifications: receiver("a") });
  const isDone = before("update", 1, () => other.accounts.changeNotifications(`${id}`, () => receiver("b")));
  expect(await failed(store, "a")).toMatchObject({ notifications: receiver("b") });
  expect(isDone()).toBe(true);
  await failed(store, "b");
  expect((await accounts.getRepository(`${id}`))?.notifications).toMatchObject({ problem: "It fails." });
  expect(await accounts.changeNotifications("gone", () => receiver("a"))).toBeNull();
});

test("nothing of the owner before comes back by a change that a transfer overtakes", async () => {
  const { accounts } = store;
  const key = (keyId: string) => ({ keyId }) as never;
  await saveRepository(accounts, { ...repository(), shieldKeys: [key("theirs")] });
  const isDone = before("update", 1, () =>
    other.accounts.recordRepository({ ...repository(), ownerId: "10", shieldKeys: [] }, askedAt(START)),
  );
  await accounts.changeShieldKeys(`${id}`, (keys) => [...keys, key("new")]);
  expect(isDone()).toBe(true);
  expect(await accounts.getRepository(`${id}`)).toMatchObject({ ownerId: "10", shieldKeys: [key("new")] });
});

test("a repository's next look and what it missed are recorded where it is known", async () => {
  const { accounts } = store;
  await saveRepository(accounts, repository());
  const mine = async () =>
    (await accounts.pastDue(1000)).filter(({ repositoryId }) => repositoryId === `${id}`);
  await accounts.scheduleRepository(`${id}`, iso(now - MINUTE));
  expect(await mine()).toHaveLength(1);
  await accounts.recordMissedSince(`${id}`, iso(now - HOUR), iso(now));
  expect(await mine()).toMatchObject([{ missedSince: iso(now - HOUR) }]);
});

test("a job that is written anew while a clock is set back is due as it was written", async () => {
  const { jobs } = store;
  const job = { kind: "issue", ownerId: `o${id}`, repositoryId: "7" } as const;
  now = START + DAY;
  await jobs.enqueue([job]);
  now = START;
  const isDone = before("update", 1, async () => {
    now = START + MINUTE / 2;
    await other.jobs.enqueue([job]);
  });
  await jobs.setBack();
  expect(isDone()).toBe(true);
  const [stored] = (await jobs.ofOwner(`o${id}`).next()).value ?? [];
  expect(stored).toMatchObject({ notBefore: iso(START + MINUTE / 2), dueAt: iso(START + 2.5 * MINUTE) });
});

test("an hour's announcement ends with its fold, and one that came meanwhile stands", async () => {
  const { meters } = store;
  const scope = `scope-${id}`;
  const fact = (factId: string) => ({ scope, factId, at: iso(START), counts: { messages: 1 } });
  await meters.record([fact("a")]);
  now += 6 * HOUR;
  // It was summed up already.
  const isDone = before("delete", 1, () => other.meters.record([fact("b")]));
  await meters.foldClosed(100);
  const total = async () => (await meters.total(scope, START - HOUR, START + HOUR)).messages;
  expect([isDone(), await total()]).toEqual([true, 1]);
  expect(await meters.foldClosed(100)).toBe(1);
  expect(await total()).toBe(2);
  expect(await meters.foldClosed(100)).toBe(0);
});

test("a repository that is gone is not brought back by what is scheduled or was missed", async () => {
  const { accounts } = store;
  await accounts.scheduleRepository(`${id}`, iso(now));
  await accounts.recordMissedSince(`${id}`, iso(now), iso(now));
  expect(await accounts.getRepository(`${id}`)).toBeNull();
});

const service = (change: Partial<Service> = {}): Service =>
  ({
    repositoryId: `r${id}`,
    serviceId: `s${id}`,
    slug: "s",
    alias: null,
    visibility: "public",
    updatedAt: iso(now),
    ...change,
  }) as Service;

test("a workflow is whitelisted once, and the first one's record stands", async () => {
  const { catalog } = store;
  const workflow = { repositoryId: `r${id}`, path: "a.yml", addedBy: "first" };
  expect(await catalog.addWorkflow(workflow as never)).toBe(true);
  expect(await catalog.addWorkflow({ ...workflow, addedBy: "second" } as never)).toBe(false);
  expect((await catalog.offerOf(`r${id}`)).workflows).toMatchObject([{ addedBy: "first" }]);
});

test("a service is added once, and replaced only as it was read", async () => {
  const { catalog } = store;
  const read = service();
  expect(await catalog.addService(read)).toBe(true);
  expect(await catalog.addService(service({ slug: "again" }))).toBe(false);
  now += MINUTE;
  const next = service({ slug: "first" });
  expect(await catalog.replaceService(read, next)).toBe(true);
  expect(await catalog.replaceService(read, service({ slug: "second" }))).toBe(false);
  expect(await catalog.getService(read)).toMatchObject({ slug: "first" });
});

test("a subscription is added once", async () => {
  const { catalog } = store;
  const one = {
    serviceId: `s${id}`,
    subscriptionId: `x${id}`,
    repositoryId: "1",
    providerRepositoryId: "2",
    status: "requested",
  } as unknown as Subscription;
  expect(await catalog.addSubscription(one)).toBe(true);
  expect(await catalog.addSubscription({ ...one, status: "approved" })).toBe(false);
  expect(await catalog.getSubscription(one)).toMatchObject({ status: "requested" });
});

test("a session is changed and ended only as it was read", async () => {
  const { sessions } = store;
  const read = { version: 1, expiresAt: iso(now + HOUR) } as unknown as Session;
  const name = `session-${id}`;
  await sessions.put(name, read);
  const changed = await sessions.change(name, read, {});
  expect(changed).toMatchObject({ version: 2 });
  expect(await sessions.change(name, read, {})).toBeNull();
  expect(await sessions.remove(name, 1)).toBe(false);
  expect(await sessions.get(name)).toMatchObject({ version: 2 });
  expect(await sessions.remove(name, 2)).toBe(true);
  expect(await sessions.get(name)).toBeNull();
  await sessions.put(name, read);
  await sessions.remove(name);
  expect(await sessions.get(name)).toBeNull();
});

test("an export is replaced only as it was read, and not the next one of its owner", async () => {
  const { ownerExports } = store;
  const first = { ownerId: `o${id}`, exportId: "first", version: 1 } as unknown as OwnerExport;
  await ownerExports.start(first);
  const moved = await ownerExports.replace(first, first);
  expect(moved).toMatchObject({ version: 2 });
  expect(await ownerExports.replace(first, first)).toBeNull();
  await ownerExports.start({ ...first, exportId: "second", version: 2 });
  expect(await ownerExports.replace(moved as OwnerExport, first)).toBeNull();
  expect(await ownerExports.get(first.ownerId)).toMatchObject({ exportId: "second", version: 2 });
});

test("a bulk replay is added once, and replaced only as it was read", async () => {
  const { replayJobs } = store;
  const job = { jobId: `j${id}`, state: "running", version: 1 } as unknown as ReplayJob;
  await replayJobs.add(job);
  await replayJobs.add({ ...job, version: 9 });
  expect(await replayJobs.get(job.jobId)).toMatchObject({ version: 1 });
  expect(await replayJobs.replace(job, job)).toMatchObject({ version: 2 });
  expect(await replayJobs.replace(job, { ...job, state: "done" } as never)).toBeNull();
  expect(await replayJobs.get(job.jobId)).toMatchObject({ state: "running", version: 2 });
});

test("what is recorded of a delivery that ended is due no more, and of one that ended otherwise it is", async () => {
  const { deliveries } = store;
  const delivery = {
    deliveryId: `d${id}`,
    createdAt: iso(now),
    status: "Failed",
    dueAt: iso(now),
    version: 1,
  };
  await deliveries.add(delivery as never);
  await deliveries.endRecording({ deliveryId: `d${id}`, status: "Completed" });
  expect(await deliveries.get(`d${id}`)).toMatchObject({ dueAt: iso(now) });
  await deliveries.endRecording({ deliveryId: `d${id}`, status: "Failed" });
  expect(await deliveries.get(`d${id}`)).toMatchObject({ dueAt: null });
  await deliveries.endRecording({ deliveryId: "gone", status: "Failed" });
  expect(await deliveries.get("gone")).toBeNull();
});
