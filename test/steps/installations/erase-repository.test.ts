import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DAY, HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { newConnection } from "../../../app/domain/delivery/connection-state.ts";
import type { Failure } from "../../../app/domain/records/delivery.ts";
import { eraseOwner } from "../../../app/steps/installations/erase-owner.ts";
import { startExport, workExport } from "../../../app/steps/installations/export-owner.ts";
import { sweep } from "../../../app/steps/jobs/sweep.ts";
import {
  raiseDeadLetter,
  updatePausedNotice,
  updateRequestNotice,
} from "../../../app/steps/notices/raise-notice.ts";
import { startReplay } from "../../../app/steps/replay/bulk-replay.ts";
import { openSqlite } from "../../../app/store/sqlite/storage.ts";
import { tables } from "../../../app/store/tables.ts";
import {
  type AppWorld,
  type Pair,
  sendMessage,
  startAppWorld,
  subscribed,
  uninstall,
  WORKFLOW,
} from "../../main/app-world.ts";
import { saveAccount } from "../../support/save-account.ts";

/* An erasure is whole: nothing of the erased is left at others', and nothing comes back. */

let folder: string;
let world: AppWorld;
let pair: Pair;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zekt-erasure-"));
  world = await startAppWorld({ storage: openSqlite({ folder }) });
  pair = await subscribed(world);
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 8, retryOnFailure: false };
const FAILURE: Failure = { stage: "github", kind: "not-found", reason: "No such repository.", status: 404 };

/** Runs the provider's workflow, saying one thing; returns the run's id. */
async function run(): Promise<string> {
  const { control } = world.github;
  const { id } = await control.startRun({ repository: pair.provider, workflow: WORKFLOW });
  await sendMessage(world, String(id), "built");
  await control.completeRun(id, "success");
  await world.settle();
  return String(id);
}

/** The notices of a repository's people, told and yet to be told. */
async function noticesOf(fullName: string): Promise<string> {
  const { notices, jobs } = world.deps.store;
  const key = { repositoryId: world.repositoryId(fullName), ownerId: world.ownerId(fullName) };
  return JSON.stringify([await notices.list(key.repositoryId), await jobs.ofNotices(key)]);
}

/** Everything that the folder holds, a row each. */
async function everything(): Promise<string[]> {
  // Resolves once all that was written before is stored.
  await world.storage.queue("routing").remove([]);
  const db = new DatabaseSync(join(folder, "zekt.db"), { readOnly: true });
  const names = [...Object.keys(tables), "messages", "archive"];
  const rows = names.flatMap((name) => db.prepare(`SELECT * FROM ${name}`).all());
  db.close();
  return rows.map((row) => JSON.stringify(row));
}

/** Passes time, then sweeps and works what comes of it. */
async function sweepAfter(ms: number): Promise<void> {
  world.pass(ms);
  await sweep(world.deps);
  await world.settle();
}

test.each([
  ["an issue", { by: "issue", number: null, written: null } as const],
  ["a webhook", { by: "webhook", url: "https://localhost:1", nonce: "n", secretVersion: 1 } as const],
])("erasing takes the names of the erased out of others' notices, told by %s", async (_, choice) => {
  const { accounts, catalog, deliveries } = world.deps.store;
  const subscription = await catalog.findSubscription(pair.subscription);
  if (!subscription) throw new Error("There is no subscription.");
  await run();
  const consumer = world.repositoryId(pair.consumer);
  const [made] = (await deliveries.list("consumer", consumer)).items;
  if (!made) throw new Error("There is no delivery.");
  const notifications = { problem: null, ended: false, ...choice } as never;
  await accounts.setRepository({ repositoryId: consumer, notifications });
  await world.settle();
  // A durable delivery failed, and its connection is paused: the notices name its provider.
  const failed = { ...made, status: "Failed", durable: DURABLE, failure: FAILURE } as typeof made;
  await deliveries.replace(made, failed);
  await raiseDeadLetter(world.deps, failed);
  const state = newConnection(pair.subscription);
  await updatePausedNotice(world.deps, { ...state, pausedAt: iso(world.deps.clock.now()), failure: FAILURE });
  const name = pair.provider.split("/")[0] as string;
  expect(await noticesOf(pair.consumer)).toContain(name);
  await uninstall(world, pair.provider);
  await eraseOwner(world.deps, world.ownerId(pair.provider));
  expect(await noticesOf(pair.consumer)).not.toContain(name);
  expect(await noticesOf(pair.provider)).toBe("[[],[]]");
});

test("erasing a consumer takes its requests out of the provider's notices", async () => {
  const repositoryId = world.repositoryId(pair.provider);
  const { accounts, catalog } = world.deps.store;
  const notifications = { by: "issue", number: null, written: null } as const;
  await accounts.setRepository({ repositoryId, notifications });
  const requested = await catalog.findSubscription(pair.requested);
  if (!requested) throw new Error("There is no request.");
  await updateRequestNotice(world.deps, requested);
  const waiting = (await accounts.getRepository(requested.repositoryId))?.fullName as string;
  expect(await noticesOf(pair.provider)).toContain(waiting);
  await uninstall(world, waiting);
  await eraseOwner(world.deps, requested.ownerId);
  expect(await noticesOf(pair.provider)).not.toContain(waiting);
});

test("a late message brings no delivery back to a consumer that was erased", async () => {
  const runId = await run();
  const repositoryId = world.repositoryId(pair.provider);
  const consumerId = world.repositoryId(pair.consumer);
  await uninstall(world, pair.consumer);
  await eraseOwner(world.deps, world.ownerId(pair.consumer));
  await sendMessage(world, runId, "late");
  await world.settle();
  const { messages } = await world.deps.store.runs.load({ repositoryId, runId });
  expect(messages).toHaveLength(2);
  expect((await world.deps.store.deliveries.list("provider", repositoryId)).items).toEqual([]);
  expect((await world.deps.store.deliveries.list("consumer", consumerId)).items).toEqual([]);
});

test("what was being stored while an owner was erased is found by a later look", async () => {
  const { deliveries, archive, connections, failures } = world.deps.store;
  await run();
  const repositoryId = world.repositoryId(pair.provider);
  const [made] = (await deliveries.list("provider", repositoryId)).items;
  if (!made) throw new Error("There is no delivery.");
  await uninstall(world, pair.provider);
  await eraseOwner(world.deps, world.ownerId(pair.provider));
  // Whoever had read the repository before it was erased.
  await deliveries.add({ ...made, deliveryId: "delivery-late" });
  await archive.put(`events/${repositoryId}/1/late.json`, "{}");
  await connections.replace(newConnection(pair.subscription), {
    ...newConnection(pair.subscription),
    failures: 1,
    failure: FAILURE,
  });
  await failures.record({ ...made, completedAt: iso(0) });
  await sweepAfter(18 * MINUTE);
  expect(await deliveries.get("delivery-late")).toBeNull();
  expect((await archive.list(`events/${repositoryId}/`)).items).toEqual([]);
  expect(await connections.get(pair.subscription)).toMatchObject({ failures: 0 });
  expect(await failures.last(pair.subscription, 1)).toEqual([]);
});

test("a part of an export that was being written while its owner was erased is found by a later look", async () => {
  const { archive } = world.deps.store;
  await run();
  await uninstall(world, pair.provider);
  const ownerId = world.ownerId(pair.provider);
  const { exportId } = (await startExport(world.deps, ownerId, "somebody")).one;
  const put = archive.put.bind(archive);
  vi.spyOn(archive, "put").mockImplementationOnce(async (...part) => {
    await eraseOwner(world.deps, ownerId);
    await put(...part);
  });
  await workExport(world.deps, { kind: "export", ownerId, exportId });
  expect((await archive.list("exports/")).items).toHaveLength(1);
  await sweepAfter(18 * MINUTE);
  expect((await archive.list("exports/")).items).toEqual([]);
});

test("a later look leaves alone an owner that has the App again", async () => {
  const { accounts, deliveries } = world.deps.store;
  await run();
  const repositoryId = world.repositoryId(pair.provider);
  const [made] = (await deliveries.list("provider", repositoryId)).items;
  const login = pair.provider.split("/")[0] as string;
  const owner = world.ownerId(pair.provider);
  await uninstall(world, pair.provider);
  await eraseOwner(world.deps, owner);
  await saveAccount(accounts, { ownerId: owner, login, installation: "active" });
  await deliveries.add(made as NonNullable<typeof made>);
  await sweepAfter(18 * MINUTE);
  expect(await deliveries.get(made?.deliveryId ?? "")).not.toBeNull();
});

test("no name of the erased is left anywhere, nor comes back in two days", async () => {
  const runId = await run();
  const { catalog } = world.deps.store;
  const subscription = await catalog.findSubscription(pair.subscription);
  if (!subscription) throw new Error("There is no subscription.");
  const asked = { subscriptionId: pair.subscription, from: iso(0), to: iso(world.deps.clock.now()) };
  await startReplay(world.deps, subscription, {
    ...asked,
    ...{ statuses: [], dryRun: true, requestedBy: pair.consumer },
    asker: { changesConsumer: true, changesProvider: false },
  });
  await world.settle();
  const login = pair.consumer.split("/")[0] as string;
  const scope = `owner#${world.ownerId(pair.consumer)}`;
  const naming = async () => (await everything()).filter((row) => row.includes(login));
  expect(await naming()).toHaveLength(3);
  await uninstall(world, pair.consumer);
  await eraseOwner(world.deps, world.ownerId(pair.consumer));
  await sendMessage(world, runId, "late");
  for (let hour = 0; hour < 50; hour++) await sweepAfter(HOUR);
  expect(await naming()).toEqual([]);
  const now = world.deps.clock.now();
  expect(await world.deps.store.meters.total(scope, now - 3 * DAY, now)).toEqual({});
});
