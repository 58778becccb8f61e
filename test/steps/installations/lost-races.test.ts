import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { OwnerExport } from "../../../app/domain/records/owner-export.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { exportFile, startExport, workExport } from "../../../app/steps/installations/export-owner.ts";
import { leaveRepository } from "../../../app/steps/installations/leave-repository.ts";
import { syncInstallation } from "../../../app/steps/installations/sync-installation.ts";
import { adopt, askedNow, syncRepository } from "../../../app/steps/installations/sync-repository.ts";
import { beforeNext } from "../../support/another-writer.ts";
import { type CatalogWorld, startCatalogWorld } from "../catalog/catalog-world.ts";

/* What GitHub was asked later, or another worker did first, stands. */

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

test("a repository of which GitHub says later that it is reached keeps its approvals, and loses them otherwise", async () => {
  const { accounts, catalog } = world.deps.store;
  const { subscriptionId, repositoryId } = await world.buildSubscription(await world.buildService());
  await decideSubscription(world.deps, subscriptionId, "approved", "mona");
  const [earlier, later] = [askedNow(world.deps), askedNow(world.deps)];
  await accounts.recordKnownRepository({ repositoryId, reachable: true }, later);
  const repository = (await accounts.getRepository(repositoryId)) as Repository;
  await leaveRepository(world.deps, repository, earlier);
  expect(await catalog.findSubscription(subscriptionId)).toMatchObject({ status: "approved" });
  expect(await accounts.getRepository(repositoryId)).toMatchObject({ reachable: true, consumer: true });
  await leaveRepository(world.deps, repository, askedNow(world.deps));
  expect(await catalog.findSubscription(subscriptionId)).toMatchObject({ status: "revoked" });
  expect(await accounts.getRepository(repositoryId)).toMatchObject({ reachable: false, consumer: false });
});

test("a repository that is left says so, though the process that switched it off ended right then", async () => {
  const { accounts, facts } = world.deps.store;
  const repository = await world.buildRepository({ consumer: true });
  const { repositoryId } = repository;
  await accounts.changeNotifications(repositoryId, () => ({ by: "issue", number: null, written: null }));
  const askedAt = askedNow(world.deps);
  const leave = async (): Promise<void> => {
    await leaveRepository(world.deps, (await accounts.getRepository(repositoryId)) as Repository, askedAt);
  };
  beforeNext(accounts, "changeHook", () => Promise.reject(new Error("The process ended.")));
  beforeNext(facts, "get", () => Promise.reject(new Error("The process ended.")));
  for (let tries = 0; tries < 3; tries++) await leave().catch(() => {});
  const [notice] = await world.deps.store.notices.list(repositoryId);
  expect(notice).toMatchObject({ kind: "permission-lost", subject: "installation" });
  expect(await accounts.getRepository(repositoryId)).toMatchObject({ installationId: null, consumer: false });
});

test("the file of a repository that is reached is read, though the process that recorded that ended right then", async () => {
  const { accounts, jobs } = world.deps.store;
  const { repositoryId } = await world.buildRepository();
  await accounts.setRepository({ repositoryId, reachable: false });
  const files: string[] = [];
  let isEnding = true;
  const enqueue = jobs.enqueue.bind(jobs);
  const watched = vi.spyOn(jobs, "enqueue").mockImplementation(async (asked, at) => {
    const isFile = asked.some(({ kind }) => kind === "file");
    if (isFile && isEnding) throw new Error("The process ended.");
    await enqueue(asked, at);
    if (isFile) files.push(repositoryId);
  });
  await expect(syncRepository(world.deps, repositoryId)).rejects.toThrow("The process ended.");
  isEnding = false;
  await syncRepository(world.deps, repositoryId);
  expect(files).toHaveLength(1);
  await syncRepository(world.deps, repositoryId);
  expect(files).toHaveLength(1);
  watched.mockRestore();
});

test.each([
  ["is notified", false],
  ["and gives it back meanwhile is not notified", true],
])(
  "an owner who takes a permission from the App %s, though the process that recorded it ended right then",
  async (_, isBack) => {
    const { accounts, facts, notices } = world.deps.store;
    const repository = await world.buildRepository({ consumer: true });
    const { repositoryId, ownerId } = repository;
    const installationId = repository.installationId as string;
    const job = { kind: "installation", installationId, ownerId } as const;
    const granted = { contents: "write", actions: "read", repository_hooks: "write" } as const;
    const grant = (permissions: Record<string, "read" | "write">): Promise<void> =>
      world.github.control.setPermissions(Number(installationId), permissions);
    await grant(granted);
    await syncInstallation(world.deps, job);
    await accounts.changeNotifications(repositoryId, () => ({ by: "issue", number: null, written: null }));
    await grant({ ...granted, contents: "read" });
    const ends = (): Promise<never> => Promise.reject(new Error("The process ended."));
    // Before the notice, or once it is open.
    if (isBack) beforeNext(facts, "set", ends);
    else beforeNext(facts, "get", ends);
    await expect(syncInstallation(world.deps, job)).rejects.toThrow("The process ended.");
    if (isBack) await grant(granted);
    await syncInstallation(world.deps, job);
    const lost = { kind: "permission-lost", subject: "contents" };
    expect(await notices.list(repositoryId)).toMatchObject(isBack ? [] : [lost]);
    expect(await accounts.getAccount(ownerId)).toMatchObject({ noticesDue: false });
  },
);

test("a repository that comes back to its owner has its subscriptions back, though the process ended that gave them to another", async () => {
  const { accounts, catalog } = world.deps.store;
  const { subscriptionId, repositoryId } = await world.buildSubscription(await world.buildService());
  const { ownerId, fullName, installationId } = (await accounts.getRepository(repositoryId)) as Repository;
  const state = { repositoryId, ownerId, fullName, private: false, defaultBranch: "main" };
  beforeNext(accounts, "recordRepository", () => Promise.reject(new Error("The process ended.")));
  const other = { ...state, ownerId: "other", fullName: "other/repo" };
  await expect(adopt(world.deps, other, "other", askedNow(world.deps))).rejects.toThrow("The process ended.");
  await adopt(world.deps, state, installationId as string, askedNow(world.deps));
  expect(await catalog.findSubscription(subscriptionId)).toMatchObject({ ownerId, status: "requested" });
  expect(await accounts.getRepository(repositoryId)).toMatchObject({ ownerId, approvalsDue: false });
});

test("the file of a repository is read by the worker that heard last that it is reached again, and by nobody else", async () => {
  const { accounts } = world.deps.store;
  const { repositoryId, ownerId, fullName, installationId } = await world.buildRepository();
  const state = { repositoryId, ownerId, fullName, private: false, defaultBranch: "main" };
  const [earlier, later] = [askedNow(world.deps), askedNow(world.deps)];
  await accounts.recordKnownRepository({ repositoryId, reachable: false }, later);
  expect(await adopt(world.deps, state, installationId as string, earlier)).toBe(false);
  expect(await accounts.getRepository(repositoryId)).toMatchObject({ reachable: false });
  expect(await adopt(world.deps, state, installationId as string, askedNow(world.deps))).toBe(true);
  expect(await accounts.getRepository(repositoryId)).toMatchObject({ reachable: true });
});

/** Starts an export of a new owner, and does its parts: what is left is the file. */
async function partsOfExport() {
  const { ownerExports } = world.deps.store;
  const { ownerId } = await world.buildRepository();
  const { exportId } = (await startExport(world.deps, ownerId, "mona")).one;
  const job = { kind: "export", ownerId, exportId } as const;
  const read = async (): Promise<OwnerExport> => (await ownerExports.get(ownerId)) as OwnerExport;
  while ((await read()).place !== null) expect(await workExport(world.deps, job)).toEqual({ job });
  return { ownerExports, job, read };
}

test("an export's job waits for the end of its file once that is made, and goes on where another did the part", async () => {
  const { ownerExports, job, read } = await partsOfExport();
  const hasActed = beforeNext(ownerExports, "replace", async () => {
    const one = await read();
    await ownerExports.replace(one, one);
  });
  expect(await workExport(world.deps, job)).toEqual({ job });
  expect(hasActed()).toBe(true);
  expect(await workExport(world.deps, job)).toEqual({ job, at: expect.any(Number) });
});

test("an export whose worker ends as its file is made, and not recorded yet, has it made again of its parts", async () => {
  const { ownerExports, job, read } = await partsOfExport();
  beforeNext(ownerExports, "replace", () => Promise.reject(new Error("The worker ends here.")));
  await expect(workExport(world.deps, job)).rejects.toThrow("ends here");
  expect(await workExport(world.deps, job)).toEqual({ job, at: expect.any(Number) });
  const file = await exportFile(world.deps, job.ownerId, job.exportId);
  expect(JSON.parse("text" in file ? file.text : "")).toHaveProperty("account");
  const { items } = await world.deps.store.archive.list(`exports/${job.ownerId}/`);
  expect(items).toEqual([`exports/${job.ownerId}/${job.exportId}.json`]);
  expect(await read()).toMatchObject({ state: "done", parts: [] });
});
