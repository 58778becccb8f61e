import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY, HOUR, iso, MINUTE, SECOND } from "../../app/domain/clock.ts";
import type { Notice } from "../../app/domain/records/notice.ts";
import type { StoredJob } from "../../app/store/jobs.ts";
import type { NewMessage, Storage } from "../../app/store/ports.ts";
import type { BackgroundJob } from "../../app/store/queues.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { openStore } from "../../app/store/store.ts";
import { aroundTables } from "../support/around-tables.ts";

/* Jobs as they are stored: under which name, when they are due, and whose writes count. */

let storage: Storage;
beforeAll(() => {
  storage = openSqlite();
});
afterAll(() => storage.close());

const START = Date.parse("2026-01-01T00:00:00Z");
let owners = 0;

/** An owner's jobs, and the queue messages that are sent for them. */
function build(around?: Parameters<typeof aroundTables>[1]) {
  const clock = {
    at: START,
    now() {
      return this.at;
    },
  };
  const sent: { job: string; delaySeconds: number }[] = [];
  const { queue } = storage;
  const send = async (messages: readonly NewMessage[]): Promise<void> => {
    for (const { body, delaySeconds = 0 } of messages) sent.push({ ...JSON.parse(body), delaySeconds });
  };
  const { jobs } = openStore(
    {
      ...aroundTables(storage, around ?? ((_, go) => go())),
      queue: (name) => ({ ...queue.call(storage, name), send }),
    },
    clock,
  );
  const ownerId = `owner-${owners++}`;
  const all = async (): Promise<StoredJob[]> => {
    const found: StoredJob[] = [];
    for await (const page of jobs.ofOwner(ownerId)) found.push(...page);
    return found;
  };
  const add = async (job: object, at?: number): Promise<StoredJob> => {
    const before = new Set((await all()).map(({ token }) => token));
    await jobs.enqueue([{ ownerId, ...job } as BackgroundJob], at);
    return (await all()).find(({ token }) => !before.has(token)) as StoredJob;
  };
  return { clock, jobs, ownerId, sent, all, add };
}

const notice = (change: Partial<Notice> = {}): Notice =>
  ({ kind: "dead-letter", repositoryId: "7", subject: "s", at: iso(START), ...change }) as Notice;
const EXPORT = { kind: "export", exportId: "e" };

describe("of one thing there is one job", () => {
  test("of an issue, an erasure, a bulk replay and a notice there is one job each, however often it is asked for", async () => {
    const { jobs, ownerId, all } = build();
    const asked = [
      { kind: "erasure", ownerId },
      { kind: "issue", ownerId, repositoryId: "7" },
      { kind: "issue", ownerId, repositoryId: "8" },
      { kind: "replay", ownerId, jobId: "r" },
      { kind: "notify", ownerId, notice: notice() },
      { kind: "notify", ownerId, notice: notice({ subject: "other" }) },
    ] as unknown as BackgroundJob[];
    await jobs.enqueue(asked);
    await jobs.enqueue(asked);
    expect((await all()).map(({ jobId }) => jobId)).toEqual([
      "erasure",
      "issue#7",
      "issue#8",
      expect.stringMatching(/^notify#notice-7-dead-letter-other-/),
      expect.stringMatching(/^notify#notice-7-dead-letter-s-/),
      "replay#r",
    ]);
  });

  test("other jobs are each done, though they are alike", async () => {
    const { add, all } = build();
    await add(EXPORT);
    await add(EXPORT);
    expect(await all()).toHaveLength(2);
  });
});

describe("a job is due", () => {
  test("two minutes after its queue message may have come, which is sent once it is stored", async () => {
    const { add, sent, ownerId } = build();
    const { jobId, dueAt, notBefore, enqueued, failures } = await add(EXPORT);
    expect([dueAt, notBefore, enqueued, failures]).toEqual([iso(START + 2 * MINUTE), iso(START), 0, 0]);
    expect(sent).toEqual([{ ownerId, job: jobId, delaySeconds: 0 }]);
  });

  test("two minutes after its moment, where its queue message can wait until then", async () => {
    const { add, sent } = build();
    const { dueAt } = await add(EXPORT, START + 15 * MINUTE);
    expect(dueAt).toBe(iso(START + 17 * MINUTE));
    expect(sent).toMatchObject([{ delaySeconds: 900 }]);
  });

  test("at its moment, without a queue message, where that is further ahead than one can wait", async () => {
    const { add, sent } = build();
    const { dueAt, notBefore } = await add(EXPORT, START + 15 * MINUTE + 1);
    expect([dueAt, notBefore]).toEqual([iso(START + 15 * MINUTE + 1), iso(START + 15 * MINUTE + 1)]);
    expect(sent).toEqual([]);
  });

  test("at once where its moment is past", async () => {
    const { add, sent } = build();
    expect((await add(EXPORT, START - HOUR)).notBefore).toBe(iso(START));
    expect(sent).toMatchObject([{ delaySeconds: 0 }]);
  });

  test("no sooner than the second above its moment", async () => {
    const { add, sent } = build();
    await add(EXPORT, START + 1500);
    expect(sent).toMatchObject([{ delaySeconds: 2 }]);
  });

  test("and is found by the sweep from then on, and not before", async () => {
    const { add, jobs, clock, ownerId } = build();
    await add(EXPORT);
    const found = async () => (await jobs.pastDue(1000)).filter((one) => one.ownerId === ownerId).length;
    clock.at = START + 2 * MINUTE - 1;
    expect(await found()).toBe(0);
    clock.at += 1;
    expect(await found()).toBe(1);
  });

  test("and is left to its time where an index lags that had it due sooner", async () => {
    let inject = async (): Promise<void> => {};
    const { add, jobs, clock, ownerId } = build(async ({ method, index }, go) => {
      const found = await go();
      if (method === "page" && index === "due") await inject();
      return found;
    });
    const stored = await add(EXPORT);
    clock.at = START + HOUR;
    inject = async () => {
      inject = async () => {};
      await jobs.recordFailure(stored);
    };
    expect((await jobs.pastDue(1000)).filter((one) => one.ownerId === ownerId)).toEqual([]);
    clock.at += 2 * MINUTE;
    expect((await jobs.pastDue(1000)).filter((one) => one.ownerId === ownerId)).toHaveLength(1);
  });

  test("in one of the index's shards by its name, so that no shard has them all", async () => {
    const { add } = build();
    const shards = new Set<unknown>();
    for (let n = 0; n < 30; n++)
      shards.add(((await add(EXPORT)) as StoredJob & { dueShard: string }).dueShard);
    expect(shards.size).toBeGreaterThan(1);
  });

  test("until a moment ahead is listed with those that are due before it", async () => {
    const { add, jobs, ownerId } = build();
    await add(EXPORT, START + HOUR);
    const until = async (at: number) =>
      (await jobs.dueUntil(iso(at), 1000)).filter((one) => one.ownerId === ownerId).length;
    expect([await until(START + HOUR - 1), await until(START + HOUR)]).toEqual([0, 1]);
  });

  test("again ever later, each time that the sweep enqueues it", async () => {
    const { add, jobs, sent, all, clock } = build();
    let stored = await add(EXPORT);
    for (const [times, minutes] of [
      [1, 4],
      [2, 8],
      [3, 16],
    ] as const) {
      clock.at += HOUR;
      const marked = await jobs.recordEnqueued(stored);
      [stored] = (await all()) as [StoredJob];
      expect(marked).toEqual(stored);
      await jobs.enqueueStored([stored]);
      expect([stored.enqueued, stored.dueAt]).toEqual([times, iso(clock.at + minutes * MINUTE)]);
    }
    expect(sent).toHaveLength(4);
  });

  test("again ever later, each time that it fails", async () => {
    const { add, jobs, all, sent } = build();
    let stored = await add(EXPORT);
    for (const minutes of [2, 4, 8]) {
      await jobs.recordFailure(stored);
      [stored] = (await all()) as [StoredJob];
      expect(stored.dueAt).toBe(iso(START + minutes * MINUTE));
    }
    expect(stored.failures).toBe(3);
    expect(sent).toHaveLength(1);
  });
});

describe("a job that is dead", () => {
  test("is found by no sweep, can be read for 14 days, and is buried once", async () => {
    const { add, jobs, all, clock, ownerId } = build();
    const stored = await add(EXPORT);
    const buried = await jobs.bury(stored);
    expect(buried).toMatchObject({ deadAt: iso(START), dueAt: expect.any(String) });
    expect(await jobs.bury(stored)).toBeNull();
    await jobs.leaveDead(buried as StoredJob);
    const [dead] = await all();
    expect(dead).not.toHaveProperty("dueAt");
    clock.at += 13 * DAY;
    expect((await jobs.pastDue(1000)).filter((one) => one.ownerId === ownerId)).toEqual([]);
    expect(dead).toMatchObject({ expiresAt: (START + 14 * DAY) / SECOND });
  });
});

describe("a job that goes on", () => {
  test("has what is left in its place, enqueued for its moment, as if it were new", async () => {
    const { add, jobs, all, sent } = build();
    const stored = await add(EXPORT);
    await jobs.recordFailure(stored);
    const left = { ...EXPORT, ownerId: stored.ownerId, exportId: "next" } as BackgroundJob;
    await jobs.replace(stored, left, START + 10 * SECOND);
    expect(await all()).toMatchObject([
      { jobId: stored.jobId, job: left, failures: 0, notBefore: iso(START + 10 * SECOND) },
    ]);
    expect(sent).toMatchObject([{ delaySeconds: 0 }, { job: stored.jobId, delaySeconds: 10 }]);
  });
});

test("a worker that read a job before it was written anew neither ends nor changes it", async () => {
  const { add, jobs, all, ownerId, sent } = build();
  const issue = { kind: "issue", repositoryId: "7" };
  const read = await add(issue);
  const anew = await add(issue);
  sent.length = 0;
  await jobs.remove(read);
  await jobs.replace(read, { ...issue, ownerId } as BackgroundJob);
  await jobs.recordFailure(read);
  expect(await jobs.bury(read)).toBeNull();
  await jobs.leaveDead(read);
  expect(await jobs.recordEnqueued(read)).toBeNull();
  expect(await all()).toEqual([anew]);
  expect(sent).toEqual([]);
  await jobs.remove(anew);
  expect(await jobs.get({ ownerId, job: anew.jobId })).toBeNull();
});

test("jobs are removed with their owner, whatever became of them since they were read", async () => {
  const { add, jobs, all } = build();
  const issue = { kind: "issue", repositoryId: "7" };
  const read = [await add(issue), await add(EXPORT)];
  await add(issue);
  await jobs.removeAll(read);
  expect(await all()).toEqual([]);
});

test("the notices of a repository that are yet to be sent are found, and those of one kind and subject", async () => {
  const { add, jobs, ownerId } = build();
  const notify = (change: Partial<Notice>) => ({ kind: "notify", notice: notice(change) });
  await add(notify({}));
  await add(notify({ at: iso(START + 1) }));
  await add(notify({ subject: "s2" }));
  await add(notify({ subject: "s-x" }));
  await add(notify({ kind: "runs-missed" }));
  await add(notify({ repositoryId: "70" }));
  await add({ kind: "issue", repositoryId: "7" });
  const of = { repositoryId: "7", ownerId };
  expect(await jobs.ofNotices(of)).toHaveLength(5);
  expect(await jobs.ofNotices(of, notice())).toHaveLength(2);
  expect(await jobs.ofNotices(of, notice({ kind: "runs-missed" }))).toHaveLength(1);
});

describe("a clock that was ahead", () => {
  test("changes no job that was written anew while its waits are set back", async () => {
    let inject = async (): Promise<void> => {};
    const { add, jobs, all, clock } = build(async ({ method }, go) => {
      const found = await go();
      if (method === "getMany") await inject();
      return found;
    });
    const issue = { kind: "issue", repositoryId: "7" };
    clock.at = START + DAY;
    await add(issue);
    clock.at = START;
    let anew: StoredJob | undefined;
    inject = async () => {
      inject = async () => {};
      anew = await add(issue);
    };
    await jobs.setBack();
    expect(anew).toBeDefined();
    expect(await all()).toEqual([anew]);
  });

  test("has its jobs due as if it had been right, and those of a right one left as they are", async () => {
    const { add, jobs, all, clock } = build();
    clock.at = START + DAY;
    const ahead = await add(EXPORT, START + DAY + 10 * MINUTE);
    clock.at = START;
    const right = await add(EXPORT, START + 3 * HOUR);
    await jobs.setBack();
    const now = await all();
    expect(now.find(({ jobId }) => jobId === ahead.jobId)).toMatchObject({
      notBefore: iso(START + 10 * MINUTE),
      dueAt: iso(START + 12 * MINUTE),
      writtenAt: iso(START),
    });
    expect(now.find(({ jobId }) => jobId === right.jobId)).toEqual(right);
  });
});
