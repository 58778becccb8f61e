import { afterEach, expect, test } from "vitest";
import { MAX_HOPS } from "../../../app/domain/limits.ts";
import type { Dispatch } from "../../../fake-github/state.ts";
import { until } from "../../../harness/stage.ts";
import {
  DEPLOY,
  listeningWorkflow,
  publish,
  startDispatchedRun,
  startWorld,
  WORKFLOW,
  type World,
  zektOf,
} from "../../../harness/world.ts";

/* Two repositories that are each other's provider and consumer: each dispatch starts a run whose end is an event again. */

let world: World;
afterEach(() => world.close());

const REPOSITORIES = ["acme/provider", "initech/consumer"] as const;

/** Makes initech/consumer offer its runs, too, and acme/provider receive them. */
async function closeTheLoop(): Promise<void> {
  const { api, consumer, provider } = world;
  await world.github.control.push("acme/provider", {
    [DEPLOY]: listeningWorkflow(["zekt-workflow-completed"]),
  });
  await api("acme-dev", "PUT", `/repositories/${provider}/workflows/${encodeURIComponent(DEPLOY)}`);
  await api("acme-dev", "PATCH", `/services/${world.serviceId}`, { workflow: DEPLOY });
  await api("initech-dev", "PATCH", `/repositories/${consumer}`, { provider: true });
  await api("initech-dev", "PUT", `/repositories/${consumer}/workflows/${encodeURIComponent(DEPLOY)}`);
  const service = { slug: "echo", workflow: DEPLOY, visibility: "public" };
  const { serviceId } = await api<{ serviceId: string }>(
    "initech-dev",
    "POST",
    `/repositories/${consumer}/services`,
    service,
  );
  await api("acme-dev", "PATCH", `/repositories/${provider}`, { consumer: true });
  const asked = await api<{ subscriptionId: string }>(
    "acme-dev",
    "POST",
    `/repositories/${provider}/subscriptions`,
    {
      service: serviceId,
    },
  );
  await api("initech-dev", "POST", `/subscriptions/${asked.subscriptionId}/approve`);
  await world.github.control.idle();
}

/** Every dispatch so far, oldest first. */
const dispatches = (): [repository: string, dispatch: Dispatch][] =>
  REPOSITORIES.flatMap((name) =>
    world.github.control.repository(name).dispatches.map((one): [string, Dispatch] => [name, one]),
  ).sort(([, a], [, b]) => a.at - b.at);

const blockedAt = async (repositoryId: string, login: string): Promise<object[]> =>
  (await world.api<{ reasons: object[] }>(login, "GET", `/repositories/${repositoryId}/blocked`)).reasons;

/** Answers dispatches with runs until no more come; `title` names the delivery in the run's title. */
async function goRound(title: boolean): Promise<number> {
  for (let done = 0; ; done++) {
    await until(async () => dispatches().length > done || (await blockedSomewhere()));
    const next = dispatches()[done];
    if (!next) return done;
    const [repository, dispatch] = next;
    const run = await startDispatchedRun(
      world,
      repository,
      title ? { title: String(zektOf(dispatch).deliveryId) } : {},
    );
    await world.github.control.completeRun(run.id, "success");
  }
}

const blockedSomewhere = async (): Promise<boolean> =>
  (await blockedAt(world.provider, "acme-dev")).length +
    (await blockedAt(world.consumer, "initech-dev")).length >
  0;

test.each([
  ["names its delivery", true],
  ["cannot be told from others of the App's dispatches", false],
])(
  "a loop whose every run %s stops after eight hops, with its reason",
  async (_, title) => {
    world = await startWorld(
      {},
      {},
      {
        files: {
          [DEPLOY]: listeningWorkflow(["zekt-workflow-completed"]),
          [WORKFLOW]: listeningWorkflow([]),
        },
      },
    );
    await closeTheLoop();
    const first = await world.github.control.startRun({ repository: "acme/provider", workflow: DEPLOY });
    await world.github.control.completeRun(first.id, "success");
    expect(await goRound(title)).toBe(MAX_HOPS);
    expect(dispatches().map(([, one]) => (zektOf(one).trace as { hops: number }).hops)).toEqual(
      Array.from({ length: MAX_HOPS }, (__, hops) => hops),
    );
    const reasons = [
      ...(await blockedAt(world.provider, "acme-dev")),
      ...(await blockedAt(world.consumer, "initech-dev")),
    ];
    expect(reasons).toEqual([{ reason: "hop-limit", workflow: DEPLOY, count: 1 }]);
  },
  40_000,
);

test("a chain that nothing can see is stopped by the breaker", async () => {
  world = await startWorld();
  world.server.deps.settings.breakerLimit = 3;
  for (let n = 0; n < 5; n++) await publish(world);
  await until(async () => (await blockedAt(world.provider, "acme-dev")).length > 0);
  await until(async () => {
    const [reason] = (await blockedAt(world.provider, "acme-dev")) as { reason: string; count: number }[];
    return reason?.reason === "breaker" && reason.count === 2;
  });
  expect(world.github.control.repository("initech/consumer").dispatches).toHaveLength(3);
});
