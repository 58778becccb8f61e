import { afterEach, beforeEach, expect, test } from "vitest";
import { DAY, iso, MINUTE } from "../../../app/domain/clock.ts";
import { enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import { reconcileApp } from "../../../app/steps/hooks/reconcile.ts";
import { redeliverGap } from "../../../app/steps/hooks/redeliver-gap.ts";
import { runEveryMinute } from "../../../app/steps/jobs/run-every-minute.ts";
import type { HookDelivery } from "../../../fake-github/state.ts";
import { type AppWorld, startAppWorld, WORKFLOW } from "../../main/app-world.ts";

/* A channel answered 200 for webhooks that it then lost: GitHub's logs show no failure. */

let world: AppWorld;
beforeEach(async () => {
  world = await startAppWorld();
});
afterEach(() => world.close());

/** Writes so many webhooks, a second apart, into the log of the App's own, as answered with 200. */
function logged(count: number): void {
  const [app] = world.github.world.apps.values();
  const log = app?.hook.deliveries as HookDelivery[];
  const [like] = log;
  if (!like) throw new Error("The App's log is empty.");
  const now = world.github.world.clock.now();
  const entries = Array.from({ length: count }, (_, n) => ({
    ...like,
    id: world.github.world.bigId(),
    guid: `lost-${n}`,
    event: "installation",
    deliveredAt: now - (count - n) * 1000,
    statusCode: 200,
  }));
  log.push(...entries);
}

const events = (key: string) =>
  world.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ event }) => event === key);

test("of the App's webhooks more than 1,000 are asked for, each once, over sweeps that stay within the quota", {
  timeout: 120_000,
}, async () => {
  world.organisation("acme", "tools");
  await world.install("acme");
  await world.settle();
  logged(1100);
  await redeliverGap(world.deps, iso(world.deps.clock.now() - 1050 * 1000));
  const again = () => {
    const [app] = world.github.world.apps.values();
    const guids = app?.hook.deliveries.filter(({ redelivery }) => redelivery).map(({ guid }) => guid) ?? [];
    return guids.filter((guid) => guid.startsWith("lost-"));
  };
  expect(again().length).toBeGreaterThan(50);
  for (let sweeps = 0; sweeps < 20; sweeps++) {
    world.pass(3 * MINUTE);
    world.github.control.advanceClock(3 * MINUTE);
    await reconcileApp(world.deps);
    await world.github.control.idle();
  }
  expect(again().length).toBeGreaterThan(1050);
  expect(new Set(again()).size).toBe(again().length);
  expect(events("lost-webhooks.left-out")).toEqual([]);
});

test("what is older than GitHub's log is named as lost, with its time", async () => {
  world.organisation("acme", "tools");
  await world.install("acme");
  await world.settle();
  const now = world.deps.clock.now();
  await redeliverGap(world.deps, iso(now - 5 * DAY));
  expect(events("lost-webhooks.left-out")).toMatchObject([
    { since: iso(now - 5 * DAY), until: expect.stringMatching(/Z$/) },
  ]);
});

test("runs whose webhooks a channel lost come from GitHub's list, without a redelivery", async () => {
  world.organisation("acme", "tools");
  await world.install("acme");
  const repositoryId = world.repositoryId("acme/tools");
  await enableProvider(world.deps, repositoryId, "mona");
  await world.settle();
  await runEveryMinute(world.deps);
  const { control } = world.github;
  const lost = iso(world.deps.clock.now());
  const [hook] = control.repository("acme/tools").hooks;
  const run = await control.startRun({ repository: "acme/tools", workflow: WORKFLOW });
  const fault = world.github.faults.add({ target: "webhook", drop: "before", count: -1 });
  await control.completeRun(run.id, "success");
  world.github.faults.clear(fault.id);
  for (const one of hook?.deliveries ?? []) one.statusCode = 200;
  world.pass(MINUTE);
  await redeliverGap(world.deps, lost);
  await world.settle();
  const found = await world.deps.store.runs.load({ repositoryId, runId: String(run.id) });
  expect(found.events).toHaveLength(1);
  const asked = control.requests().filter(({ path }) => /\/repositor.*\/attempts$/.test(path));
  expect(asked).toEqual([]);
});
