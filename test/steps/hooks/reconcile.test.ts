import { afterEach, beforeEach, expect, test } from "vitest";
import type { ApiDeps } from "../../../app/deps.ts";
import { iso, MINUTE } from "../../../app/domain/clock.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { maintainHooks } from "../../../app/steps/hooks/maintain-hooks.ts";
import { reconcile } from "../../../app/steps/hooks/reconcile.ts";
import { until } from "../../../harness/stage.ts";
import { dispatchesTo, startWorld, WORKFLOW, type World } from "../../../harness/world.ts";

let world: World;

beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

/** Zekt as it will be after some time. */
const after = (ms: number): ApiDeps => ({ ...world.server.deps, clock: { now: () => Date.now() + ms } });
const provider = async () =>
  (await world.server.deps.store.accounts.getRepository(world.provider)) as Repository;

/** Completes a run whose webhook does not arrive. */
async function loseOne(times = 1): Promise<void> {
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  world.github.faults.add({ target: "webhook", drop: "before", count: times });
  await control.completeRun(run.id, "success");
}

test("a webhook that never arrived is asked for again, and its event delivered", async () => {
  await loseOne();
  expect(dispatchesTo(world, "initech/consumer")).toEqual([]);
  expect((await reconcile(after(2 * MINUTE), await provider())).asked).toBe(1);
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
  expect((await reconcile(after(2 * MINUTE), await provider())).asked).toBe(0);
});

test("what arrived is not asked for, and what just failed is given a minute", async () => {
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await world.github.control.completeRun(run.id, "success");
  await loseOne();
  expect((await reconcile(after(0), await provider())).asked).toBe(0);
});

test("a webhook that cannot be taken is asked for with growing waits, and then no more", async () => {
  await loseOne(-1);
  for (let tries = 1; tries < 8; tries++) {
    expect((await reconcile(after(MINUTE * 2 ** (tries - 1) - 1000), await provider())).asked).toBe(0);
    expect((await reconcile(after(MINUTE * 2 ** (tries - 1)), await provider())).asked).toBe(1);
    await world.github.control.idle();
  }
  expect((await reconcile(after(60 * 60 * MINUTE), await provider())).asked).toBe(0);
});

test("a webhook deleted behind our back is placed again", async () => {
  const [hook] = world.github.control.repository("acme/provider").hooks;
  await until(async () => (await provider()).hook?.pingedAt !== null);
  world.github.control.deleteHook("acme/provider", hook?.id as number);
  await world.server.deps.store.accounts.scheduleRepository(world.provider, iso(Date.now() - MINUTE));
  await maintainHooks(world.server.deps, { limit: 10 });
  expect(world.github.control.repository("acme/provider").hooks).toHaveLength(1);
  const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await world.github.control.completeRun(run.id, "success");
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
});
