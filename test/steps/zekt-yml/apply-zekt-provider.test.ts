import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { ZEKT_FILE } from "../../../app/domain/zekt-yml/zekt-file.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { requestSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { applyZektFile } from "../../../app/steps/zekt-yml/apply-zekt-file.ts";
import { type CatalogWorld, LISTENER, startCatalogWorld, WORKFLOW } from "../catalog/catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

/** A provider's section with one service; lines of the service and of the section are added as given. */
const fileOf = (service: string[] = [], provider: string[] = []) =>
  [
    "version: 1",
    "provider:",
    `  workflows: [${WORKFLOW}]`,
    "  services:",
    "    - slug: releases",
    `      workflow: ${WORKFLOW}`,
    "      visibility: public",
    ...service.map((line) => `      ${line}`),
    ...provider.map((line) => `  ${line}`),
    "",
  ].join("\n");

const approvals = (...answers: [repository: string, decision: string][]) => [
  "approvals:",
  ...answers.map(
    ([repository, decision]) => `  - { service: releases, repository: ${repository}, decision: ${decision} }`,
  ),
];

async function apply({ fullName, repositoryId }: Repository, text: string) {
  const { sha } = await world.github.control.push(fullName, { [ZEKT_FILE]: text });
  const applied = await applyZektFile(world.deps, { repositoryId, sha });
  expect(applied.problems).toEqual([]);
  return applied;
}

async function buildProvider(text = fileOf()) {
  const repository = await world.buildRepository();
  await apply(repository, text);
  const serviceId = world.deps.ids.service(repository.repositoryId, "releases");
  return { repository, serviceId };
}

async function ask(serviceId: string) {
  const { repositoryId, fullName } = await world.buildRepository({ consumer: true });
  const subscription = await requestSubscription(world.deps, repositoryId, { service: serviceId }, "hubot");
  return { ...subscription, fullName };
}

const statusOf = async ({ serviceId, subscriptionId }: { serviceId: string; subscriptionId: string }) =>
  (await world.deps.store.catalog.getSubscription({ serviceId, subscriptionId }))?.status;

const offerOf = async ({ repositoryId }: Repository) => {
  const { workflows, services } = await world.deps.store.catalog.offerOf(repositoryId);
  return { workflows: workflows.map(({ path }) => path), services: services.map(({ slug }) => slug) };
};

describe("workflows and services", () => {
  test("are those of the file, and what it no longer names is taken back", async () => {
    const { repository, serviceId } = await buildProvider();
    const subscription = await ask(serviceId);
    const { changes } = await apply(
      repository,
      `version: 1
provider:
  workflows: [${LISTENER}]
  services:
    - { slug: answers, workflow: ${LISTENER} }
`,
    );
    expect(changes).toEqual([
      `whitelisted ${LISTENER}`,
      "offered service answers",
      "removed service releases",
      `blocked ${WORKFLOW}`,
    ]);
    expect(await offerOf(repository)).toEqual({ workflows: [LISTENER], services: ["answers"] });
    expect(await statusOf(subscription)).toBeUndefined();
  });

  test("take over what people made before, and changes go where they are", async () => {
    const service = await world.buildService({ description: "by hand", tags: ["old"] });
    const repository = (await world.deps.store.accounts.getRepository(service.repositoryId)) as Repository;
    const subscription = await world.buildSubscription(service);
    const { changes } = await apply(repository, fileOf(["description: by file"]));
    expect(changes).toContain("changed service releases");
    expect(await world.deps.store.catalog.findService(service.serviceId)).toMatchObject({
      serviceId: service.serviceId,
      createdAt: service.createdAt,
      description: "by file",
      tags: [],
    });
    expect(await statusOf(subscription)).toBe("requested");
  });

  test("keep owners approved beforehand by id, each looked up once", async () => {
    world.github.control.createAccount({ login: "vandelay", type: "Organization" });
    const { serviceId } = await buildProvider(fileOf(["approve: [vandelay]"]));
    expect(await world.deps.store.catalog.findService(serviceId)).toMatchObject({
      preapprovedOwners: [world.ownerOf("vandelay")],
    });
  });

  test("rest, but are not lost, while the file says nothing of a provider", async () => {
    const { repository } = await buildProvider();
    const { changes } = await apply(repository, "version: 1\n");
    expect(changes).toEqual(["disabled as a provider"]);
    expect(await world.deps.store.accounts.getRepository(repository.repositoryId)).toMatchObject({
      provider: false,
      hook: null,
    });
    expect(await offerOf(repository)).toEqual({ workflows: [WORKFLOW], services: ["releases"] });
    expect((await apply(repository, fileOf())).changes).toEqual(["enabled as a provider"]);
  });

  test("a webhook that was lost is placed again", async () => {
    const { repository } = await buildProvider();
    const { repositoryId } = repository;
    await world.deps.store.accounts.setRepository({ repositoryId, hook: null });
    expect((await apply(repository, fileOf())).changes).toEqual(["fixed the webhook"]);
    expect(world.github.control.repository(repository.fullName).hooks).toHaveLength(1);
  });
});

describe("an answer in the file", () => {
  test("decides a request that is there", async () => {
    const { repository, serviceId } = await buildProvider();
    const [yes, no, open] = [await ask(serviceId), await ask(serviceId), await ask(serviceId)];
    const { changes } = await apply(
      repository,
      fileOf([], approvals([yes.fullName.toUpperCase(), "approve"], [no.fullName, "deny"])),
    );
    expect([...changes].sort()).toEqual([
      `approved ${yes.fullName} for releases`,
      `denied ${no.fullName} for releases`,
    ]);
    expect([await statusOf(yes), await statusOf(no), await statusOf(open)]).toEqual([
      "approved",
      "denied",
      "requested",
    ]);
    // Each side's trail has the answer, and no entry of one names another consumer.
    const trailOf = async (repositoryId: string) =>
      (await world.deps.store.audit.list(`repository#${repositoryId}`)).items;
    for (const [{ repositoryId, fullName }, action] of [
      [yes, "subscription-approved"],
      [no, "subscription-denied"],
    ] as const) {
      const entry = {
        action,
        by: null,
        via: "file",
        subject: `${fullName} for ${repository.fullName}/releases`,
      };
      expect(await trailOf(repositoryId)).toMatchObject([entry]);
      expect(await trailOf(repository.repositoryId)).toContainEqual(expect.objectContaining(entry));
    }
    const applied = (await trailOf(repository.repositoryId)).filter(
      ({ action }) => action === "file-applied",
    );
    expect(JSON.stringify(applied)).not.toContain(yes.fullName);
  });

  test("holds for a request that comes later", async () => {
    const [early, unwanted] = [
      await world.buildRepository({ consumer: true }),
      await world.buildRepository({ consumer: true }),
    ];
    const { serviceId } = await buildProvider(
      fileOf([], approvals([early.fullName, "approve"], [unwanted.fullName, "deny"])),
    );
    const request = (repositoryId: string) =>
      requestSubscription(world.deps, repositoryId, { service: serviceId }, "hubot");
    expect(await request(early.repositoryId)).toMatchObject({ status: "approved", decidedBy: ZEKT_FILE });
    expect(await request(unwanted.repositoryId)).toMatchObject({ status: "denied", decidedBy: ZEKT_FILE });
  });

  test("is for whom it named then: who takes over the owner's name is not approved until a push says so", async () => {
    const meant = await world.buildRepository({ consumer: true });
    const [login = "", name = ""] = meant.fullName.split("/");
    const text = fileOf([], approvals([meant.fullName, "approve"]));
    const { repository, serviceId } = await buildProvider(text);
    await world.github.control.renameAccount(login, `${login}-before`);
    const other = await world.buildRepository({ owner: login, name, consumer: true });
    expect(other.ownerId).not.toBe(meant.ownerId);
    const asked = await requestSubscription(world.deps, other.repositoryId, { service: serviceId }, "hubot");
    expect(asked).toMatchObject({ status: "requested", decidedBy: null });
    const { changes } = await apply(repository, `${text}# seen\n`);
    expect(changes).toEqual([`approved ${other.fullName} for releases`]);
  });

  test("waits for an owner whom GitHub does not know yet, and says so", async () => {
    const text = fileOf([], approvals(["late-comer/site", "approve"], ["late-comer/other", "deny"]));
    const provider = await world.buildRepository();
    const { notes } = await apply(provider, text);
    expect(notes).toEqual([
      "late-comer/site is approved for nobody, as GitHub knows no owner late-comer; push again once there is one",
    ]);
    const late = await world.buildRepository({ owner: "late-comer", name: "site", consumer: true });
    const other = await world.buildRepository({ owner: "late-comer", name: "other", consumer: true });
    const service = world.deps.ids.service(provider.repositoryId, "releases");
    const request = (repositoryId: string) =>
      requestSubscription(world.deps, repositoryId, { service }, "hubot");
    expect(await request(late.repositoryId)).toMatchObject({ status: "requested" });
    expect(await request(other.repositoryId)).toMatchObject({ status: "denied" });
  });

  test("is taken back with its line, and turned by another word", async () => {
    const { repository, serviceId } = await buildProvider();
    const [gone, turned] = [await ask(serviceId), await ask(serviceId)];
    await apply(repository, fileOf([], approvals([gone.fullName, "approve"], [turned.fullName, "approve"])));
    const { changes } = await apply(repository, fileOf([], approvals([turned.fullName, "deny"])));
    expect([...changes].sort()).toEqual(
      [`revoked ${gone.fullName} for releases`, `revoked ${turned.fullName} for releases`].sort(),
    );
    expect([await statusOf(gone), await statusOf(turned)]).toEqual(["revoked", "revoked"]);
    expect((await apply(repository, fileOf([], approvals([turned.fullName, "deny"])))).changes).toEqual([]);
    await apply(repository, fileOf([], approvals([turned.fullName, "approve"])));
    expect(await statusOf(turned)).toBe("approved");
  });

  test("of people, given before the file came, stays", async () => {
    const service = await world.buildService();
    const subscription = await world.buildSubscription(service);
    await world.deps.store.catalog.updateSubscription(subscription, {
      status: "approved",
      decidedBy: "mona",
    });
    const repository = (await world.deps.store.accounts.getRepository(service.repositoryId)) as Repository;
    await apply(repository, fileOf());
    expect(await statusOf(subscription)).toBe("approved");
  });

  test("no longer holds once the file is gone", async () => {
    const consumer = await world.buildRepository({ consumer: true });
    const { repository, serviceId } = await buildProvider(
      fileOf([], approvals([consumer.fullName, "approve"])),
    );
    await world.github.control.push(repository.fullName, { [ZEKT_FILE]: null });
    await applyZektFile(world.deps, { repositoryId: repository.repositoryId, sha: null });
    expect(
      await requestSubscription(world.deps, consumer.repositoryId, { service: serviceId }, "hubot"),
    ).toMatchObject({ status: "requested" });
  });
});

test("a line that stood before does not undo a revocation by hand; a line that is added again does", async () => {
  const { repository, serviceId } = await buildProvider();
  const { fullName, subscriptionId } = await ask(serviceId);
  const text = fileOf([], approvals([fullName, "approve"]));
  await apply(repository, text);
  expect(await statusOf({ serviceId, subscriptionId })).toBe("approved");
  await decideSubscription(world.deps, subscriptionId, "revoked", "mona");
  const { notes } = await apply(repository, `${text}# changed\n`);
  expect(notes).toEqual([
    `${fullName} for releases was revoked by mona and stays revoked; to approve it again, remove its line, push, and add the line again`,
  ]);
  expect(await statusOf({ serviceId, subscriptionId })).toBe("revoked");
  await apply(repository, fileOf());
  await apply(repository, text);
  expect(await statusOf({ serviceId, subscriptionId })).toBe("approved");
});

test("a line that is added again undoes a revocation by hand, though the process ended once its lines were stored", async () => {
  const { repository, serviceId } = await buildProvider();
  const { fullName, subscriptionId } = await ask(serviceId);
  const text = fileOf([], approvals([fullName, "approve"]));
  await apply(repository, text);
  await decideSubscription(world.deps, subscriptionId, "revoked", "mona");
  await apply(repository, fileOf());
  const { catalog } = world.deps.store;
  const put = catalog.putPresetDecision.bind(catalog);
  const ended = new Error("The process ended.");
  const afterLines = vi.spyOn(catalog, "putPresetDecision").mockImplementationOnce(async (line) => {
    await put(line);
    throw ended;
  });
  await expect(apply(repository, text)).rejects.toThrow(ended);
  afterLines.mockRestore();
  await applyZektFile(world.deps, { repositoryId: repository.repositoryId, sha: null });
  expect(await statusOf({ serviceId, subscriptionId })).toBe("approved");
});

test("a file that breaks subscribers is applied, and names those whom it breaks", async () => {
  const types = (values: string) => [`types: [{ name: released, schema: { enum: [${values}] } }]`];
  const { repository, serviceId } = await buildProvider(fileOf(types("a")));
  const { fullName } = await ask(serviceId);
  expect((await apply(repository, fileOf(types("a, b")))).notes).toEqual([]);
  const approved = approvals([fullName, "approve"]);
  await apply(repository, fileOf(types("a, b"), approved));
  expect((await apply(repository, fileOf(types("a, c"), approved))).notes).toEqual([
    `This breaks subscribers of releases (released): a message may be "c" now. Subscribed: ${fullName}.`,
  ]);
  const { changes, notes } = await apply(repository, fileOf([]).replaceAll("releases", "others"));
  expect(changes).toContain("removed service releases");
  expect(notes).toEqual([
    `This breaks subscribers of releases: the service is not offered any more. Subscribed: ${fullName}.`,
  ]);
});
