import { afterEach, expect, test } from "vitest";
import { HOUR, MINUTE } from "../../../app/domain/clock.ts";
import { runEveryMinute } from "../../../app/steps/jobs/run-every-minute.ts";
import { HOOK_CHECKS, LAST_SWEEP } from "../../../app/store/fact-kinds.ts";
import { until } from "../../../harness/stage.ts";
import {
  dispatchesTo,
  publish,
  startWorld,
  WORKFLOW,
  type World,
  workflowFile,
  zektAfter,
  zektOf,
} from "../../../harness/world.ts";
import { until as untilLong, ZektProcess } from "../../../harness/zekt-process.ts";

let world: World | null = null;
let process: ZektProcess | null = null;
afterEach(async () => {
  await world?.close();
  await process?.close();
  world = null;
  process = null;
});

const provider = async (of: World) => await of.server.deps.store.accounts.getRepository(of.provider);
const correlations = (fullName: string, of: Pick<World, "github">): Set<unknown> =>
  new Set(of.github.control.repository(fullName).dispatches.map((one) => zektOf(one).correlationId));

const has = (all: Set<unknown>, wanted: Iterable<string>): boolean =>
  [...wanted].every((one) => all.has(one));

test("after a while without Zekt every run it missed is brought in, and what the App's webhook missed too", {
  timeout: 180_000,
}, async () => {
  process = await ZektProcess.start();
  const { control } = process.github;
  const files = { [WORKFLOW]: workflowFile("Release") };
  const acme = await process.bringOn("acme", files);
  const initech = await process.bringOn("initech", files);
  await process.api("acme-dev", "PATCH", `/repositories/${acme}`, { provider: true });
  await control.idle();
  await process.api("acme-dev", "PUT", `/repositories/${acme}/workflows/${encodeURIComponent(WORKFLOW)}`);
  const service = { slug: "s", workflow: WORKFLOW, visibility: "public" };
  const { serviceId } = await process.api("acme-dev", "POST", `/repositories/${acme}/services`, service);
  await process.api("initech-dev", "PATCH", `/repositories/${initech}`, { consumer: true });
  const asked = { service: serviceId };
  const { subscriptionId } = await process.api(
    "initech-dev",
    "POST",
    `/repositories/${initech}/subscriptions`,
    asked,
  );
  await process.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  await process.kill();
  const missed = new Set<string>();
  const miss = async (): Promise<void> => {
    for (let n = 0; n < 12; n++) {
      const run = await control.startRun({ repository: "acme/repo", workflow: WORKFLOW });
      await control.completeRun(run.id, "success");
      missed.add(String(run.id));
    }
  };
  await miss();
  control.createAccount({ login: "umbrella", type: "Organization" });
  control.createAccount({ login: "umbrella-dev" });
  control.createRepository({
    owner: "umbrella",
    name: "repo",
    files,
    collaborators: { "umbrella-dev": "maintain" },
  });
  await control.install({ app: process.appSlug, account: "umbrella" });
  await process.restart();
  const up = process;
  /** All has arrived, and Zekt knows it: what it is killed over is sent again. */
  const arrival = async (): Promise<void> => {
    await untilLong(() => has(correlations("initech/repo", up), missed));
    await untilLong(async () => {
      const path = `/deliveries?repository=${acme}&side=provider&limit=100`;
      const { items } = await up.api<{ items: { status: string }[] }>("acme-dev", "GET", path);
      return items.length === missed.size && items.every(({ status }) => status === "Dispatched");
    });
  };
  await arrival();
  expect(control.repository("initech/repo").dispatches).toHaveLength(missed.size);
  await untilLong(async () => {
    const { items } = await up.api<{ items: object[] }>("umbrella-dev", "GET", "/repositories");
    return items.length === 1;
  });
  // Down again soon after, and once more: each time it looks again, though it has only just looked.
  for (let times = 0; times < 2; times++) {
    await process.kill();
    await miss();
    await process.restart();
    await arrival();
  }
  expect(control.repository("initech/repo").dispatches).toHaveLength(missed.size);
});

test("runs that ended while the webhook was gone are taken from GitHub's list, once each", async () => {
  world = await startWorld();
  const [hook] = world.github.control.repository("acme/provider").hooks;
  const of = world;
  await until(async () => (await provider(of))?.hook?.pingedAt !== null);
  await publish(world);
  await until(() => dispatchesTo(of, "initech/consumer").length === 1);
  world.github.control.deleteHook("acme/provider", hook?.id as number);
  const missed = [await publish(world), await publish(world)];
  await runEveryMinute(zektAfter(world, 61 * MINUTE));
  await until(() => has(correlations("initech/consumer", of), missed));
  await runEveryMinute(zektAfter(world, 3 * HOUR));
  expect(dispatchesTo(world, "initech/consumer")).toHaveLength(3);
});

test("a webhook that could not be stored is asked for at the next sweep, not after half an hour", async () => {
  world = await startWorld();
  const { deps } = world.server;
  const { runs } = deps.store;
  const addEvent = runs.addEvent.bind(runs);
  let down = true;
  runs.addEvent = async (event) => {
    if (down) throw new Error("The store is down.");
    return await addEvent(event);
  };
  const correlationId = await publish(world);
  expect([...deps.failedWebhooks]).toEqual([world.provider]);
  down = false;
  await runEveryMinute({ ...zektAfter(world, 2 * MINUTE), failedWebhooks: deps.failedWebhooks });
  const of = world;
  await until(() => correlations("initech/consumer", of).has(correlationId));
});

test.each([
  ["a tenth of an installation's quota", 250, false],
  ["two fifths of it after a downtime", 1000, true],
])("looking after webhooks keeps within %s", async (_, looks, down) => {
  world = await startWorld();
  const repository = await provider(world);
  const at = zektAfter(world, 2 * HOUR);
  const now = at.clock.now();
  if (!down) await at.store.facts.set(LAST_SWEEP.of(), { at: new Date(now - MINUTE).toISOString() });
  const checks = HOOK_CHECKS.of({ installationId: String(repository?.installationId), at: now });
  for (let n = 0; n < looks; n++) await at.store.facts.count(checks);
  const before = world.github.control.requests().length;
  await runEveryMinute(at);
  const asked = world.github.control
    .requests()
    .slice(before)
    .filter(({ path }) => path.includes("/hooks/"));
  expect(asked.filter(({ path }) => path.includes(`/repositories/${world?.provider}/`))).toEqual([]);
});
