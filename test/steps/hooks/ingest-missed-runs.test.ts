import type { Server } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../../app/domain/clock.ts";
import { openGap } from "../../../app/domain/hooks/gap.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { ingestMissedRuns } from "../../../app/steps/hooks/ingest-missed-runs.ts";
import { completedWebhook, openFragileStorage, setModel, startPlainGitHub } from "../../support/model.ts";
import { type Rounds, startRounds } from "../../support/rounds.ts";

/* Runs of a gap that were started again: GitHub is asked for each attempt, and takes its time. */

let storage: ReturnType<typeof openFragileStorage>;
let github: { url: string; server: Server };
let runs: Record<string, unknown>[];
/** The attempts asked for, and in how many rounds: GitHub answers what it was asked at once all together. */
let asked: string[] = [];
let rounds: Rounds = startRounds();
/** The run of which GitHub does not give an attempt. */
let refused: number | null = null;

beforeAll(async () => {
  storage = openFragileStorage();
  github = await startPlainGitHub(async ({ url = "" }) => {
    const [, id, attempt] = /\/runs\/(\d+)\/attempts\/(\d+)$/.exec(url) ?? [];
    if (id === undefined) return { status: 200, body: { total_count: runs.length, workflow_runs: runs } };
    asked.push(`${id}/${attempt}`);
    await rounds.turn();
    if (Number(id) === refused) return { status: 502, body: {} };
    return {
      status: 200,
      body: { ...runs.find((run) => run.id === Number(id)), run_attempt: Number(attempt) },
    };
  });
});
afterEach(() => {
  [asked, rounds, refused] = [[], startRounds(), null];
});
afterAll(async () => {
  github.server.closeAllConnections();
  github.server.close();
  await storage.close();
});

/** Makes a gap of an hour in which so many runs ended, each in its second attempt, and a way to fill it. */
async function setGap(count: number) {
  const { deps, clock, repositoryId } = await setModel(storage, github.url, []);
  const repository = (await deps.store.accounts.getRepository(repositoryId)) as Repository;
  const now = iso(clock.at);
  runs = Array.from({ length: count }, (_, n) => {
    const { workflow_run } = completedWebhook(repositoryId, 2, n + 1) as { workflow_run: object };
    const urls = { html_url: "https://github.test/run", head_sha: "a".repeat(40) };
    const times = { created_at: now, run_started_at: now, updated_at: now };
    return { ...workflow_run, ...urls, ...times, status: "completed", workflow_id: 1, name: "a" };
  });
  let spent = 0;
  const progress = { spend: async () => ++spent > 0, progress: () => 0 };
  const gap = openGap(null, iso(clock.at - HOUR), iso(clock.at + MINUTE));
  const fill = () => ingestMissedRuns(deps, repository, gap, progress);
  return { fill, spent: () => spent, deps, repositoryId };
}

test("the attempts of a page's runs are asked for some at once, and each is ingested and counted", async () => {
  const { fill, spent, deps, repositoryId } = await setGap(64);
  expect(await fill()).toMatchObject({ spans: [], found: 128 });
  expect(asked.toSorted()).toEqual(runs.map(({ id }) => `${id}/1`).toSorted());
  expect(spent()).toBe(65);
  // One by one they would take ten minutes where GitHub takes nine seconds for each.
  expect(rounds.count).toBeLessThan(20);
  expect((await deps.store.runs.ofRepository(repositoryId, {})).items.length).toBeGreaterThan(0);
});

test("where GitHub does not give an attempt, the page ends there and is read again", async () => {
  const { fill } = await setGap(64);
  refused = 3;
  await expect(fill()).rejects.toMatchObject({ code: "unavailable" });
  const { length } = asked;
  expect(length).toBeLessThan(20);
  refused = null;
  const { found } = await fill();
  expect(found).toBeGreaterThan(64);
  expect(new Set(asked).size).toBe(64);
});
