import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServiceInput } from "../../../app/domain/catalog/service-input.ts";
import { MAX_SERVICES } from "../../../app/domain/limits.ts";
import { findService } from "../../../app/steps/catalog/find-service.ts";
import { changeService, createService, removeService } from "../../../app/steps/catalog/save-service.ts";
import { whitelistWorkflow } from "../../../app/steps/catalog/whitelist-workflow.ts";
import { type CatalogWorld, LISTENER, startCatalogWorld, WORKFLOW } from "./catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const INPUT: ServiceInput = { slug: "releases", workflow: WORKFLOW };

/** A provider whose release workflow is whitelisted, and no service yet. */
async function buildProvider(wish: Parameters<CatalogWorld["buildRepository"]>[0] = {}) {
  const repository = await world.buildRepository({ provider: true, ...wish });
  const { repositoryId } = repository;
  await whitelistWorkflow(world.deps, { repositoryId, path: WORKFLOW, by: "mona" });
  return repository;
}

const refusal = (code: string, pointer: string, message: RegExp | string) => ({
  code,
  message: expect.stringMatching(message),
  errors: [expect.objectContaining({ pointer })],
});

describe("a new service", () => {
  test("offers nothing to strangers unless it says so, and limits nothing", async () => {
    const { repositoryId, ownerId } = await buildProvider();
    const service = await createService(world.deps, repositoryId, INPUT, "mona");
    expect(service).toMatchObject({
      repositoryId,
      ownerId,
      visibility: "organization",
      published: true,
      alias: null,
      eventTypes: [],
      branches: [],
      conclusions: [],
      forks: false,
      runFields: null,
      preapprovedOwners: [],
      providerReplay: false,
      secrets: "refuse",
      types: [],
    });
    expect(await world.deps.store.catalog.findService(service.serviceId)).toMatchObject(INPUT);
  });

  test("cannot take a slug that its repository has, whatever came first", async () => {
    const { repositoryId } = await buildProvider();
    const both = await Promise.allSettled([
      createService(world.deps, repositoryId, { ...INPUT, description: "one" }, "mona"),
      createService(world.deps, repositoryId, { ...INPUT, description: "other" }, "mona"),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = both.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: "conflict", message: expect.stringContaining("releases") });
  });

  test("is refused where its repository has a hundred: each of its events reads them all", async () => {
    const { repositoryId, fullName } = await buildProvider();
    const create = async (n: number) =>
      await createService(world.deps, repositoryId, { ...INPUT, slug: `releases-${n}` }, "mona");
    const first = await create(0);
    for (let n = 1; n < MAX_SERVICES; n++) await create(n);
    await expect(create(MAX_SERVICES)).rejects.toMatchObject({
      code: "conflict",
      message: `${fullName} has 100 services, which is the most that one may have.`,
    });
    await expect(create(0)).rejects.toMatchObject({ message: expect.stringContaining("releases-0 already") });
    await removeService(world.deps, first.serviceId, "mona");
    await create(MAX_SERVICES);
  });

  test("may have a slug that another repository has", async () => {
    const [one, other] = [await buildProvider(), await buildProvider()];
    const first = await createService(world.deps, one.repositoryId, INPUT, "mona");
    const second = await createService(world.deps, other.repositoryId, INPUT, "mona");
    expect(first.serviceId).not.toBe(second.serviceId);
  });

  test("takes no slug of a service that is stored under an id of an earlier version", async () => {
    const { repositoryId } = await buildProvider();
    const service = await createService(world.deps, repositoryId, INPUT, "mona");
    await world.deps.store.catalog.removeService(service);
    await world.deps.store.catalog.addService({ ...service, serviceId: "service-earlier" });
    await expect(createService(world.deps, repositoryId, INPUT, "mona")).rejects.toMatchObject({
      code: "conflict",
    });
    const consumer = await world.buildRepository({ consumer: true, owner: "owner-of-both" });
    const { fullName } = (await world.deps.store.accounts.getRepository(repositoryId)) as {
      fullName: string;
    };
    await changeService(world.deps, "service-earlier", { visibility: "public" }, "mona");
    const asker = { repositoryId: consumer.repositoryId, ownerId: consumer.ownerId, workflow: null };
    expect(await findService(world.deps, `${fullName}/releases`, asker)).toMatchObject({
      serviceId: "service-earlier",
    });
  });

  test("needs a workflow that is whitelisted", async () => {
    const { repositoryId } = await buildProvider();
    await expect(
      createService(world.deps, repositoryId, { ...INPUT, workflow: LISTENER }, "mona"),
    ).rejects.toMatchObject(refusal("invalid", "/workflow", /listen\.yml is not whitelisted/));
  });

  test("needs a repository that is enabled as a provider", async () => {
    const { repositoryId, fullName } = await buildProvider({ provider: false });
    await expect(createService(world.deps, repositoryId, INPUT, "mona")).rejects.toMatchObject({
      code: "conflict",
      message: `${fullName} is not enabled as a provider; enable it first.`,
    });
  });

  test.each([
    ["/slug", { slug: "Releases" }],
    ["/slug", { slug: "a".repeat(65) }],
    ["/workflow", { workflow: "release.yml" }],
    ["/tags", { tags: Array.from({ length: 11 }, (_, n) => `tag${n}`) }],
    ["/alias", { alias: "acme/releases" }],
    ["/eventTypes/0", { eventTypes: ["é".repeat(101)] }],
    ["/eventTypes", { eventTypes: Array.from({ length: 51 }, (_, n) => `type${n}`) }],
    ["/branches/0", { branches: ["v[!1]"] }],
    ["/conclusions/0", { conclusions: ["won" as never] }],
    ["/runFields/0", { runFields: ["payload" as never] }],
  ])("is refused with a pointer to %s", async (pointer, wrong) => {
    const { repositoryId } = await buildProvider();
    await expect(
      createService(world.deps, repositoryId, { ...INPUT, ...wrong }, "mona"),
    ).rejects.toMatchObject({ code: "invalid", errors: [expect.objectContaining({ pointer })] });
  });

  test("keeps the owners it approves beforehand by id", async () => {
    const { repositoryId } = await buildProvider();
    world.github.control.createAccount({ login: "globex", type: "Organization" });
    const service = await createService(
      world.deps,
      repositoryId,
      { ...INPUT, preapprovedOwners: ["Globex", "globex"] },
      "mona",
    );
    expect(service.preapprovedOwners).toEqual([world.ownerOf("globex")]);
  });

  test("cannot approve an owner that GitHub does not know", async () => {
    const { repositoryId } = await buildProvider();
    await expect(
      createService(world.deps, repositoryId, { ...INPUT, preapprovedOwners: ["nobody-there"] }, "mona"),
    ).rejects.toMatchObject(refusal("invalid", "/preapprovedOwners/0", "no owner nobody-there"));
  });

  test("reads digits as a login, not as somebody's id", async () => {
    const { repositoryId } = await buildProvider();
    const stranger = world.github.control.createAccount({ login: "stranger" });
    const digits = world.github.control.createAccount({ login: String(stranger.id) });
    const service = await createService(
      world.deps,
      repositoryId,
      { ...INPUT, preapprovedOwners: [String(stranger.id)] },
      "mona",
    );
    expect(service.preapprovedOwners).toEqual([String(digits.id)]);
  });
});

describe("an alias", () => {
  test.each(["Northwind", "the northwind feed", "north-wind", "compass-needle", "COMPASS NEEDLE"])(
    "that gives the provider away is refused: %s",
    async (alias) => {
      const taken = world.github.world.repository("northwind/compass-needle");
      const { repositoryId } = taken
        ? { repositoryId: String(taken.id) }
        : await buildProvider({ owner: "northwind", name: "compass-needle" });
      await expect(
        createService(world.deps, repositoryId, { ...INPUT, alias }, "mona"),
      ).rejects.toMatchObject(refusal("invalid", "/alias", "gives the provider away"));
    },
  );

  test("of another owner's service is taken, in any case", async () => {
    await world.buildService({ alias: "Blue Heron" });
    const { repositoryId } = await buildProvider();
    await expect(
      createService(world.deps, repositoryId, { ...INPUT, alias: "blue heron" }, "mona"),
    ).rejects.toMatchObject(refusal("invalid", "/alias", "is taken"));
  });

  test("that is the login of an owner Zekt knows is taken", async () => {
    await world.buildRepository({ owner: "initech" });
    const { repositoryId } = await buildProvider();
    await expect(
      createService(world.deps, repositoryId, { ...INPUT, alias: "Initech" }, "mona"),
    ).rejects.toMatchObject(refusal("invalid", "/alias", "is taken"));
  });

  test.each([
    "acme-tools",
    "acme.tools",
    "AcmeTools ",
    "a-c-m-e t-o-o-l-s",
    "Acme Too1s",
    "GitHub",
    "git-hub",
    "Zekt.",
  ])("that looks like a name that is taken is refused: %s", async (alias) => {
    if (!world.github.world.repository("acme-tools/first"))
      await world.buildRepository({ owner: "acme-tools", name: "first" });
    const { repositoryId } = await buildProvider();
    await expect(createService(world.deps, repositoryId, { ...INPUT, alias }, "mona")).rejects.toMatchObject(
      refusal("invalid", "/alias", /is taken|looks like/),
    );
  });

  test("that looks like another owner's alias is refused, also where an earlier version stored that", async () => {
    const first = await world.buildService({ alias: "Silver Fox" });
    const table = world.storage.table("catalog", world.deps.clock);
    await table.put({ ...first, pk: "alias#silver fox", sk: `service#${first.serviceId}` });
    await table.delete({ pk: "alias#sllverfox", sk: `service#${first.serviceId}` });
    const { repositoryId } = await buildProvider();
    await expect(
      createService(world.deps, repositoryId, { ...INPUT, alias: "silver fox" }, "mona"),
    ).rejects.toMatchObject(refusal("invalid", "/alias", "is taken"));
    await world.buildService({ alias: "Golden Jackal" });
    await expect(
      createService(world.deps, repositoryId, { ...INPUT, alias: "golden.jackal" }, "mona"),
    ).rejects.toMatchObject(refusal("invalid", "/alias", "looks like Golden Jackal"));
  });

  test("is free again once its service has another, or is gone", async () => {
    const first = await world.buildService({ alias: "Red Kite" });
    await changeService(world.deps, first.serviceId, { alias: "Grey Owl" }, "mona");
    const second = await world.buildService({ alias: "red kite" });
    await removeService(world.deps, second.serviceId, "mona");
    await expect(world.buildService({ alias: "RED KITE" })).resolves.toMatchObject({ alias: "RED KITE" });
  });
});

describe("a change", () => {
  test("touches what it names and nothing else", async () => {
    const service = await world.buildService({ description: "before", tags: ["a"] });
    world.pass(1000);
    const changed = await changeService(world.deps, service.serviceId, { description: "after" }, "mona");
    expect(changed).toMatchObject({ ...service, description: "after", updatedAt: expect.any(String) });
    expect(changed.updatedAt > service.updatedAt).toBe(true);
  });

  test("that changes nothing writes nothing", async () => {
    const service = await world.buildService({ tags: ["a"] });
    world.pass(1000);
    const same = await changeService(world.deps, service.serviceId, { tags: ["a"] }, "mona");
    expect(same.updatedAt).toBe(service.updatedAt);
  });

  test("made at once with another keeps both", async () => {
    const { serviceId } = await world.buildService();
    await Promise.all([
      changeService(world.deps, serviceId, { description: "new" }, "mona"),
      changeService(world.deps, serviceId, { tags: ["new"] }, "hubot"),
      changeService(world.deps, serviceId, { published: false }, "octocat"),
    ]);
    expect(await world.deps.store.catalog.findService(serviceId)).toMatchObject({
      description: "new",
      tags: ["new"],
      published: false,
    });
  });

  test("may give back ids that are approved already", async () => {
    world.github.control.createAccount({ login: "hooli", type: "Organization" });
    const service = await world.buildService({ preapprovedOwners: ["hooli"] });
    const { preapprovedOwners } = await changeService(
      world.deps,
      service.serviceId,
      { preapprovedOwners: service.preapprovedOwners },
      "mona",
    );
    expect(preapprovedOwners).toEqual([world.ownerOf("hooli")]);
  });

  test("of a service that is not there is refused", async () => {
    await expect(changeService(world.deps, "service-x", { tags: [] }, "mona")).rejects.toMatchObject({
      code: "not-found",
    });
  });
});

test("a service that is removed takes its subscriptions along", async () => {
  const service = await world.buildService();
  const { repositoryId } = await world.buildSubscription(service);
  await removeService(world.deps, service.serviceId, "mona");
  const { catalog } = world.deps.store;
  expect(await catalog.findService(service.serviceId)).toBeNull();
  expect(await catalog.subscriptionsOf(repositoryId)).toEqual([]);
  expect(await catalog.subscriptionsTo(service.serviceId)).toEqual([]);
});

test("services of a repository managed by a file take no change by hand", async () => {
  const managedBy = ".github/zekt.yml";
  const { serviceId, repositoryId } = await world.buildService();
  await world.deps.store.accounts.setRepository({ repositoryId, managedBy });
  const refused = { code: "conflict", message: expect.stringContaining(managedBy) };
  const { deps } = world;
  await expect(createService(deps, repositoryId, INPUT, "mona")).rejects.toMatchObject(refused);
  await expect(changeService(deps, serviceId, { tags: [] }, "mona")).rejects.toMatchObject(refused);
  await expect(removeService(deps, serviceId, "mona")).rejects.toMatchObject(refused);
});
