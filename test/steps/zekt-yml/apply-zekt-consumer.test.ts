import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { ENDED_STATUSES, type Subscription } from "../../../app/domain/records/subscription.ts";
import { ZEKT_FILE } from "../../../app/domain/zekt-yml/zekt-file.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { changeService } from "../../../app/steps/catalog/save-service.ts";
import { endSubscription } from "../../../app/steps/catalog/update-subscription.ts";
import { applyZektFile } from "../../../app/steps/zekt-yml/apply-zekt-file.ts";
import { beforeNext } from "../../support/another-writer.ts";
import { type CatalogWorld, LISTENER, startCatalogWorld, WORKFLOW } from "../catalog/catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

/** A consumer's section; each subscription as the lines of its entry. */
const fileOf = (subscriptions: string[][], section: string[] = []) =>
  [
    "version: 1",
    "consumer:",
    ...section.map((line) => `  ${line}`),
    ...(subscriptions.length > 0 ? ["  subscriptions:"] : []),
    ...subscriptions.flatMap((lines) =>
      lines.map((line, index) => `    ${index === 0 ? "- " : "  "}${line}`),
    ),
    "",
  ].join("\n");

async function apply({ fullName, repositoryId }: Repository, text: string) {
  const { sha } = await world.github.control.push(fullName, { [ZEKT_FILE]: text });
  return await applyZektFile(world.deps, { repositoryId, sha });
}

const subscriptionsOf = (repositoryId: string) => world.deps.store.catalog.subscriptionsOf(repositoryId);

const one = async (repositoryId: string) => {
  const [subscription, ...others] = await subscriptionsOf(repositoryId);
  expect(others).toEqual([]);
  return subscription;
};

/** A public service, and how files name it. */
async function buildService(input = {}) {
  const service = await world.buildService(input);
  const repository = await world.deps.store.accounts.getRepository(service.repositoryId);
  return { ...service, name: `${repository?.fullName}/releases` };
}

describe("subscriptions", () => {
  test("are asked for, and the check says what waits for whom", async () => {
    const { serviceId, name } = await buildService();
    const consumer = await world.buildRepository();
    const applied = await apply(
      consumer,
      fileOf([[`service: ${name}`, `workflow: ${LISTENER}`, "event-types: [released]"]]),
    );
    expect(applied).toEqual({
      changes: ["enabled as a consumer", `requested ${name}`],
      notes: [`${name} waits for its provider's approval`],
      problems: [],
    });
    expect(await one(consumer.repositoryId)).toMatchObject({
      serviceId,
      workflow: LISTENER,
      eventTypes: ["released"],
      status: "requested",
      requestedBy: ZEKT_FILE,
    });
    const [check] = world.github.control.repository(consumer.fullName).checkRuns;
    expect(check?.output.summary).toContain(`### To know\n- ${name} waits for its provider's approval`);
  });

  test("change with the file, keep their approval, and end with their entry", async () => {
    const { name } = await buildService();
    const consumer = await world.buildRepository();
    await apply(consumer, fileOf([[`service: ${name}`]]));
    const asked = await one(consumer.repositoryId);
    await decideSubscription(world.deps, asked?.subscriptionId as string, "approved", "mona");
    const changed = await apply(consumer, fileOf([[`service: ${name}`, "event-types: [released]"]]));
    expect(changed).toMatchObject({ changes: [`changed the subscription to ${name}`], notes: [] });
    expect(await one(consumer.repositoryId)).toMatchObject({ status: "approved", eventTypes: ["released"] });
    const ended = await apply(consumer, fileOf([]));
    expect(ended.changes).toEqual([`ended the subscription to ${name}`]);
    expect(await subscriptionsOf(consumer.repositoryId)).toEqual([]);
  });

  test("that wait are approved by the next push once their owner is approved beforehand", async () => {
    const { serviceId, name } = await buildService();
    const consumer = await world.buildRepository();
    const [owner] = consumer.fullName.split("/") as [string];
    await apply(consumer, fileOf([[`service: ${name}`]]));
    await changeService(world.deps, serviceId, { preapprovedOwners: [owner] }, "mona");
    expect(await one(consumer.repositoryId)).toMatchObject({ status: "requested" });
    world.pass(1000);
    const { changes, notes } = await apply(consumer, fileOf([[`service: ${name}`]]));
    expect([changes, notes]).toEqual([[`subscribed to ${name}`], []]);
    const approved = await one(consumer.repositoryId);
    expect(approved).toMatchObject({ status: "approved" });
    const entry = {
      action: "subscription-requested",
      via: "file",
      subject: `${consumer.fullName} for ${name}`,
    };
    for (const side of [consumer.repositoryId, approved?.providerRepositoryId]) {
      const { items } = await world.deps.store.audit.list(`repository#${side}`);
      expect(items.filter(({ action }) => action === entry.action)).toMatchObject([entry, entry]);
    }
  });

  test("that end while the file is applied are asked for anew", async () => {
    const { name } = await buildService();
    const consumer = await world.buildRepository();
    await apply(consumer, fileOf([[`service: ${name}`]]));
    const asked = (await one(consumer.repositoryId)) as Subscription;
    await decideSubscription(world.deps, asked.subscriptionId, "approved", "mona");
    beforeNext(world.deps.store.catalog, "updateSubscription", () => endSubscription(world.deps, asked));
    const { changes } = await apply(consumer, fileOf([[`service: ${name}`, "event-types: [released]"]]));
    expect(changes).toEqual([`requested ${name}`]);
    expect(await one(consumer.repositoryId)).toMatchObject({ status: "requested", eventTypes: ["released"] });
  });

  test("that another application of the file asks for first are told by that one alone", async () => {
    const { name, repositoryId } = await buildService();
    const consumer = await world.buildRepository();
    await apply(consumer, fileOf([]));
    const file = fileOf([[`service: ${name}`]]);
    beforeNext(world.deps.store.catalog, "addSubscription", () => apply(consumer, file));
    const { changes, problems } = await apply(consumer, file);
    expect({ changes, problems }).toEqual({ changes: [], problems: [] });
    for (const side of [consumer.repositoryId, repositoryId]) {
      const { items } = await world.deps.store.audit.list(`repository#${side}`);
      expect(items.filter(({ action }) => action === "subscription-requested")).toHaveLength(1);
    }
  });

  test("are approved at once where the provider did so beforehand", async () => {
    const consumer = await world.buildRepository();
    const [owner] = consumer.fullName.split("/") as [string];
    const { name } = await buildService({ preapprovedOwners: [owner] });
    const { changes, notes } = await apply(consumer, fileOf([[`service: ${name}`]]));
    expect(changes).toContain(`subscribed to ${name}`);
    expect(notes).toEqual([]);
  });

  test("that were denied are not asked for again at each push, only when entered anew", async () => {
    const { name } = await buildService();
    const consumer = await world.buildRepository();
    await apply(consumer, fileOf([[`service: ${name}`]]));
    const { subscriptionId } = (await one(consumer.repositoryId)) as { subscriptionId: string };
    await decideSubscription(world.deps, subscriptionId, "denied", "mona");
    const { notes } = await apply(consumer, `# a remark\n${fileOf([[`service: ${name}`]])}`);
    expect(notes).toEqual([expect.stringContaining("was denied by its provider")]);
    expect(await one(consumer.repositoryId)).toMatchObject({ status: "denied" });
    await apply(consumer, fileOf([]));
    await apply(consumer, fileOf([[`service: ${name}`]]));
    expect(await one(consumer.repositoryId)).toMatchObject({ status: "requested" });
  });

  test("that ended with the App's leaving are asked for anew when it is back", async () => {
    const { name } = await buildService();
    const consumer = await world.buildRepository();
    await apply(consumer, fileOf([[`service: ${name}`]]));
    const before = await one(consumer.repositoryId);
    await world.deps.store.catalog.updateSubscription(before as never, {
      status: "revoked",
      decidedBy: ENDED_STATUSES,
    });
    const { changes } = await apply(consumer, fileOf([[`service: ${name}`]]));
    expect(changes).toEqual([`requested ${name}`]);
    expect(await one(consumer.repositoryId)).toMatchObject({ status: "requested" });
  });

  test("to a service of another's are named once, by whichever name", async () => {
    const { name, serviceId } = await buildService();
    const consumer = await world.buildRepository();
    const { problems } = await apply(consumer, fileOf([[`service: ${name}`], [`service: ${serviceId}`]]));
    expect(problems).toEqual([
      {
        line: 5,
        column: 7,
        message: "consumer.subscriptions[1]: This is a service that another entry names already.",
      },
    ]);
    expect(await subscriptionsOf(consumer.repositoryId)).toEqual([]);
  });

  test("to a service that the same file offers work at the first push", async () => {
    const repository = await world.buildRepository();
    const { problems } = await apply(
      repository,
      `version: 1
provider:
  workflows: [${WORKFLOW}]
  services:
    - { slug: releases, workflow: ${WORKFLOW} }
consumer:
  subscriptions:
    - service: ${repository.fullName}/releases
`,
    );
    expect(problems).toEqual([]);
    expect(await one(repository.repositoryId)).toMatchObject({ status: "requested" });
  });

  test.each([
    ["a service that is not there", ["service: a/b/c"], "4:7", "service: No such service"],
    [
      "a workflow that is not there",
      ["service: SERVICE", "workflow: .github/workflows/x.yml"],
      "5:7",
      "workflow: there is no",
    ],
    [
      "event types that never leave",
      ["service: SERVICE", "event-types:", "  - released", "  - built"],
      "7:11",
      "event-types[1]: The service allows released",
    ],
    [
      "durable delivery without a confirm",
      ["service: SERVICE", "durable: true"],
      "5:7",
      "durable: Durable delivery needs",
    ],
  ])("to %s are refused on their line and column", async (_, lines, place, message) => {
    const { name } = await buildService({ eventTypes: ["released"] });
    const consumer = await world.buildRepository();
    const text = fileOf([lines.map((one) => one.replace("SERVICE", name))]);
    const { problems, changes } = await apply(consumer, text);
    const [line, column] = place.split(":").map(Number);
    expect(problems).toEqual([
      { line, column, message: expect.stringContaining(`consumer.subscriptions[0].${message}`) },
    ]);
    expect(changes).toEqual([]);
    expect(await world.deps.store.accounts.getRepository(consumer.repositoryId)).toMatchObject({
      consumer: false,
    });
  });
});

describe("completion tracking", () => {
  test("goes on before what needs it, and off when the file says so", async () => {
    const { name } = await buildService();
    const consumer = await world.buildRepository();
    const on = await apply(
      consumer,
      fileOf([[`service: ${name}`, "durable: { confirm-within: 5m }"]], ["tracking: true"]),
    );
    expect(on).toMatchObject({
      changes: ["enabled as a consumer", "turned completion tracking on", `requested ${name}`],
      problems: [],
    });
    expect(await one(consumer.repositoryId)).toMatchObject({
      durable: { confirmWithin: 300, maxAttempts: 8 },
    });
    expect(world.github.control.repository(consumer.fullName).hooks).toHaveLength(1);
    const off = await apply(consumer, fileOf([[`service: ${name}`]]));
    expect(off.changes).toEqual(["turned completion tracking off", `changed the subscription to ${name}`]);
    expect(world.github.control.repository(consumer.fullName).hooks).toHaveLength(0);
    expect(await one(consumer.repositoryId)).toMatchObject({ durable: null });
  });

  test("that GitHub refuses is told, and no subscription is lost over it", async () => {
    const { name } = await buildService();
    const consumer = await world.buildRepository();
    await apply(consumer, fileOf([[`service: ${name}`]]));
    await world.github.control.setPermissions(Number(consumer.installationId), {
      contents: "write",
      checks: "write",
    });
    const { problems } = await apply(
      consumer,
      fileOf([[`service: ${name}`, "durable: true"]], ["tracking: true"]),
    );
    expect(problems.map(({ line }) => line)).toEqual([3, 6]);
    expect(problems[0]?.message).toContain('lacks the "Webhooks" permission');
    expect(await one(consumer.repositoryId)).toMatchObject({ status: "requested", durable: null });
  });
});

test("a file that says nothing of a consumer disables it, and its subscriptions rest", async () => {
  const { name } = await buildService();
  const consumer = await world.buildRepository();
  await apply(consumer, fileOf([[`service: ${name}`]], ["tracking: true"]));
  const { changes } = await apply(consumer, "version: 1\n");
  expect(changes).toEqual(["turned completion tracking off", "disabled as a consumer"]);
  expect(await world.deps.store.accounts.getRepository(consumer.repositoryId)).toMatchObject({
    consumer: false,
    tracking: false,
    managedBy: ZEKT_FILE,
  });
  expect(await subscriptionsOf(consumer.repositoryId)).toHaveLength(1);
});
