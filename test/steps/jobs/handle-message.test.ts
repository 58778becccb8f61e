import { afterAll, beforeAll, expect, test } from "vitest";
import type { WorkerDeps } from "../../../app/deps.ts";
import { SECOND } from "../../../app/domain/clock.ts";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { type AppWorld, startAppWorld } from "../../main/app-world.ts";

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

const waiting = async (): Promise<number> => (await world.storage.queue("routing").count()).delayed;

test("upkeep waits in the queue anew while GitHub's rate limit is used up", async () => {
  world.organisation("acme", "tools");
  const { id } = await world.github.control.install({ app: "zekt", account: "acme" });
  const job = { kind: "installation", installationId: String(id), ownerId: "1" };
  world.github.faults.add({ rate_limit: "secondary", count: 1 });
  await handleMessage(world.deps, "routing", JSON.stringify(job));
  expect(await waiting()).toBe(1);
  expect(world.log.join("")).toContain('"event":"job.postponed"');
});

test("a job waits for a limit's reset, however much longer than a queue holds a message that is", async () => {
  const enqueued: { job: object; delaySeconds: number | undefined }[] = [];
  const queues = {
    enqueueJobs: async ([job]: object[], delaySeconds?: number) => {
      enqueued.push({ job: job as object, delaySeconds });
    },
  };
  const clock = { at: Date.now(), now: () => clock.at };
  const deps = { ...world.deps, clock, store: { ...world.deps.store, queues } } as unknown as WorkerDeps;
  const job = { kind: "installation", installationId: "1", ownerId: "1" };
  const reset = String(Math.ceil(world.github.world.clock.now() / SECOND) + 2400);
  world.github.faults.add({ rate_limit: "primary", headers: { "x-ratelimit-reset": reset } });
  await handleMessage(deps, "routing", JSON.stringify(job));
  const asked = world.github.control.requests().length;
  for (const left of [900, 900]) {
    expect(enqueued.at(-1)?.delaySeconds).toBe(left);
    clock.at += left * SECOND;
    await handleMessage(deps, "routing", JSON.stringify(enqueued.at(-1)?.job));
  }
  const last = enqueued.at(-1)?.delaySeconds as number;
  expect([enqueued.length, last > 590 && last < 610]).toEqual([3, true]);
  expect(world.github.control.requests().length).toBe(asked);
});

test("what fails for another reason goes back to the queue, which gives it up in time", async () => {
  const job = { kind: "installation", installationId: "1", ownerId: "1" };
  world.github.faults.add({ status: 401, body: { message: "Bad credentials" } });
  await expect(handleMessage(world.deps, "routing", JSON.stringify(job))).rejects.toThrow("Bad credentials");
});
