import { afterEach, expect, test } from "vitest";
import { DAY, HOUR } from "../../../app/domain/clock.ts";
import type { Counts } from "../../../app/domain/records/meter-fact.ts";
import { route } from "../../../app/steps/intake/route.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import { until } from "../../../harness/stage.ts";
import {
  dispatchesTo,
  sendMessage,
  startWorld,
  WORKFLOW,
  type World,
  zektAfter,
} from "../../../harness/world.ts";

let world: World;
afterEach(() => world.close());

const usageOf = async (owner: string): Promise<Counts> => {
  const { id } = world.github.control.account(owner);
  return await world.server.deps.store.meters.total(`owner#${id}`, Date.now() - HOUR, Date.now() + HOUR);
};

test("one event with a message is counted in every kind, and whatever comes again counts no thing twice", async () => {
  world = await startWorld();
  const { control } = world.github;
  const before = await usageOf("acme");
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const key = { "idempotency-key": "one" };
  await sendMessage(world, run.id, "built", { n: 1 }, key);
  await control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 2);
  await until(async () => ((await usageOf("initech")).githubRequests ?? 0) >= 2);
  const told = await usageOf("acme");
  const more = (kind: keyof Counts): number => (told[kind] ?? 0) - (before[kind] ?? 0);
  // The webhook of the finished run. Those of its being requested and in progress are no events, and not counted.
  expect(more("webhooksReceived")).toBe(1);
  expect(more("messages")).toBe(1);
  expect(more("messageBytes")).toBe(JSON.stringify({ n: 1 }).length);
  expect(more("eventsAllowed")).toBe(1);
  expect(more("deliveries")).toBe(2);
  expect(more("apiCalls")).toBe(1);
  expect(more("archivedBytes")).toBeGreaterThan(500);
  // Taking the event in, routing it and the API's call.
  expect(more("runMs")).toBeGreaterThanOrEqual(3);
  expect((await usageOf("initech")).runMs).toBeGreaterThan(0);
  await sendMessage(world, run.id, "built", { n: 1 }, key);
  const [hook] = control.deliveries({ event: "workflow_run", repository: "acme/provider" });
  expect(hook).toBeDefined();
  await route(world.server.deps, { repositoryId: world.provider, runId: String(run.id), runAttempt: 1 });
  const again = await usageOf("acme");
  const things = [
    "webhooksReceived",
    "messages",
    "messageBytes",
    "eventsAllowed",
    "deliveries",
    "archivedBytes",
  ] as const;
  for (const kind of things) expect([kind, again[kind]]).toEqual([kind, told[kind]]);
  expect(again.apiCalls).toBe((told.apiCalls ?? 0) + 1);
});

test("a message that no event joined is dropped after 40 days, and counted as orphaned", async () => {
  world = await startWorld();
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await sendMessage(world, run.id, "built", { n: 1 });
  const key = { repositoryId: world.provider, runId: String(run.id) };
  const early = zektAfter(world, 39 * DAY);
  await sweep(early);
  expect((await early.store.runs.load(key)).messages).toHaveLength(1);
  const late = zektAfter(world, 40 * DAY + HOUR);
  expect(await sweep(late)).toMatchObject({ orphanedMessages: 1 });
  expect((await late.store.runs.load(key)).messages).toEqual([]);
  const { id } = world.github.control.account("acme");
  const now = late.clock.now();
  expect(await late.store.meters.total(`owner#${id}`, now - 2 * HOUR, now)).toMatchObject({
    orphanedMessages: 1,
  });
  expect(dispatchesTo(world, "initech/consumer")).toEqual([]);
});
