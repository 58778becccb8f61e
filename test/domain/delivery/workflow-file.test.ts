import { expect, test } from "vitest";
import { readDispatchInputs } from "../../../app/domain/delivery/dispatch-inputs.ts";
import { readDispatchTypes, readMarks } from "../../../app/domain/delivery/dispatch-types.ts";
import { readHazards } from "../../../app/domain/delivery/workflow-hazards.ts";
import { growthAtDoubling } from "../../support/growth.ts";

/* Workflow files of strangers, as every reader of them reads them. */

const START =
  "on:\n  workflow_dispatch: {inputs: {zekt: {type: string}}}\n  repository_dispatch: {types: [built]}\n";
const STEPS = "x-steps: &steps\n  - uses: acme/action@v1\n";

/** Entries of one width, so that twice the number is twice the text. */
const entries = (count: number, entry: (n: string) => string): string =>
  Array.from({ length: count }, (_, n) => entry(String(n).padStart(5, "0"))).join("");
const jobsWith = (count: number, steps: string): string =>
  `jobs:\n${entries(count, (n) => `  job${n}: {runs-on: x, concurrency: a, steps: ${steps}}\n`)}`;

test.each([100, 101, 300])("a list of steps that %d jobs share hides nothing of their workflow", (jobs) => {
  const text = START + STEPS + jobsWith(jobs, "*steps");
  expect(readDispatchTypes(text)).toEqual({ types: ["built"], refused: null });
  expect(readDispatchInputs(text)).toEqual({ listens: true, problems: [], refused: null });
  expect(readHazards(text)).toEqual({ cancelsRuns: true, actions: ["acme/action@v1"] });
});

/** Kinds of files, and how many of each are read once: what is quadratic tells only among many. */
test.each<[string, number, (count: number) => string]>([
  ["jobs", 300, (count) => START + jobsWith(count, "[{uses: acme/action@v1}]")],
  ["jobs that share their steps", 300, (count) => START + STEPS + jobsWith(count, "*steps")],
  [
    "jobs that share one of many keys",
    300,
    (count) =>
      `${START}x-job: &job\n${entries(count, (n) => `  key${n}: a\n`)}jobs:\n${entries(count, (n) => `  job${n}: *job\n`)}`,
  ],
  [
    "anchors, each named once",
    1000,
    (count) =>
      `${START}x-env:\n${entries(count, (n) => `  - &a${n} a\n`)}jobs:\n  job:\n    env:\n${entries(count, (n) => `      e${n}: *a${n}\n`)}`,
  ],
  [
    "inputs",
    300,
    (count) =>
      `on:\n  workflow_dispatch:\n    inputs:\n${entries(count, (n) => `      i${n}: {required: true}\n`)}jobs: {}\n`,
  ],
  ["lines", 300, (count) => `${START}jobs: {}\n${entries(count, (n) => `# line ${n}\n`)}`],
])(
  "a workflow file of twice as many %s takes at most twice the time to read",
  { timeout: 60_000 },
  (_, size, textOf) => {
    const readAll = (text: string): void => {
      for (const read of [readDispatchTypes, readDispatchInputs, readHazards, readMarks]) read(text);
    };
    const growth = growthAtDoubling(textOf, size, readAll, 20);
    expect(growth).toBeLessThan(2 * 1.3);
  },
);
