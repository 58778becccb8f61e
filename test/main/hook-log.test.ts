import { afterAll, beforeAll, expect, test } from "vitest";
import { listHookLog, redeliver } from "../../app/github/hook-log.ts";
import { enableProvider } from "../../app/steps/catalog/enable-provider.ts";
import { type AppWorld, startAppWorld, WORKFLOW } from "./app-world.ts";

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

/** A provider, a run of which GitHub could not tell. */
async function buildMissedRun(owner: string) {
  world.organisation(owner, "tools");
  await world.install(owner);
  const fullName = `${owner}/tools`;
  const repositoryId = world.repositoryId(fullName);
  await enableProvider(world.deps, repositoryId, "mona");
  const { control, faults } = world.github;
  await control.idle();
  const run = await control.startRun({ repository: fullName, workflow: WORKFLOW });
  await control.idle();
  faults.add({ target: "webhook", drop: "before" });
  await control.completeRun(run.id, "success");
  const repository = await world.repository(fullName);
  return { repository, hookId: repository.hook?.hookId as string, runId: String(run.id) };
}

test("a webhook's log tells what never arrived, and GitHub delivers it again when asked", async () => {
  const { repository, hookId, runId } = await buildMissedRun("acme");
  const { github, store } = world.deps;
  const { items } = await listHookLog(github, repository, hookId);
  const missed = items.find(({ statusCode }) => statusCode === 502);
  expect(missed).toMatchObject({ event: "workflow_run", action: "completed", redelivery: false });
  const run = { repositoryId: repository.repositoryId, runId };
  expect((await store.runs.load(run)).events).toEqual([]);
  await redeliver(github, repository, hookId, missed?.deliveryId as string);
  await world.github.control.idle();
  expect((await store.runs.load(run)).events).toHaveLength(1);
  const [again] = (await listHookLog(github, repository, hookId, { limit: 1 })).items;
  expect(again).toMatchObject({ guid: missed?.guid, redelivery: true, statusCode: 202 });
});

test("a long log is read page by page, newest first", async () => {
  const { repository, hookId } = await buildMissedRun("globex");
  const { github } = world.deps;
  const whole = await listHookLog(github, repository, hookId);
  expect(whole.cursor).toBeNull();
  const byPages: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listHookLog(github, repository, hookId, {
      limit: 2,
      cursor: cursor ?? undefined,
    });
    byPages.push(...page.items.map(({ deliveryId }) => deliveryId));
    cursor = page.cursor;
  }
  expect(byPages).toEqual(whole.items.map(({ deliveryId }) => deliveryId));
  expect(byPages.length).toBeGreaterThan(2);
});

test("an id larger than a number holds is kept exactly", async () => {
  const { repository, hookId } = await buildMissedRun("hooli");
  const exact = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON("186538104883863553");
  const entry = {
    id: exact,
    guid: "g",
    event: "workflow_run",
    action: "completed",
    delivered_at: "2026-01-01T00:00:00Z",
    redelivery: false,
    status_code: 500,
  };
  world.github.faults.add({ route: "/repositories/*/hooks/*/deliveries", status: 200, body: [entry] });
  const { items } = await listHookLog(world.deps.github, repository, hookId);
  expect(items[0]?.deliveryId).toBe("186538104883863553");
});

test("a webhook that is gone is told as a refusal", async () => {
  const { repository } = await buildMissedRun("initech");
  await expect(listHookLog(world.deps.github, repository, "1")).rejects.toMatchObject({
    code: "forbidden",
  });
});
