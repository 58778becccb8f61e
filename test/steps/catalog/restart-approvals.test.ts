import { afterAll, beforeAll, expect, test } from "vitest";
import type { Subscription } from "../../../app/domain/records/subscription.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { restartApprovals } from "../../../app/steps/catalog/restart-approvals.ts";
import { type CatalogWorld, startCatalogWorld } from "./catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const NEW_OWNER = "424242";
const read = async ({ subscriptionId }: Subscription) =>
  await world.deps.store.catalog.findSubscription(subscriptionId);

async function transfer(repositoryId: string): Promise<void> {
  await world.deps.store.accounts.setRepository({ repositoryId, ownerId: NEW_OWNER, fullName: "new/name" });
  await restartApprovals(world.deps, repositoryId);
}

test("a provider's new owner has approved nobody, and denied whom the old one denied", async () => {
  world.github.control.createAccount({ login: "hooli", type: "Organization" });
  const service = await world.buildService({ preapprovedOwners: ["hooli"], description: "kept" });
  const [approved, denied, requested] = [
    await world.buildSubscription(service),
    await world.buildSubscription(service),
    await world.buildSubscription(service),
  ];
  await decideSubscription(world.deps, approved.subscriptionId, "approved", "mona");
  await decideSubscription(world.deps, denied.subscriptionId, "denied", "mona");
  await transfer(service.repositoryId);
  const providerOwnerId = NEW_OWNER;
  expect(await read(approved)).toMatchObject({ status: "requested", decidedBy: null, providerOwnerId });
  expect(await read(denied)).toMatchObject({ status: "denied", decidedBy: "mona", providerOwnerId });
  expect(await read(requested)).toMatchObject({ status: "requested", providerOwnerId });
  expect(await world.deps.store.catalog.findService(service.serviceId)).toMatchObject({
    ownerId: NEW_OWNER,
    preapprovedOwners: [],
    description: "kept",
  });
});

test("a consumer's new owner has to be approved too", async () => {
  const subscription = await world.buildSubscription(await world.buildService(), {
    eventTypes: ["released"],
  });
  await decideSubscription(world.deps, subscription.subscriptionId, "approved", "mona");
  await transfer(subscription.repositoryId);
  expect(await read(subscription)).toMatchObject({
    status: "requested",
    ownerId: NEW_OWNER,
    decidedAt: null,
    eventTypes: ["released"],
  });
});

test("what the new owner decided since stays, however often it is repeated", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  await transfer(service.repositoryId);
  await decideSubscription(world.deps, subscription.subscriptionId, "approved", "octocat");
  await restartApprovals(world.deps, service.repositoryId);
  await restartApprovals(world.deps, subscription.repositoryId);
  expect(await read(subscription)).toMatchObject({ status: "approved", decidedBy: "octocat" });
});

test("a repository that did not change hands keeps its approvals", async () => {
  const service = await world.buildService();
  const subscription = await world.buildSubscription(service);
  await decideSubscription(world.deps, subscription.subscriptionId, "approved", "mona");
  await restartApprovals(world.deps, service.repositoryId);
  await restartApprovals(world.deps, subscription.repositoryId);
  await restartApprovals(world.deps, "999999");
  expect(await read(subscription)).toMatchObject({ status: "approved" });
});
