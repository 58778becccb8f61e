import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Repository } from "../../../app/domain/records/repository.ts";
import { Refusal } from "../../../app/domain/refusal.ts";
import { ZEKT_FILE } from "../../../app/domain/zekt-yml/zekt-file.ts";
import { enableProvider } from "../../../app/steps/catalog/enable-provider.ts";
import { applyZektFile, workFile } from "../../../app/steps/zekt-yml/apply-zekt-file.ts";
import { reportZektFile } from "../../../app/steps/zekt-yml/report-zekt-file.ts";
import type { FileJob, JobLeft } from "../../../app/store/queues.ts";
import type { CheckRun } from "../../../fake-github/state.ts";
import { type CatalogWorld, startCatalogWorld, WORKFLOW } from "../catalog/catalog-world.ts";

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const PROVIDER = `version: 1
provider:
  workflows:
    - ${WORKFLOW}
  services:
    - slug: releases
      workflow: ${WORKFLOW}
`;

const push = async (fullName: string, text: string | null) =>
  (await world.github.control.push(fullName, { [ZEKT_FILE]: text })).sha;

const checksOf = (fullName: string, sha: string): CheckRun[] =>
  world.github.control.repository(fullName).checkRuns.filter(({ headSha }) => headSha === sha);

const annotationsOf = (check: CheckRun | undefined) =>
  (check?.output.annotations ?? []) as { path: string; start_line: number; message: string }[];

/** A repository whose file was pushed and applied. */
async function buildManaged(text: string) {
  const repository = await world.buildRepository();
  const sha = await push(repository.fullName, text);
  const applied = await applyZektFile(world.deps, { repositoryId: repository.repositoryId, sha });
  return { ...repository, sha, applied };
}

const read = (repositoryId: string) => world.deps.store.accounts.getRepository(repositoryId);

describe("a good file", () => {
  test("is in force at once, and a check on its commit says what that changed", async () => {
    const { repositoryId, fullName, sha } = await buildManaged(PROVIDER);
    expect(await read(repositoryId)).toMatchObject({ provider: true, managedBy: ZEKT_FILE });
    const [check, ...others] = checksOf(fullName, sha);
    expect(others).toEqual([]);
    expect(check).toMatchObject({
      name: "Zekt",
      conclusion: "success",
      output: { title: ".github/zekt.yml is in force", annotations: [] },
    });
    expect(check?.output.summary).toBe(
      `### Done\n- enabled as a provider\n- whitelisted ${WORKFLOW}\n- offered service releases`,
    );
  });

  test("applied twice changes nothing the second time", async () => {
    const { repositoryId, fullName, sha } = await buildManaged(PROVIDER);
    const before = await world.deps.store.catalog.offerOf(repositoryId);
    world.pass(60_000);
    const again = await applyZektFile(world.deps, { repositoryId, sha });
    expect(again).toEqual({ changes: [], notes: [], problems: [] });
    expect(await world.deps.store.catalog.offerOf(repositoryId)).toEqual(before);
    expect(checksOf(fullName, sha).at(-1)?.output.summary).toBe("Nothing had to change.");
  });

  test("may be applied without a commit, and then reports on none", async () => {
    const { repositoryId, fullName } = await world.buildRepository({ files: { [ZEKT_FILE]: PROVIDER } });
    const { changes } = await applyZektFile(world.deps, { repositoryId, sha: null });
    expect(changes).toContain("enabled as a provider");
    expect(world.github.control.repository(fullName).checkRuns).toEqual([]);
  });
});

describe("a file with anything wrong in it", () => {
  test("changes nothing, and each thing is annotated on its line", async () => {
    const { repositoryId, fullName, sha, applied } = await buildManaged(
      PROVIDER.replace("slug: releases", "slug: Releases").replace("services:", "services: # what we offer"),
    );
    expect(applied.changes).toEqual([]);
    expect(await read(repositoryId)).toMatchObject({ provider: false, managedBy: null });
    expect(await world.deps.store.catalog.offerOf(repositoryId)).toEqual({ workflows: [], services: [] });
    const [check] = checksOf(fullName, sha);
    expect(check).toMatchObject({
      conclusion: "failure",
      output: { title: "1 thing to fix in .github/zekt.yml" },
    });
    expect(check?.output.summary).toContain("Nothing was changed.");
    expect(annotationsOf(check)).toEqual([
      {
        path: ZEKT_FILE,
        start_line: 6,
        end_line: 6,
        annotation_level: "failure",
        message: "provider.services[0].slug: must be lower-case letters, digits and single hyphens",
      },
    ]);
  });

  test("is told all that is wrong at once, in the order of its lines", async () => {
    const { applied } = await buildManaged(`version: 1
provider:
  workflows:
    - .github/workflows/nothing.yml
  services:
    - slug: one
      workflow: ${WORKFLOW}
      approve: [nobody-at-all, nobody-either]
consumer:
  subscriptions:
    - service: nobody/nothing/releases
    - service: nobody/nothing/releases
`);
    expect(applied.problems.map(({ line }) => line)).toEqual([4, 7, 8, 8, 11, 12, 12]);
    expect(applied.problems.map(({ message }) => message)).toEqual([
      "provider.workflows[0]: there is no .github/workflows/nothing.yml on the default branch",
      `provider.services[0].workflow: ${WORKFLOW} is not in provider.workflows; list it there so that its runs may leave`,
      "provider.services[0].approve[0]: GitHub knows no owner nobody-at-all.",
      "provider.services[0].approve[1]: GitHub knows no owner nobody-either.",
      "consumer.subscriptions[0].service: No such service, or this repository may not request it.",
      "consumer.subscriptions[1]: nobody/nothing/releases is in this list twice",
      "consumer.subscriptions[1].service: No such service, or this repository may not request it.",
    ]);
  });

  test("leaves what the good one before it said in force, and by file", async () => {
    const { repositoryId, fullName } = await buildManaged(PROVIDER);
    await push(fullName, "version: 1\nprovider: [\n");
    const { problems } = await applyZektFile(world.deps, { repositoryId, sha: null });
    expect(problems).not.toEqual([]);
    expect(await read(repositoryId)).toMatchObject({ provider: true, managedBy: ZEKT_FILE });
    expect((await world.deps.store.catalog.offerOf(repositoryId)).services).toHaveLength(1);
  });

  test("gets every annotation, though GitHub takes 50 at a time", async () => {
    const wrong = Array.from({ length: 120 }, (_, n) => `key${n}: 1`).join("\n");
    const { fullName, sha } = await buildManaged(`version: 1\n${wrong}\n`);
    const [check] = checksOf(fullName, sha);
    expect(annotationsOf(check).map(({ start_line }) => start_line)).toEqual(
      Array.from({ length: 120 }, (_, n) => n + 2),
    );
    expect(check?.output.title).toBe("120 things to fix in .github/zekt.yml");
    expect(check?.output.summary).toContain("- and 70 more");
  });

  test("is told of within GitHub's limits, whoever it concerns and in whatever script", async () => {
    const { repositoryId, fullName, sha } = await buildManaged(PROVIDER);
    const repository = (await read(repositoryId)) as Repository;
    const many = Array.from({ length: 1_000 }, (_, n) => `initech/a-repository-of-theirs-${n}`).join(", ");
    const applied = { changes: ["changed service releases"], notes: [many, many, many], problems: [] };
    await reportZektFile(world.deps, repository, sha, { became: "applied", applied });
    const problems = [1, 2].map((line) => ({ line, column: 1, message: `ключ${"ж".repeat(40_000)}` }));
    await reportZektFile(world.deps, repository, sha, {
      became: "applied",
      applied: { ...applied, problems },
    });
    const [, noted, mended] = checksOf(fullName, sha);
    expect(noted?.conclusion).toBe("success");
    expect(noted?.output.summary).toMatch(
      /^### Done\n- changed service releases\n\n### To know\n- initech.* …$/s,
    );
    expect(mended?.output.title).toBe("2 things to fix in .github/zekt.yml");
    expect(mended?.output.summary).toMatch(/^### To fix\n- line 1: ключж+ …$/);
    expect(annotationsOf(mended).map(({ message }) => message)).toEqual(
      problems.map(() => expect.stringMatching(/^ключж+ …$/)),
    );
  });

  test("is refused where the alias is another's or gives the provider away", async () => {
    await world.buildService({ alias: "Silver Pike" });
    const { applied } = await buildManaged(`${PROVIDER}      alias: silver pike\n`);
    expect(applied.problems).toEqual([
      {
        line: 8,
        column: 7,
        message: "provider.services[0].alias: The alias silver pike is taken; choose another.",
      },
    ]);
  });
});

describe("pushes that come late", () => {
  test("apply the branch's file of now, and their commit hears that a later one is in force", async () => {
    const { repositoryId, fullName } = await world.buildRepository();
    const older = await push(fullName, PROVIDER);
    const newer = await push(fullName, PROVIDER.replace("slug: releases", "slug: nightlies"));
    await applyZektFile(world.deps, { repositoryId, sha: newer });
    await applyZektFile(world.deps, { repositoryId, sha: older });
    const { services } = await world.deps.store.catalog.offerOf(repositoryId);
    expect(services.map(({ slug }) => slug)).toEqual(["nightlies"]);
    expect(checksOf(fullName, newer)).toMatchObject([{ conclusion: "success" }]);
    expect(checksOf(fullName, older)).toMatchObject([
      { conclusion: "neutral", output: { title: "A later commit's .github/zekt.yml is in force" } },
    ]);
  });

  /** Works the job of a push, and what it leaves, until nothing is left; answers the waits in milliseconds. */
  async function work(repositoryId: string, sha: string): Promise<number[]> {
    const job = { kind: "file", repositoryId, ownerId: "1", sha } as const;
    const waits: number[] = [];
    for (let left: JobLeft | null = { job }; left; ) {
      left = await workFile(world.deps, left.job as FileJob);
      if (!left) break;
      const wait = (left.at ?? 0) - world.deps.clock.now();
      waits.push(wait);
      world.pass(wait);
      world.github.control.advanceClock(wait);
    }
    return waits;
  }

  test.each([
    ["a new file", null, PROVIDER, "releases"],
    ["a changed file", PROVIDER, PROVIDER.replace("slug: releases", "slug: nightlies"), "nightlies"],
  ])("that GitHub tells of before it shows %s are waited for", async (_, before, after, slug) => {
    const { repositoryId, fullName } = before ? await buildManaged(before) : await world.buildRepository();
    world.github.control.advanceClock(60_000);
    world.github.control.configure({ pushDelayMs: 5_000 });
    const sha = await push(fullName, after);
    expect(await work(repositoryId, sha)).toEqual([10_000]);
    const { services } = await world.deps.store.catalog.offerOf(repositoryId);
    expect(services.map((service) => service.slug)).toEqual([slug]);
    expect(checksOf(fullName, sha)).toMatchObject([
      { conclusion: "success", output: { summary: expect.stringContaining(`offered service ${slug}`) } },
    ]);
    world.github.control.configure({ pushDelayMs: 0 });
  });

  test("hear after a minute and some seconds that a later one is in force", async () => {
    const { repositoryId, fullName } = await world.buildRepository();
    const older = await push(fullName, PROVIDER);
    const newer = await push(fullName, PROVIDER.replace("slug: releases", "slug: nightlies"));
    expect(await work(repositoryId, newer)).toEqual([]);
    expect(await work(repositoryId, older)).toEqual([10_000, 60_000]);
    expect(checksOf(fullName, older)).toMatchObject([{ conclusion: "neutral" }]);
  });

  test("told at once end in the newest file, whichever ends last", async () => {
    const { repositoryId, fullName } = await world.buildRepository();
    const shas = [];
    const applying = [];
    for (const slug of ["first", "second", "third"]) {
      const sha = await push(fullName, PROVIDER.replace("slug: releases", `slug: ${slug}`));
      shas.push(sha);
      applying.push(applyZektFile(world.deps, { repositoryId, sha }));
    }
    await Promise.all(applying);
    const { services } = await world.deps.store.catalog.offerOf(repositoryId);
    expect(services.map(({ slug }) => slug)).toEqual(["third"]);
  });
});

describe("a file that is gone", () => {
  test("leaves everything as it was, for people to manage", async () => {
    const { repositoryId, fullName } = await buildManaged(PROVIDER);
    const sha = await push(fullName, null);
    await applyZektFile(world.deps, { repositoryId, sha });
    expect(await read(repositoryId)).toMatchObject({ provider: true, managedBy: null });
    expect((await world.deps.store.catalog.offerOf(repositoryId)).services).toHaveLength(1);
    expect(checksOf(fullName, sha)).toMatchObject([
      {
        conclusion: "success",
        output: { title: ".github/zekt.yml is gone; people manage the repository" },
      },
    ]);
  });

  test("is no news where there never was one", async () => {
    const { repositoryId, fullName } = await world.buildRepository({ provider: true });
    const { sha } = await world.github.control.push(fullName, { "README.md": "# Hello" });
    expect(await applyZektFile(world.deps, { repositoryId, sha })).toEqual({
      changes: [],
      notes: [],
      problems: [],
    });
    expect(checksOf(fullName, sha)).toEqual([]);
  });
});

describe("what GitHub does not let us do", () => {
  test("without the checks permission the file is in force all the same, and that is logged", async () => {
    const { repositoryId, fullName, installationId } = await world.buildRepository();
    await world.github.control.setPermissions(Number(installationId), {
      contents: "write",
      repository_hooks: "write",
    });
    const sha = await push(fullName, PROVIDER);
    const { problems } = await applyZektFile(world.deps, { repositoryId, sha });
    expect(problems).toEqual([]);
    expect(await read(repositoryId)).toMatchObject({ provider: true, managedBy: ZEKT_FILE });
    expect(checksOf(fullName, sha)).toEqual([]);
    expect(world.warnings.at(-1)).toContain('"event":"file-check.failed"');
  });

  test("a check that a limit refuses is made once the limit is over", async () => {
    const { repositoryId, fullName } = await world.buildRepository();
    const sha = await push(fullName, PROVIDER);
    world.github.faults.add({ route: "**/check-runs", status: 429, headers: { "retry-after": "60" } });
    await expect(applyZektFile(world.deps, { repositoryId, sha })).rejects.toMatchObject({ status: 429 });
    expect(await read(repositoryId)).toMatchObject({ provider: true, managedBy: ZEKT_FILE });
    world.pass(61_000);
    await applyZektFile(world.deps, { repositoryId, sha });
    expect(checksOf(fullName, sha)).toMatchObject([{ conclusion: "success" }]);
  });

  test("a webhook that cannot be placed is a problem of the file, told with the way out", async () => {
    const { repositoryId, fullName, installationId } = await world.buildRepository();
    await world.github.control.setPermissions(Number(installationId), { contents: "write", checks: "write" });
    const sha = await push(fullName, PROVIDER);
    const { problems } = await applyZektFile(world.deps, { repositoryId, sha });
    expect(problems).toEqual([
      {
        line: 2,
        column: 1,
        message: expect.stringMatching(/^provider: The App lacks the "Webhooks" permission/),
      },
    ]);
    expect(await read(repositoryId)).toMatchObject({ provider: false });
    expect(checksOf(fullName, sha)).toMatchObject([{ conclusion: "failure" }]);
  });

  test("a repository out of reach is left alone", async () => {
    const { repositoryId } = await buildManaged(PROVIDER);
    await world.deps.store.accounts.setRepository({ repositoryId, reachable: false });
    expect((await applyZektFile(world.deps, { repositoryId, sha: null })).changes).toEqual([]);
    expect(await read(repositoryId)).toMatchObject({ managedBy: ZEKT_FILE });
  });

  test("a repository whose files cannot be read keeps what is in force", async () => {
    const { repositoryId, fullName, installationId } = await buildManaged(PROVIDER);
    await world.github.control.setPermissions(Number(installationId), { checks: "write" });
    const { problems } = await applyZektFile(world.deps, { repositoryId, sha: null });
    expect(problems).toEqual([
      {
        line: 1,
        column: 1,
        message: expect.stringContaining(`The App may not read the files of ${fullName}`),
      },
    ]);
    expect(await read(repositoryId)).toMatchObject({ provider: true, managedBy: ZEKT_FILE });
  });

  test("while GitHub does not answer nothing is taken for gone, and the push is told again", async () => {
    const { repositoryId, fullName } = await buildManaged(PROVIDER);
    world.github.faults.add({
      method: "GET",
      route: `/repositories/${repositoryId}/contents/.*`,
      rate_limit: "primary",
    });
    await push(fullName, `${PROVIDER}      tags: [new]\n`);
    await expect(applyZektFile(world.deps, { repositoryId, sha: null })).rejects.toThrow(/rate limit/);
    world.github.faults.clear();
    expect(await read(repositoryId)).toMatchObject({ managedBy: ZEKT_FILE });
    // The limit resets in a minute; nothing is asked before.
    world.pass(120_000);
    const { changes } = await applyZektFile(world.deps, { repositoryId, sha: null });
    expect(changes).toEqual(["changed service releases"]);
  });

  test("a file pushed while GitHub answers 502 about webhooks is applied whole by the next try", async () => {
    const { repositoryId, fullName } = await world.buildRepository();
    const sha = await push(fullName, PROVIDER);
    world.github.faults.add({ route: "**/hooks", status: 502, count: -1 });
    await expect(applyZektFile(world.deps, { repositoryId, sha })).rejects.toMatchObject({
      code: "unavailable",
    });
    // Nothing is half applied, and people may still do it by hand.
    expect(await read(repositoryId)).toMatchObject({ provider: false, managedBy: null });
    expect(checksOf(fullName, sha)).toEqual([]);
    world.github.faults.clear();
    const { problems } = await applyZektFile(world.deps, { repositoryId, sha });
    expect(problems).toEqual([]);
    expect(await read(repositoryId)).toMatchObject({
      provider: true,
      managedBy: ZEKT_FILE,
      hookProblem: null,
    });
    expect((await world.deps.store.catalog.offerOf(repositoryId)).services).toHaveLength(1);
    expect(checksOf(fullName, sha)).toMatchObject([{ conclusion: "success" }]);
  }, 60_000);

  test("a file applied in part when GitHub fails leaves the repository to people until it is applied", async () => {
    const service = await world.buildService();
    const provider = await read(service.repositoryId);
    const { repositoryId, fullName } = await world.buildRepository();
    const sha = await push(
      fullName,
      `${PROVIDER}consumer:\n  tracking: true\n  subscriptions:\n    - service: ${provider?.fullName}/${service.slug}\n`,
    );
    // The provider's webhook is placed; the consumer's request reads its workflows, which fails.
    const { setRepository } = world.deps.store.accounts;
    world.deps.store.accounts.setRepository = async (one) => {
      if (one.consumer === true)
        throw new Refusal("unavailable", "GitHub answered 502; try again in a minute.");
      return await setRepository.call(world.deps.store.accounts, one);
    };
    await expect(applyZektFile(world.deps, { repositoryId, sha })).rejects.toThrow("502");
    world.deps.store.accounts.setRepository = setRepository;
    expect(await read(repositoryId)).toMatchObject({ provider: true, consumer: false, managedBy: null });
    await enableProvider(world.deps, repositoryId, "somebody");
    await applyZektFile(world.deps, { repositoryId, sha });
    expect(await read(repositoryId)).toMatchObject({ consumer: true, managedBy: ZEKT_FILE });
  });
});

describe("the audit trail has every change of a file", () => {
  const detailsOf = async (repositoryId: string): Promise<(string | null)[]> => {
    const { items } = await world.deps.store.audit.list(`repository#${repositoryId}`);
    return items.map(({ detail }) => detail).reverse();
  };

  test("also those before GitHub failed, which the next try finds done", async () => {
    const { repositoryId, fullName } = await world.buildRepository();
    const sha = await push(fullName, `${PROVIDER}consumer:\n`);
    const { setRepository } = world.deps.store.accounts;
    world.deps.store.accounts.setRepository = async (one) => {
      if (one.consumer === true) throw new Refusal("unavailable", "GitHub answered 502.");
      return await setRepository.call(world.deps.store.accounts, one);
    };
    await expect(applyZektFile(world.deps, { repositoryId, sha })).rejects.toThrow("502");
    world.deps.store.accounts.setRepository = setRepository;
    world.pass(1000);
    await applyZektFile(world.deps, { repositoryId, sha });
    expect(await detailsOf(repositoryId)).toEqual([
      `enabled as a provider; whitelisted ${WORKFLOW}; offered service releases`,
      "enabled as a consumer",
    ]);
  });

  test("also a switch that GitHub let be made only in part", async () => {
    const { repositoryId, fullName } = await buildManaged(PROVIDER);
    world.pass(1000);
    const sha = await push(fullName, "version: 1\n");
    world.github.faults.add({ method: "DELETE", route: "**/hooks/*", status: 502, count: -1 });
    await expect(applyZektFile(world.deps, { repositoryId, sha })).rejects.toMatchObject({
      code: "unavailable",
    });
    world.github.faults.clear();
    await applyZektFile(world.deps, { repositoryId, sha });
    expect((await detailsOf(repositoryId)).slice(1)).toEqual(["disabled as a provider"]);
  }, 60_000);

  test("also those of a file that was pushed while the one before was applied", async () => {
    const { repositoryId, fullName } = await world.buildRepository();
    const sha = await push(fullName, PROVIDER);
    const { setRepository } = world.deps.store.accounts;
    let isFirst = true;
    world.deps.store.accounts.setRepository = async (one) => {
      if (one.managedBy === ZEKT_FILE && isFirst) {
        isFirst = false;
        await push(fullName, `${PROVIDER}consumer:\n`);
      }
      return await setRepository.call(world.deps.store.accounts, one);
    };
    const { changes } = await applyZektFile(world.deps, { repositoryId, sha });
    world.deps.store.accounts.setRepository = setRepository;
    expect(changes).toEqual([
      "enabled as a provider",
      `whitelisted ${WORKFLOW}`,
      "offered service releases",
      "enabled as a consumer",
    ]);
    expect((await detailsOf(repositoryId)).join("; ")).toBe(changes.join("; "));
  });
});
