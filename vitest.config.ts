import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest begins first: begun last, one of them alone would hold up the end. */
const LONGEST = [
  "durable-run",
  "console-injection",
  "lambda/story",
  "chaos",
  "console/pages",
  "guides",
  "kill",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.includes(name));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/before-all.ts",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Unless said, a poll gives up after one second, which a busy machine needs for less.
    expect: { poll: { timeout: 15_000 } },
    // What a busy machine makes late is tried once more where nobody watches; a fault fails twice.
    retry: process.env.CI ? 1 : 0,
    // A thread for each file starts in half the time of a process.
    pool: "threads",
    // Two of everything that listens is plenty for two cores.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
