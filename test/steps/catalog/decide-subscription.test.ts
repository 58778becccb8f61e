import { afterAll, beforeAll, expect, test } from "vitest";
import type { SubscriptionStatus } from "../../../app/domain/records/subscription.ts";
import { type Decision, decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { type CatalogWorld, startCatalogWorld } from "./catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

/** The decisions that lead from a new request to a status. */
const WAY: Record<SubscriptionStatus, Decision[]> = {
  requested: [],
  approved: ["approved"],
  denied: ["denied"],
  revoked: ["approved", "revoked"],
};

async function buildSubscription(status: SubscriptionStatus) {
  const subscription = await world.buildSubscription(await world.buildService());
  for (const decision of WAY[status]) {
    await decideSubscription(world.deps, subscription.subscriptionId, decision, "mona");
  }
  return subscription;
}

test.each([
  ["requested", "approved"],
  ["requested", "denied"],
  ["approved", "revoked"],
  ["denied", "approved"],
  ["revoked", "approved"],
] as const)("what is %s can be %s", async (from, decision) => {
  const { subscriptionId } = await buildSubscription(from);
  expect(await decideSubscription(world.deps, subscriptionId, decision, "octocat")).toMatchObject({
    subscription: { status: decision, decidedBy: "octocat", decidedAt: expect.any(String) },
    isNew: true,
  });
});

test.each([
  ["requested", "revoked", "A subscription that is requested cannot be revoked."],
  ["approved", "denied", "A subscription that is approved cannot be denied; revoke it instead."],
  ["denied", "revoked", "A subscription that is denied cannot be revoked."],
  ["revoked", "denied", "A subscription that is revoked cannot be denied."],
] as const)("what is %s cannot be %s", async (from, decision, message) => {
  const { subscriptionId } = await buildSubscription(from);
  await expect(decideSubscription(world.deps, subscriptionId, decision, "octocat")).rejects.toMatchObject({
    code: "conflict",
    message,
  });
  expect(await world.deps.store.catalog.findSubscription(subscriptionId)).toMatchObject({ status: from });
});

test.each(["approved", "denied", "revoked"] as const)(
  "the same answer again changes nothing: %s",
  async (status) => {
    const { subscriptionId } = await buildSubscription(status);
    world.pass(1000);
    const again = await decideSubscription(world.deps, subscriptionId, status, "octocat");
    expect(again).toMatchObject({ subscription: { decidedBy: "mona" }, isNew: false });
  },
);

test("a provider managed by a file answers there", async () => {
  const { subscriptionId, providerRepositoryId } = await buildSubscription("requested");
  const managedBy = ".github/zekt.yml";
  await world.deps.store.accounts.setRepository({ repositoryId: providerRepositoryId, managedBy });
  await expect(decideSubscription(world.deps, subscriptionId, "approved", "mona")).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(managedBy),
  });
  expect(await decideSubscription(world.deps, subscriptionId, "approved", managedBy)).toMatchObject({
    subscription: { status: "approved" },
  });
});

test("a subscription that is not there cannot be decided", async () => {
  await expect(decideSubscription(world.deps, "subscription-x", "approved", "mona")).rejects.toMatchObject({
    code: "not-found",
  });
});
