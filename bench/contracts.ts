import type { ApiDeps } from "../app/deps.ts";
import type { RunIdentity } from "../app/github/oidc.ts";
import { ingest } from "../app/steps/intake/ingest.ts";
import { receive } from "../app/steps/intake/receive.ts";
import { route } from "../app/steps/intake/route.ts";
import { startWorld, WORKFLOW, type World } from "../harness/world.ts";
import { type Figures, figure } from "./support/figures.ts";
import { median } from "./support/stats.ts";

/** Rounds that count; `BENCH_ROUNDS` has more or fewer. Each has every variant in turn. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 25);
const SIZES = { "10 KB": 10 * 1024, "500 KB": 500 * 1024 } as const;

const SCHEMA = {
  type: "object",
  required: ["rows"],
  properties: {
    rows: {
      type: "array",
      items: {
        type: "object",
        required: ["name", "version"],
        properties: { name: { type: "string", pattern: "^[a-z-]+$" }, version: { type: "string" } },
      },
    },
  },
};
const FILTER = "message == null || message.rows[0].name.startsWith('component')";

/** The demands of a service and its subscription on a message. */
interface Variant {
  service: { secrets: "allow" | "refuse"; types: object[] };
  subscription: { filter: string | null };
}

const NONE: Variant = { service: { secrets: "allow", types: [] }, subscription: { filter: null } };
const TYPES = [{ name: "built", schema: SCHEMA }];
const VARIANTS = {
  none: NONE,
  guard: { ...NONE, service: { secrets: "refuse", types: [] } },
  schema: { ...NONE, service: { secrets: "allow", types: TYPES } },
  filter: { ...NONE, subscription: { filter: FILTER } },
  all: { service: { secrets: "refuse", types: TYPES }, subscription: { filter: FILTER } },
} satisfies Record<string, Variant>;
type Name = keyof typeof VARIANTS;

/** Measures what guard, schema and filter add to a message's way from the step's request to its deliveries. */
export async function contracts(say: (line: string) => void): Promise<Figures> {
  const world = await startWorld({ secrets: "allow" });
  try {
    const figures: Figures = {};
    for (const [size, bytes] of Object.entries(SIZES)) {
      const ms = await measure(world, messageOf(bytes));
      for (const name of ["guard", "schema", "filter", "all"] as const) {
        figures[`contracts: ${name}, message of ${size}`] = figure({
          value: median(ms[name]),
          unit: "ms",
          baseline: median(ms.none),
          against: "the same message where nothing is asked of it",
        });
        say(`${size}, ${name}: ${median(ms[name]).toFixed(2)} ms, none ${median(ms.none).toFixed(2)} ms`);
      }
    }
    return figures;
  } finally {
    await world.close();
  }
}

/** Returns a message of a size, as lists of components are. */
function messageOf(bytes: number): string {
  const rows: object[] = [];
  for (let size = 12; ; ) {
    const row = {
      name: "component-of-a-release",
      version: `1.0.${rows.length}`,
      licence: "MIT",
      direct: true,
    };
    size += JSON.stringify(row).length + 1;
    if (size > bytes) return JSON.stringify({ rows });
    rows.push(row);
  }
}

/** The next run: each message is of a run of its own. */
let runId = 1_000;

async function measure(world: World, payload: string): Promise<Record<Name, number[]>> {
  const ms: Record<Name, number[]> = { none: [], guard: [], schema: [], filter: [], all: [] };
  const deps = withQuietQueues(world.server.deps);
  const names = Object.keys(VARIANTS) as Name[];
  // The first round has everybody load what they need; it is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const { service, subscription } = VARIANTS[name] as Variant;
      await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, service);
      await world.api("initech-dev", "PATCH", `/subscriptions/${world.subscriptionId}`, subscription);
      runId += 1;
      const began = performance.now();
      const { deliveries } = await carry(deps, world, payload);
      const took = performance.now() - began;
      if (deliveries !== 2) throw new Error(`${name} made ${deliveries} deliveries, not two.`);
      if (round > 0) ms[name].push(took);
    }
  }
  return ms;
}

/** Carries a message from its step's request, and its run's event, to its deliveries. */
async function carry(deps: ApiDeps, world: World, payload: string): Promise<{ deliveries: number }> {
  const { provider: repositoryId, consumer } = world;
  const identity = {
    repository: "acme/provider",
    repositoryId,
    runId: String(runId),
    runAttempt: 1,
    workflowRef: `acme/provider/${WORKFLOW}@refs/heads/main`,
  } as RunIdentity;
  const claims = { idempotencyKey: null, workflowRunId: null, repositoryHeader: null, repository: null };
  await receive(deps, identity, { eventType: "built", payload, shielded: false, checked: [], ...claims });
  const run = {
    id: runId,
    run_attempt: 1,
    path: WORKFLOW,
    event: "push",
    conclusion: "success",
    head_branch: "main",
    display_title: "Release",
    updated_at: new Date().toISOString(),
    head_repository: { id: Number(repositoryId) },
    actor: { login: "acme-dev" },
  };
  const repository = { id: Number(repositoryId), owner: { id: 1 } };
  await ingest(deps, { action: "completed", workflow_run: run, repository } as never);
  await route(deps, { repositoryId, runId: String(runId), runAttempt: 1 });
  const { items } = await deps.store.deliveries.list("consumer", consumer, { limit: 2 });
  return { deliveries: items.filter(({ correlationId }) => correlationId === String(runId)).length };
}

/** Enqueues nothing, so that nobody else works on what is measured. */
function withQuietQueues(deps: ApiDeps): ApiDeps {
  const nothing = async (): Promise<void> => {};
  const queues = { enqueueRouting: nothing, enqueueDeliveries: nothing, enqueueJobs: nothing };
  return { ...deps, store: { ...deps.store, queues: queues as never } };
}
