import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest begins first: begun last, one of them alone would hold up the end. */
const LONGEST = [
  "durable-run",
  "console-injection",
  "chaos",
  "lambda/roles",
  "lambda/story",
  "console/pages",
  "lambda/long",
  "console/stories",
  "maintain-hooks",
  "delivery/kill",
  "main/start",
  "console/first-page",
  "console/long-list",
  "console/states",
  "console/dialogs",
  "console/forms",
  "cli/package",
  "guides",
  "workflow-commands",
  "console/map",
  "contract/archive",
  "simulation/ends",
  "known-vulnerabilities",
];

const FILES = "test/**/*.test.ts";
/** The files that put something in the place of a module (nock: of `node:http` and `fetch`), which they share with none. */
const ALONE = globSync(FILES, { cwd: import.meta.dirname }).filter((file) =>
  /\bvi\.(do)?mock\(|from "nock"/i.test(readFileSync(join(import.meta.dirname, file), "utf8")),
);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      // One between others would end the thread that those share.
      if (project.name === "alone") return LONGEST.length + 1;
      const at = LONGEST.findIndex((name) => moduleId.includes(name));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    globalSetup: "test/support/before-all.ts",
    setupFiles: "test/support/as-found.ts",
    // A busy machine takes several times as long as the one that these tests were written on.
    testTimeout: 40_000,
    hookTimeout: 40_000,
    // Unless said, a poll gives up after one second, which a busy machine needs for less.
    expect: { poll: { timeout: 15_000 } },
    // What a busy machine makes late is tried once more where nobody watches; a fault fails twice.
    retry: process.env.CI ? 1 : 0,
    // Two processes for all files: what they load is loaded twice, and V8 has compiled it by the tenth file. Each starts
    // others, and to copy its pages costs less than those of one process with both as threads.
    pool: "forks",
    projects: [
      { extends: true, test: { name: "together", include: [FILES], exclude: ALONE, isolate: false } },
      { extends: true, test: { name: "alone", include: ALONE, isolate: true } },
    ],
    // Two of everything that listens is plenty for two cores.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
