import type { Delivery } from "../app/domain/records/delivery.ts";
import type { Permissions } from "../fake-github/state.ts";
import { DEPLOY, deliveriesTo, publish, startWorld, type World } from "../harness/world.ts";
import { type Figures, figure } from "./support/figures.ts";
import { median, quantile } from "./support/stats.ts";

/** Events of each way, one after the other. */
const EVENTS = Number(process.env.BENCH_EVENTS ?? 30);
/** The time after which an event whose run is not known has failed, in milliseconds. */
const LIMIT = 30_000;

const JOBS = "jobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n";
/** The consumer's workflow, whose run's name holds the delivery id: the best that repository_dispatch can do. */
const WORKFLOWS = {
  repository_dispatch: `run-name: \${{ github.event.client_payload.zekt.deliveryId }}\non: repository_dispatch\n${JOBS}`,
  workflow_dispatch: `on: {workflow_dispatch: {inputs: {zekt: {type: string}}}}\n${JOBS}`,
} as const;
type Way = keyof typeof WORKFLOWS;

/** Returns whether the run of a delivery is known, and known for certain. */
const isKnown = ({ attempts, owners }: Delivery): boolean =>
  attempts.some(({ runId }) => runId !== undefined) ||
  Object.values(owners).some(({ via }) => via !== "inferred");

/** From the end of a provider's run to the moment the consumer's run is known for certain, both ways in turn. */
export async function exactRun(say: (line: string) => void): Promise<Figures> {
  const ways = ["repository_dispatch", "workflow_dispatch"] as const;
  const took: Record<Way, number[]> = { repository_dispatch: [], workflow_dispatch: [] };
  const worlds = { repository_dispatch: await open(ways[0]), workflow_dispatch: await open(ways[1]) };
  try {
    for (let n = 0; n <= EVENTS; n++) {
      for (const way of ways) {
        const ms = await one(worlds[way]);
        // The first event loads what the others find loaded.
        if (n > 0) took[way].push(ms);
      }
    }
  } finally {
    for (const way of ways) await worlds[way].close();
  }
  for (const way of ways)
    say(`${way}: p50 ${median(took[way]).toFixed(0)} ms, p99 ${quantile(took[way], 0.99).toFixed(0)} ms`);
  const against = "repository_dispatch with the delivery id in run-name, and a webhook";
  return {
    "exact run: event to run known, p50": figure({
      value: median(took.workflow_dispatch),
      unit: "ms",
      baseline: median(took.repository_dispatch),
      against,
      atMost: 1,
    }),
    "exact run: event to run known, p99": figure({
      value: quantile(took.workflow_dispatch, 0.99),
      unit: "ms",
      baseline: quantile(took.repository_dispatch, 0.99),
      against,
    }),
  };
}

/** Opens a GitHub and a Zekt whose consumer takes events one way. */
async function open(way: Way): Promise<World> {
  const world = await startWorld({}, {}, { files: { [DEPLOY]: WORKFLOWS[way] }, tracking: true });
  world.github.world.settings.runWorkflows = true;
  // Budgets and limits have benches of their own.
  Object.assign(world.github.world.settings, { contentPerMinute: 1e6, contentPerHour: 1e6 });
  if (way === "workflow_dispatch") await startByWorkflow(world);
  return world;
}

/** Makes one event happen; returns the time until its run was known, in milliseconds. */
async function one(world: World): Promise<number> {
  const begun = performance.now();
  const correlationId = await publish(world);
  await known(world, correlationId, begun);
  const ms = performance.now() - begun;
  await world.github.control.idle();
  return ms;
}

/** Makes the consumer's subscription start its workflow by workflow_dispatch, with the right that this needs. */
async function startByWorkflow(world: World): Promise<void> {
  const { control, world: github } = world.github;
  const owner = control.account("initech");
  const installation = [...github.installations.values()].find(({ accountId }) => accountId === owner.id);
  const permissions: Permissions = { ...installation?.permissions, actions: "write" };
  if (installation) installation.permissions = permissions;
  const path = `/repositories/${world.consumer}/subscriptions`;
  await world.api("initech-dev", "DELETE", `/subscriptions/${world.subscriptionId}`);
  const body = { service: world.serviceId, workflow: DEPLOY, start: "workflow_dispatch" };
  const { subscriptionId } = await world.api<{ subscriptionId: string }>("initech-dev", "POST", path, body);
  await world.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
}

async function known(world: World, correlationId: string, begun: number): Promise<void> {
  for (;;) {
    const deliveries = await deliveriesTo(world, world.consumer);
    const own = deliveries.find((one) => one.correlationId === correlationId);
    if (own && isKnown(own)) return;
    if (performance.now() - begun > LIMIT) throw new Error(`The run of ${correlationId} was never known.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
