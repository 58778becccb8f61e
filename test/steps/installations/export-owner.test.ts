import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DAY, iso, SECOND } from "../../../app/domain/clock.ts";
import { Refusal } from "../../../app/domain/refusal.ts";
import { eraseOwner } from "../../../app/steps/installations/erase-owner.ts";
import {
  exportAtOnce,
  exportFile,
  startExport,
  workExport,
} from "../../../app/steps/installations/export-owner.ts";
import { buryJob } from "../../../app/steps/jobs/handle-message.ts";
import type { ExportJob } from "../../../app/store/queues.ts";
import { type AppWorld, type Pair, startAppWorld, subscribed } from "../../main/app-world.ts";
import { saveAccount, saveRepository } from "../../support/save-account.ts";

let world: AppWorld;
let pair: Pair;
let ownerId: string;
let login: string;
let repositoryId: string;

beforeEach(async () => {
  world = await startAppWorld();
  pair = await subscribed(world);
  login = pair.provider.split("/")[0] as string;
  ownerId = String(world.github.control.account(login).id);
  repositoryId = (await world.deps.store.accounts.findRepository(pair.provider))?.repositoryId ?? "";
});
afterEach(() => world.close());

/** Stores runs with a message and a payload each, as routing leaves them. */
async function storeRuns(count: number, payload = "x".repeat(200)): Promise<void> {
  const { runs, archive } = world.deps.store;
  const at = (n: number): string => iso(world.deps.clock.now() - n * 1000);
  const numbers = Array.from({ length: count }, (_, n) => n);
  for (let start = 0; start < count; start += 200) {
    await Promise.all(
      numbers.slice(start, start + 200).map(async (n) => {
        const of = { repositoryId, runId: String(n + 1), runAttempt: 1, ownerId, receivedAt: at(n) };
        await runs.addEvent({ ...of, eventId: `event-${n}`, run: {}, dueAt: null } as never);
        await runs.addMessage({
          ...of,
          messageId: `m-${n}`,
          eventType: "built",
          body: payload.slice(0, 1000),
          sha256: "0",
        } as never);
        await archive.put(`events/${repositoryId}/${n}/p.json`, JSON.stringify({ body: payload }));
      }),
    );
  }
}

interface Exported {
  account: { login: string };
  usage: object;
  repositories: { events: { runId: string }[]; messages: object[]; payloads: object[]; deliveries: object }[];
}

/** Works a job to its end, as the worker does; answers the rounds that it took. */
async function work(job: ExportJob, rounds = 1000): Promise<number> {
  for (let n = 1; n <= rounds; n++) {
    const left = await workExport(world.deps, job);
    if (!left || left.at !== undefined) return n;
  }
  return rounds;
}

const jobOf = async (): Promise<ExportJob> => {
  const { exportId } = (await startExport(world.deps, ownerId, "somebody")).one;
  return { kind: "export", ownerId, exportId };
};

async function fileOf({ exportId }: ExportJob): Promise<Exported> {
  const file = await exportFile(world.deps, ownerId, exportId);
  if ("link" in file) throw new Error("On one machine a file has no address of its own.");
  return JSON.parse(file.text) as Exported;
}

test("10,000 runs are exported part by part, each once, and the file is whole", {
  timeout: 60_000,
}, async () => {
  await storeRuns(10_000);
  expect(await exportAtOnce(world.deps, ownerId)).toBeNull();
  const job = await jobOf();
  const rounds = await work(job);
  expect(rounds).toBeGreaterThan(10);
  const { account, repositories, usage } = await fileOf(job);
  expect(account.login).toBe(login);
  expect(usage).toBeTypeOf("object");
  const [first] = repositories;
  expect(new Set(first?.events.map(({ runId }) => runId)).size).toBe(10_000);
  expect([first?.events.length, first?.messages.length, first?.payloads.length]).toEqual([
    10_000, 10_000, 10_000,
  ]);
  expect(await world.deps.store.ownerExports.get(ownerId)).toMatchObject({
    state: "done",
    counts: { repositories: 1, events: 10_000, messages: 10_000, payloads: 10_000 },
  });
  const { items } = await world.deps.store.archive.list(`exports/${ownerId}/`);
  expect(items).toEqual([`exports/${ownerId}/${job.exportId}.json`]);
});

test("however many repositories an owner has, an export lists them once a part", async () => {
  const { accounts } = world.deps.store;
  for (let n = 0; n < 40; n++)
    await saveRepository(accounts, { repositoryId: `9${n}`, ownerId, fullName: `${login}/repository-${n}` });
  const list = vi.spyOn(accounts, "allRepositories");
  const text = await exportAtOnce(world.deps, ownerId);
  expect((JSON.parse(text ?? "") as Exported).repositories).toHaveLength(41);
  expect(list).toHaveBeenCalledTimes(1);
});

test("where the store takes its time a part of an export ends in time, and the next goes on", async () => {
  const { accounts, deliveries } = world.deps.store;
  for (let n = 0; n < 40; n++)
    await saveRepository(accounts, { repositoryId: `9${n}`, ownerId, fullName: `${login}/repository-${n}` });
  const list = deliveries.list.bind(deliveries);
  vi.spyOn(deliveries, "list").mockImplementation(async (...of) => {
    world.pass(SECOND);
    return await list(...of);
  });
  const inTime = async <T>(step: () => Promise<T>): Promise<T> => {
    const began = world.deps.clock.now();
    const answer = await step();
    // A function that answers has 28 seconds, and one that works has 30.
    expect(world.deps.clock.now() - began).toBeLessThan(20 * SECOND);
    return answer;
  };
  expect(await inTime(() => exportAtOnce(world.deps, ownerId))).toBeNull();
  const job = await jobOf();
  for (let rounds = 0; rounds < 20; rounds++)
    if ((await inTime(() => workExport(world.deps, job)))?.at !== undefined) break;
  expect((await fileOf(job)).repositories).toHaveLength(41);
});

test("what is small is answered at once, and its file would say the same", async () => {
  await storeRuns(120);
  const text = await exportAtOnce(world.deps, ownerId);
  const job = await jobOf();
  await work(job);
  const file = await exportFile(world.deps, ownerId, job.exportId);
  expect("text" in file && file.text).toBe(text);
  expect((JSON.parse(text ?? "") as Exported).repositories[0]?.events).toHaveLength(120);
});

test("an export with large payloads is no answer, however few runs it has", async () => {
  await storeRuns(6, "x".repeat(500_000));
  expect(await exportAtOnce(world.deps, ownerId)).toBeNull();
});

test("a part that is done twice at once counts once", async () => {
  await storeRuns(1500);
  const job = await jobOf();
  while ((await world.deps.store.ownerExports.get(ownerId))?.state === "running")
    await Promise.all([workExport(world.deps, job), workExport(world.deps, job)]);
  const [first] = (await fileOf(job)).repositories;
  expect(new Set(first?.events.map(({ runId }) => runId)).size).toBe(1500);
  expect(first?.events).toHaveLength(1500);
});

test("who asks while one runs is told of that one; afterwards another begins", async () => {
  const job = await jobOf();
  expect(await jobOf()).toEqual(job);
  await work(job);
  const next = await jobOf();
  expect(next.exportId).not.toBe(job.exportId);
  // The job of the one before has nothing left to do but to remove its file.
  expect(await workExport(world.deps, job)).toBeNull();
  expect((await world.deps.store.archive.list(`exports/${ownerId}/`)).items).toEqual([]);
  await work(next);
  await fileOf(next);
});

test("an export whose process ended before its job was stored goes on once it is asked for again", async () => {
  const { jobs } = world.deps.store;
  const exportsOf = async (): Promise<number> => {
    let count = 0;
    for await (const page of jobs.ofOwner(ownerId))
      count += page.filter(({ job }) => job.kind === "export").length;
    return count;
  };
  const ends = vi.spyOn(jobs, "enqueue").mockRejectedValueOnce(new Error("The process ended."));
  await expect(startExport(world.deps, ownerId, "mona")).rejects.toThrow("The process ended.");
  ends.mockRestore();
  expect(await exportsOf()).toBe(0);
  expect((await startExport(world.deps, ownerId, "mona")).isNew).toBe(false);
  expect(await exportsOf()).toBe(1);
  await startExport(world.deps, ownerId, "mona");
  expect(await exportsOf()).toBe(1);
});

test("an export of which each try fails is told as failed, and another can be started", async () => {
  const { one } = await startExport(world.deps, ownerId, "mona");
  for await (const stored of world.deps.store.jobs.ofOwner(ownerId))
    for (const one of stored.filter(({ job }) => job.kind === "export")) await buryJob(world.deps, one);
  expect(await world.deps.store.ownerExports.get(ownerId)).toMatchObject({ state: "failed" });
  await expect(exportFile(world.deps, ownerId, one.exportId)).rejects.toMatchObject({ code: "gone" });
  expect((await startExport(world.deps, ownerId, "mona")).isNew).toBe(true);
});

test("a file is there for seven days, and then removed by its job", async () => {
  const job = await jobOf();
  await expect(exportFile(world.deps, ownerId, job.exportId)).rejects.toThrow("still runs");
  await work(job);
  const left = await workExport(world.deps, job);
  expect(left?.at).toBe(world.deps.clock.now() + 7 * DAY);
  world.pass(7 * DAY);
  await expect(exportFile(world.deps, ownerId, job.exportId)).rejects.toThrow(Refusal);
  expect(await workExport(world.deps, job)).toBeNull();
  expect((await world.deps.store.archive.list("exports/")).items).toEqual([]);
  expect(await world.deps.store.ownerExports.get(ownerId)).toBeNull();
});

test("an erasure takes exports along, finished or not", async () => {
  const job = await jobOf();
  await work(job, 1);
  const account = await world.deps.store.accounts.getAccount(ownerId);
  await saveAccount(world.deps.store.accounts, {
    ...account,
    ownerId,
    login,
    installation: "none",
  } as never);
  await eraseOwner(world.deps, ownerId);
  expect((await world.deps.store.archive.list("exports/")).items).toEqual([]);
  expect(await workExport(world.deps, job)).toBeNull();
  expect((await world.deps.store.archive.list("exports/")).items).toEqual([]);
});
