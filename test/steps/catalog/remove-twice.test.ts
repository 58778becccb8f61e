import { afterAll, beforeAll, expect, test } from "vitest";
import { deleteService, removeService } from "../../../app/steps/catalog/save-service.ts";
import { removeSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { endSubscription } from "../../../app/steps/catalog/update-subscription.ts";
import { unlistWorkflow } from "../../../app/steps/catalog/whitelist-workflow.ts";
import { type CatalogWorld, startCatalogWorld, WORKFLOW } from "./catalog-world.ts";

/* An audit trail says once that something was removed, by whoever removed it. */

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

/** Removes the same by two people at once. Returns "ok", or the code of the refusal, of each, sorted. */
const outcomes = async (remove: (by: string) => Promise<unknown>): Promise<unknown[]> =>
  (await Promise.allSettled([remove("hubot"), remove("octocat")]))
    .map((one) => (one.status === "fulfilled" ? "ok" : one.reason.code))
    .sort();

test("of two who end a subscription at once, one has ended it", async () => {
  const { subscriptionId } = await world.buildSubscription(await world.buildService());
  expect(await outcomes((by) => removeSubscription(world.deps, subscriptionId, by))).toEqual([
    "not-found",
    "ok",
  ]);
});

test("of two who remove a service at once, one has removed it, and each subscription ends once", async () => {
  const service = await world.buildService();
  await world.buildSubscription(service);
  await world.buildSubscription(service);
  const ended: string[] = [];
  const remove = (by: string) =>
    removeService(world.deps, service.serviceId, by, async (_, name) => void ended.push(name));
  expect(await outcomes(remove)).toEqual(["not-found", "ok"]);
  expect(ended).toHaveLength(2);
  expect(new Set(ended).size).toBe(2);
});

test("of two who block a workflow at once, one has blocked it", async () => {
  const { repositoryId } = await world.buildService();
  const block = (by: string) => unlistWorkflow(world.deps, { repositoryId, path: WORKFLOW, by });
  expect((await Promise.all([block("hubot"), block("octocat")])).sort()).toEqual([false, true]);
});

test("a zekt.yml that is applied twice at once finds what the other ended", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  const { accounts } = world.deps.store;
  const provider = await accounts.getRepository(service.repositoryId);
  if (!provider) throw new Error("The provider is gone.");
  expect(await endSubscription(world.deps, subscription)).toBe(true);
  expect(await endSubscription(world.deps, subscription)).toBe(false);
  const remove = () => deleteService(world.deps, provider, service, async () => {});
  expect([await remove(), await remove()]).toEqual([true, false]);
});
