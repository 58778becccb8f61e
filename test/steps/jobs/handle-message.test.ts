import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { WorkerDeps } from "../../../app/deps.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { sweepJobs } from "../../../app/steps/jobs/sweep.ts";
import { Jobs, type StoredJob } from "../../../app/store/jobs.ts";
import type { JobMessage } from "../../../app/store/queues.ts";
import { type AppWorld, startAppWorld } from "../../main/app-world.ts";

let world: AppWorld;
let clock: { at: number; now(): number };
let deps: WorkerDeps;
/** The queue messages, in order. */
let enqueued: (JobMessage & { delaySeconds: number })[];
let owners = 0;
let ownerId: string;

beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  // The limit that one test meets is over before the next one begins.
  world.pass(2 * HOUR);
  enqueued = [];
  ownerId = `owner-${++owners}`;
  clock = { at: Date.now(), now: () => clock.at };
  const queues = { enqueueJobs: async (some: []) => void enqueued.push(...some) } as never;
  const jobs = new Jobs(world.storage.table("jobs", clock), clock, queues);
  deps = { ...world.deps, clock, store: { ...world.deps.store, jobs, queues } };
});
afterEach(async () => await deps.store.jobs.removeAll(await stored()));

const installation = () => ({ kind: "installation", installationId: "1", ownerId }) as const;
/** Works the newest queue message. */
const work = async () => await handleMessage(deps, "routing", JSON.stringify(enqueued.at(-1)));
const stored = async (): Promise<StoredJob[]> => {
  const all: StoredJob[] = [];
  for await (const page of deps.store.jobs.ofOwner(ownerId)) all.push(...page);
  return all;
};
/** The log's lines that say that a job of this owner is dead. */
const dead = () =>
  world.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.event === "job.dead" && line.ownerId === ownerId);
const logged = () => world.log.join("");

test("a job is stored before its queue message is sent, and removed when it is done", async () => {
  await deps.store.jobs.enqueue([installation()]);
  expect(await stored()).toMatchObject([{ job: installation() }]);
  expect(enqueued).toMatchObject([{ ownerId, job: (await stored())[0]?.jobId, delaySeconds: 0 }]);
  await work();
  expect(await stored()).toEqual([]);
  // The message once more finds nothing to do.
  await work();
});

test("a job whose queue message could not be sent is enqueued by the sweep", async () => {
  const queues = { enqueueJobs: () => Promise.reject(new Error("no queue")) } as never;
  const failing = new Jobs(world.storage.table("jobs", clock), clock, queues);
  await expect(failing.enqueue([installation()])).rejects.toThrow("no queue");
  clock.at += 2 * MINUTE + SECOND;
  await sweepJobs(deps, 100);
  expect(enqueued).toHaveLength(1);
  await work();
  expect(await stored()).toEqual([]);
});

test("a job that waits in a long queue is enqueued again ever later, and done once", async () => {
  await deps.store.jobs.enqueue([installation()]);
  for (let minute = 0; minute < 60; minute++) {
    clock.at += MINUTE;
    await sweepJobs(deps, 100);
  }
  expect(enqueued.length).toBeLessThanOrEqual(6);
  const before = world.github.control.requests().length;
  await work();
  const asked = world.github.control.requests().length - before;
  for (const message of enqueued) await handleMessage(deps, "routing", JSON.stringify(message));
  expect(world.github.control.requests().length - before).toBe(asked);
});

test("upkeep waits as a stored job while GitHub's rate limit is used up", async () => {
  await deps.store.jobs.enqueue([installation()]);
  world.github.faults.add({ rate_limit: "secondary", count: 1 });
  await work();
  expect(await stored()).toMatchObject([{ job: installation(), failures: 0 }]);
  expect(enqueued.at(-1)?.delaySeconds).toBeGreaterThan(0);
  expect(logged()).toContain('"event":"job.postponed"');
});

test("a job waits for a limit's reset, however much longer than a queue holds a message that is", async () => {
  await deps.store.jobs.enqueue([installation()]);
  const reset = Math.ceil(world.github.world.clock.now() / SECOND) + 2400;
  world.github.faults.add({ rate_limit: "primary", headers: { "x-ratelimit-reset": String(reset) } });
  await work();
  const asked = world.github.control.requests().length;
  clock.at += 2390 * SECOND - (clock.at - Date.now());
  await sweepJobs(deps, 100);
  await work();
  expect([enqueued.length, world.github.control.requests().length]).toEqual([1, asked]);
  clock.at += 20 * SECOND;
  // The time passes for what sends requests, too.
  world.pass(2410 * SECOND);
  await sweepJobs(deps, 100);
  expect(enqueued).toHaveLength(2);
  await work();
  expect(world.github.control.requests().length).toBeGreaterThan(asked);
});

test("what fails for another reason is tried again ever later, and is dead after ten failures, with a log line", async () => {
  world.github.faults.add({ status: 401, body: { message: "Bad credentials" }, count: -1 });
  const other = { ...installation(), installationId: "2" };
  await deps.store.jobs.enqueue([installation()]);
  await work();
  world.log.splice(0);
  for (let minute = 0; minute < 8 * 60; minute++) {
    clock.at += MINUTE;
    if ((await sweepJobs(deps, 100)) > 0) await work();
  }
  expect(world.log.filter((line) => line.includes('"event":"job.failed"'))).toHaveLength(9);
  expect(logged()).toContain("Bad credentials");
  expect(dead()).toMatchObject([{ job: "installation", failures: 10 }]);
  world.github.faults.clear();
  // It is tried no more, and blocks nothing.
  const count = enqueued.length;
  clock.at += 2 * HOUR;
  expect(await sweepJobs(deps, 100)).toBe(0);
  await work();
  expect([enqueued.length, (await stored()).length]).toEqual([count, 1]);
  await deps.store.jobs.enqueue([other]);
  await work();
  expect(await stored()).toMatchObject([{ job: installation(), failures: 10 }]);
  clock.at += 15 * DAY;
  expect(await stored()).toEqual([]);
});

test("a job that ends its worker each time is dead after 14 days, with a log line", async () => {
  await deps.store.jobs.enqueue([installation()]);
  for (let hour = 0; hour < 14 * 24 + 2; hour++) {
    clock.at += HOUR;
    await sweepJobs(deps, 100);
  }
  expect(dead()).toMatchObject([{ job: "installation" }]);
  expect(await sweepJobs(deps, 100)).toBe(0);
});

test("a job that nobody has tried is not dead, however long Zekt was off", async () => {
  await deps.store.jobs.enqueue([installation()]);
  clock.at += 15 * 24 * HOUR;
  expect(await sweepJobs(deps, 100)).toBe(1);
  expect(dead()).toEqual([]);
  await work();
  expect(await stored()).toEqual([]);
});

test("a job that was written anew while it was worked is not ended by the older work", async () => {
  const issue = { kind: "issue", ownerId, repositoryId: "1" } as const;
  await deps.store.jobs.enqueue([issue]);
  const [before] = await stored();
  if (!before) throw new Error("There is no job.");
  await deps.store.jobs.enqueue([issue]);
  await deps.store.jobs.remove(before);
  await deps.store.jobs.replace(before, issue, clock.at + HOUR);
  await deps.store.jobs.bury(before);
  expect(await stored()).toMatchObject([{ job: issue, notBefore: new Date(clock.at).toISOString() }]);
});

test("a job that the version before enqueued whole is stored, and done", async () => {
  const getRepository = vi.spyOn(world.deps.store.accounts, "getRepository");
  const whole = { kind: "issue", ownerId, repositoryId: "4711", planned: true };
  await handleMessage(deps, "routing", JSON.stringify(whole));
  expect(await stored()).toMatchObject([{ job: { kind: "issue", repositoryId: "4711" } }]);
  await work();
  expect(getRepository).toHaveBeenCalledWith("4711");
  expect(await stored()).toEqual([]);
});
