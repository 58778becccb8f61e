import { afterEach, expect, test, vi } from "vitest";
import { ZEKT_FILE } from "../../../app/domain/zekt-yml/zekt-file.ts";
import { outageOf } from "../../../app/github/outage.ts";
import { withinTime } from "../../../app/github/requests.ts";
import { workFile } from "../../../app/steps/zekt-yml/apply-zekt-file.ts";
import { type Rounds, startRounds } from "../../support/rounds.ts";
import { type CatalogWorld, startCatalogWorld, WORKFLOW } from "../catalog/catalog-world.ts";

/* The file of a repository, while GitHub takes seconds for each answer and a function has half a minute. */

/** The milliseconds that GitHub takes for an answer, and that a function has for asking. */
const ANSWER = 5000;
const TIME = 28_000;

let world: CatalogWorld;
let rounds: Rounds;
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

/** Starts a world whose GitHub takes its time for whatever it is asked at once. */
async function startSlowWorld(): Promise<void> {
  rounds = startRounds();
  world = await startCatalogWorld(async (url, init) => {
    await rounds.turn();
    return await fetch(url, init);
  });
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + rounds.count * ANSWER);
}

test("each try ends in time and goes on where the one before ended, until the file is in force", async () => {
  await startSlowWorld();
  const repository = await world.buildRepository();
  const owners = await Promise.all([1, 2, 3].map(() => world.buildRepository()));
  const approved = owners.map(({ fullName }) => fullName.split("/")[0]);
  const services = approved.map((login) =>
    [`    - slug: for-${login}`, `      workflow: ${WORKFLOW}`, `      approve: [${login}]`].join("\n"),
  );
  const text = `version: 1\nprovider:\n  workflows:\n    - ${WORKFLOW}\n  services:\n${services.join("\n")}\n`;
  const { sha } = await world.github.control.push(repository.fullName, { [ZEKT_FILE]: text });
  const job = {
    kind: "file" as const,
    repositoryId: repository.repositoryId,
    ownerId: repository.ownerId,
    sha,
  };
  let tries = 0;
  for (let isDone = false; !isDone && tries < 8; tries++) {
    const before = rounds.count;
    isDone = await withinTime(TIME, () => workFile(world.deps, job)).then(
      (left) => left === null,
      (error: unknown) => {
        expect(outageOf(error)).toMatchObject({ code: "unavailable" });
        return false;
      },
    );
    expect((rounds.count - before) * ANSWER).toBeLessThanOrEqual(TIME);
  }
  const { checkRuns } = world.github.control.repository(repository.fullName);
  expect(checkRuns.map(({ conclusion }) => conclusion)).toEqual(["success"]);
  expect(tries).toBeLessThanOrEqual(6);
});

test("what the App may in a repository is asked for once, however many workflows its file has started", async () => {
  world = await startCatalogWorld();
  const service = await world.buildService();
  const { fullName } = (await world.deps.store.accounts.getRepository(service.repositoryId)) as {
    fullName: string;
  };
  const workflows = Array.from({ length: 20 }, (_, n) => `.github/workflows/w${n}.yml`);
  const subscriptions = workflows.map((path) =>
    [
      `    - service: ${fullName}/${service.slug}`,
      `      workflow: ${path}`,
      "      start: workflow_dispatch",
    ].join("\n"),
  );
  const files = Object.fromEntries(workflows.map((path) => [path, "on: workflow_dispatch\njobs: {}\n"]));
  const text = `version: 1\nconsumer:\n  subscriptions:\n${subscriptions.join("\n")}\n`;
  const repository = await world.buildRepository({ files: { ...files, [ZEKT_FILE]: text } });
  const { requests } = world.github.control.parts;
  requests.clear();
  const { repositoryId, ownerId } = repository;
  await workFile(world.deps, { kind: "file", repositoryId, ownerId, sha: null });
  const asked = requests.list().filter(({ path }) => /^\/app\/installations\/\d+$/.test(path));
  expect(asked).toHaveLength(1);
});
