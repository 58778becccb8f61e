import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import { dispatchesTo, sendMessage, startWorld, WORKFLOW, type World } from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

/* A filter is tried on the events that a subscription was approved for, and is then seen to hold others back. */

let world: World;
let call: Call;
let subscription: string;

beforeAll(async () => {
  world = await startWorld();
  call = await documentedClient(world);
  subscription = `/subscriptions/${world.subscriptionId}`;
  for (const severity of ["low", "high"]) await run({ severity });
});
afterAll(() => world.close());

/** Runs the provider's workflow with one message, and waits for both deliveries unless told otherwise. */
async function run(message: object, arrives = true): Promise<void> {
  const before = dispatchesTo(world, "initech/consumer").length;
  const { control } = world.github;
  const { id } = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await sendMessage(world, id, "built", message);
  await control.completeRun(id, "success");
  if (arrives) await until(() => dispatchesTo(world, "initech/consumer").length === before + 2);
}

const tryFilter = async (filter: string, login = "initech-dev") =>
  await call(login, `${subscription}/try-filter`, { method: "POST", body: { filter } });

test("a filter that is tried says how many of the last events would have been delivered, and why others would not", async () => {
  const { status, json } = await tryFilter("message.severity == 'high'");
  expect(status).toBe(200);
  expect(json).toMatchObject({ tried: 4, wouldCome: 1, failed: 2 });
  const verdicts = json.events.map(({ eventType, verdict }: Record<string, string>) => [eventType, verdict]);
  expect(verdicts.sort()).toEqual([
    ["built", "comes"],
    ["built", "filtered"],
    ["zekt-workflow-completed", "failed"],
    ["zekt-workflow-completed", "failed"],
  ]);
});

test("a filter that is wrong is refused with its place, and the provider cannot try one", async () => {
  const { status, json } = await tryFilter("message.severity =");
  expect(status).toBe(400);
  expect(json.errors).toEqual([{ pointer: "/filter", detail: expect.stringMatching(/line 1, column 18/) }]);
  expect((await tryFilter("true", "acme-dev")).status).toBe(404);
});

test("a filter that is saved holds events back, and the connection shows them, not as failed", async () => {
  const filter = "message != null && message.severity == 'high'";
  const saved = await call("initech-dev", subscription, { method: "PATCH", body: { filter } });
  expect(saved.json).toMatchObject({ filter });
  await run({ severity: "low" }, false);
  const connection = `/connections/${world.subscriptionId}`;
  const stats = async () => (await call("initech-dev", `${connection}/stats`)).json;
  await until(async () => (await stats()).filtered.last24Hours === 2);
  expect(await stats()).toMatchObject({
    filtered: { last24Hours: 2, last7Days: 2, failedInLast7Days: 0 },
    last24Hours: { failed: 0 },
  });
  await call("initech-dev", subscription, { method: "PATCH", body: { filter: "message.missing" } });
  await run({ severity: "low" }, false);
  await until(async () => (await stats()).filtered.failedInLast7Days === 2);
  const diagnostics = async (login: string) => (await call(login, `${connection}/diagnostics`)).json;
  expect((await diagnostics("initech-dev")).filterFailure.reason).toMatch(/missing|attribute|null/);
  expect((await diagnostics("acme-dev")).filterFailure).toBeNull();
});

test("what came before the approval is not asked about", async () => {
  const { catalog } = world.server.deps.store;
  const standing = await catalog.findSubscription(world.subscriptionId);
  if (!standing) throw new Error("There is no subscription.");
  await catalog.updateSubscription(standing, { decidedAt: "2999-01-01T00:00:00.000Z" });
  expect((await tryFilter("true")).json).toMatchObject({ tried: 0, events: [] });
  await catalog.updateSubscription(standing, { status: "revoked" });
  expect((await tryFilter("true")).status).toBe(409);
});
