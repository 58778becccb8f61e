import type { WorkflowRunEvent } from "@octokit/webhooks-types";
import { expect, test } from "vitest";
import { iso, SECOND } from "../../../app/domain/clock.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { CONFIRMS } from "../../../app/store/fact-kinds.ts";
import { deliveryScenes } from "../../support/delivery-scene.ts";
import { chance, completedWebhook, PATH } from "../../support/model.ts";

/* A `workflow_run` webhook whose signature was checked: what is stored of it, and what follows. */

const scenes = deliveryScenes();

/** A run's webhook, changed. */
function webhook(
  repositoryId: string,
  action: WorkflowRunEvent["action"],
  run: Record<string, unknown> = {},
): WorkflowRunEvent {
  const payload = completedWebhook(repositoryId, 1) as WorkflowRunEvent;
  return { ...payload, action, workflow_run: { ...payload.workflow_run, ...run } } as WorkflowRunEvent;
}

/** Does something while the store refuses each write. */
async function withoutWrites<T>(work: () => Promise<T>): Promise<T> {
  chance.writesLeft = 0;
  try {
    return await work();
  } finally {
    chance.writesLeft = Number.POSITIVE_INFINITY;
  }
}

test("a run that finished is stored with its facts, once, and its routing enqueued each time", async () => {
  const { deps, provider, queues, clock } = await scenes.build();
  expect(await ingest(deps, webhook(provider, "completed"))).toBe("stored");
  const run = { repositoryId: provider, runId: "7", runAttempt: 1 };
  const stored = await deps.store.runs.getEvent(run);
  expect(stored).toMatchObject({
    ...run,
    ownerId: "1",
    headRepositoryId: provider,
    receivedAt: iso(clock.at),
    run: { id: 7, conclusion: "success", head_branch: "main", event: "push", actor: "a" },
  });
  expect(queues.routing).toMatchObject([{ ...run, ingestMs: expect.any(Number) }]);
  clock.at += 1000;
  // GitHub's redelivery: what stands stays, and a routing that was lost is made up for.
  expect(await ingest(deps, webhook(provider, "completed", { conclusion: "failure" }))).toBe("duplicate");
  expect(await deps.store.runs.getEvent(run)).toEqual(stored);
  expect(queues.routing).toHaveLength(2);
});

test("each attempt of a run is an event of its own", async () => {
  const { deps, provider } = await scenes.build();
  await ingest(deps, webhook(provider, "completed"));
  expect(await ingest(deps, webhook(provider, "completed", { run_attempt: 2 }))).toBe("stored");
  const { events } = await deps.store.runs.load({ repositoryId: provider, runId: "7" });
  expect(events.map(({ runAttempt }) => runAttempt)).toEqual([1, 2]);
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
});

test.each([
  ["requested", "requested", "queued"],
  ["in progress", "in_progress", "in_progress"],
  ["called completed before its time", "completed", "in_progress"],
] as const)("a run that is %s is no event: nothing is written or routed", async (_, action, status) => {
  const { deps, provider, queues } = await scenes.build();
  expect(await withoutWrites(() => ingest(deps, webhook(provider, action, { status })))).toBe("ignored");
  expect(await deps.store.runs.getEvent({ repositoryId: provider, runId: "7", runAttempt: 1 })).toBeNull();
  expect([queues.routing, queues.jobs]).toEqual([[], []]);
});

test("a followed consumer's run that no dispatch started has nothing written", async () => {
  const { deps, consumer, queues } = await scenes.build();
  await deps.store.accounts.setRepository({ repositoryId: consumer, tracking: true });
  const ended = webhook(consumer, "completed", { event: "push", status: "completed" });
  expect(await withoutWrites(() => ingest(deps, ended))).toBe("ignored");
  expect([queues.routing, queues.jobs]).toEqual([[], []]);
});

test("of a run's names so much is kept as an item holds", async () => {
  const { deps, provider } = await scenes.build();
  const long = "x".repeat(500_000);
  await ingest(deps, webhook(provider, "completed", { name: long, display_title: long }));
  const stored = await deps.store.runs.getEvent({ repositoryId: provider, runId: "7", runAttempt: 1 });
  expect([stored?.run.name?.length, stored?.run.display_title.length]).toEqual([1000, 1000]);
});

test("a name or title that is cut within a character leaves no half of one in the dispatch", async () => {
  const scene = await scenes.build();
  const { deps, provider } = scene;
  const long = `a${"🚀".repeat(600)}`;
  await ingest(deps, webhook(provider, "completed", { name: long, display_title: long }));
  await scene.work();
  const { name, display_title } = scene.sent[0]?.client_payload.workflow_run ?? {};
  for (const text of [name, display_title]) expect(text).toBe(`a${"🚀".repeat(499)}`);
});

test("a run whose head repository is gone is stored without one", async () => {
  const { deps, provider } = await scenes.build();
  await ingest(deps, webhook(provider, "completed", { head_repository: null, actor: null }));
  const stored = await deps.store.runs.getEvent({ repositoryId: provider, runId: "7", runAttempt: 1 });
  expect(stored).toMatchObject({ headRepositoryId: null, run: { actor: null } });
});

test("a followed consumer's dispatched run is passed on to tracking, and is no event of a provider", async () => {
  const { deps, consumer, queues, jobs } = await scenes.build();
  await deps.store.accounts.setRepository({ repositoryId: consumer, tracking: true });
  const run = { event: "repository_dispatch", status: "completed", head_sha: "abc", created_at: "x" };
  expect(await ingest(deps, webhook(consumer, "completed", run))).toBe("ignored");
  expect(queues.routing).toEqual([]);
  expect(await jobs()).toMatchObject([
    { kind: "track", ownerId: "1", run: { repositoryId: consumer, runId: "7", status: "completed" } },
  ]);
  await ingest(deps, webhook(consumer, "requested", run));
  await ingest(deps, webhook(consumer, "completed", { ...run, event: "push" }));
  expect(queues.jobs).toHaveLength(1);
  await ingest(deps, webhook(consumer, "in_progress", { ...run, status: "in_progress" }));
  expect(queues.jobs).toHaveLength(2);
});

/**
 * Stores what is known of a followed consumer's workflow, and returns whether a run is passed on to tracking. It
 * `waited` so many seconds for its runner, its webhook is so many late, and GitHub's clock is so many ahead of Zekt's.
 */
async function isTracked(
  known: { commit: string; confirms: boolean } | null,
  action: WorkflowRunEvent["action"],
  run: Record<string, unknown>,
  { waited = 30, late = 0, ahead = 0 } = {},
): Promise<boolean> {
  const { deps, consumer, queues, clock } = await scenes.build();
  await deps.store.accounts.setRepository({ repositoryId: consumer, tracking: true });
  if (known) await deps.store.facts.set(CONFIRMS.of({ repositoryId: consumer, workflow: PATH }), known);
  const updated_at = iso(clock.at + (ahead - late) * SECOND);
  const created_at = iso(clock.at + (ahead - late - waited) * SECOND);
  const dispatched = { event: "repository_dispatch", head_sha: "abc", created_at, updated_at, ...run };
  expect(await ingest(deps, webhook(consumer, action, dispatched))).toBe("ignored");
  return queues.jobs.length === 1;
}

const IN_PROGRESS = { status: "in_progress", conclusion: null };
const CONFIRMING = { commit: "abc", confirms: true };

test("a run in progress that will confirm by itself is not passed on to tracking", async () => {
  expect(await isTracked(CONFIRMING, "in_progress", IN_PROGRESS)).toBe(false);
});

test.each<[string, { commit: string; confirms: boolean } | null, Record<string, unknown>]>([
  ["whose workflow is not known yet", null, {}],
  ["whose workflow does not confirm, though it may complete", { commit: "abc", confirms: false }, {}],
  ["whose workflow is known at another commit alone", { commit: "abd", confirms: true }, {}],
  ["of another workflow", CONFIRMING, { path: ".github/workflows/other.yml" }],
  ["that a workflow_dispatch started", CONFIRMING, { event: "workflow_dispatch" }],
  ["that is run again", CONFIRMING, { run_attempt: 2 }],
  ["that GitHub calls completed by now", CONFIRMING, { status: "completed", conclusion: "success" }],
])("a run in progress %s is passed on to tracking", async (_, known, run) => {
  expect(await isTracked(known, "in_progress", { ...IN_PROGRESS, ...run })).toBe(true);
});

test("a run that waited longer than 30 s for its runner is passed on to tracking", async () => {
  expect(await isTracked(CONFIRMING, "in_progress", IN_PROGRESS, { waited: 31 })).toBe(true);
});

test.each([-300, 300])(
  "a run that waited longer is passed on too where GitHub's clock is %i s ahead",
  async (ahead) => {
    expect(await isTracked(CONFIRMING, "in_progress", IN_PROGRESS, { waited: 31, ahead })).toBe(true);
  },
);

test("a run that began at once is passed on where its webhook comes so late", async () => {
  expect(await isTracked(CONFIRMING, "in_progress", IN_PROGRESS, { waited: 1, late: 30 })).toBe(true);
});

test("the end of a run that was to confirm by itself is passed on to tracking, whether or not it has ended yet", async () => {
  const ended = { status: "completed", conclusion: "success" };
  expect(await isTracked(CONFIRMING, "completed", ended)).toBe(true);
  expect(await isTracked(CONFIRMING, "completed", IN_PROGRESS)).toBe(true);
});

test("a repository that is followed and a provider too has its run both tracked and stored", async () => {
  const { deps, provider, queues } = await scenes.build();
  await deps.store.accounts.setRepository({ repositoryId: provider, tracking: true });
  const run = { event: "repository_dispatch", status: "completed" };
  expect(await ingest(deps, webhook(provider, "completed", run))).toBe("stored");
  expect([queues.routing.length, queues.jobs.length]).toEqual([1, 1]);
});
