import { expect, test } from "vitest";
import { dispatchTypesOf, readDispatchTypes } from "../../../app/domain/delivery/dispatch-types.ts";

const JOBS = "jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps: [{run: echo}]\n";

test.each<[string, string[] | null]>([
  ["on: push\n", []],
  ["on: repository_dispatch\n", null],
  ["on: [push, repository_dispatch]\n", null],
  ["on: {repository_dispatch: }\n", null],
  ["'on':\n  repository_dispatch:\n    types: built\n", ["built"]],
  ["on:\n  repository_dispatch:\n    types: [built, 1.10, yes]\n", ["built", "1.1", "yes"]],
  ["on:\n  push: {branches: &names [built]}\n  repository_dispatch:\n    types: *names\n", ["built"]],
  ["on:\n  repository_dispatch:\n    types: [&a built, *a]\n", ["built", "built"]],
])("a workflow with %j listens to %j", (on, types) => {
  expect(readDispatchTypes(on + JOBS)).toEqual({ types, refused: null });
});

test.each([
  [100, 1],
  [300, 20],
])(
  "anchored steps used by %d jobs, %d at a time, hide nothing of what a workflow listens to",
  (jobs, steps) => {
    const anchored = `x-env: &env {A: 1}\nx-steps: &steps\n${"  - {run: echo, env: *env}\n".repeat(steps)}`;
    const uses = Array.from(
      { length: jobs },
      (_, n) => `  job${n}:\n    runs-on: x\n    steps: *steps\n`,
    ).join("");
    const text = `on:\n  repository_dispatch:\n    types: [built]\n${anchored}jobs:\n${uses}`;
    expect(dispatchTypesOf(text)).toEqual(["built"]);
  },
);

test.each([
  [
    "on:\n  repository_dispatch:\n    branches: [main]\n    types: [a]\n",
    JOBS,
    3,
    "repository_dispatch knows no key branches.",
  ],
  ["on: repository_dispatch\n", "", 1, "It has no jobs."],
  ["on: push\non: repository_dispatch\n", JOBS, 2, "The key on is there twice."],
  ["on:\n  <<: {push: }\n  repository_dispatch:\n", JOBS, 2, "GitHub knows no merge keys (<<)."],
  ["true:\n  repository_dispatch:\n", JOBS, 1, "The key true is none; write on."],
  ["name: a\n", JOBS, 1, "It has no key on."],
  ["on:\n  repository_dispatch:\n    types: [a, ~]\n", JOBS, 3, "An event type is no text."],
  ["on:\n  repository_dispatch:\n    types: *none\n", JOBS, 3, "There is no anchor &none before this."],
  ["on:\n  repository_dispatch: [a]\n", JOBS, 2, "repository_dispatch holds no mapping."],
  ["- a\n", "", 1, "It is no mapping."],
])("a workflow that GitHub refuses is refused with its line: %j", (on, jobs, line, message) => {
  expect(readDispatchTypes(on + jobs)).toEqual({ types: [], refused: { line, message } });
});

test("nothing that a consumer wrote is warned of on the server's stderr", async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  readDispatchTypes(`on: push\n? [a]\n: 1\n${JOBS}`);
  readDispatchTypes(`on: push\nx: !odd 1\n${JOBS}`);
  await new Promise(setImmediate);
  process.off("warning", listen);
  expect(warnings).toEqual([]);
});
