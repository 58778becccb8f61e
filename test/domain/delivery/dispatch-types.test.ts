import { expect, test } from "vitest";
import { readDispatchInputs } from "../../../app/domain/delivery/dispatch-inputs.ts";
import {
  dispatchTypesOf,
  type FileMarks,
  listensTo,
  readDispatchTypes,
  readMarks,
} from "../../../app/domain/delivery/dispatch-types.ts";
import { readHazards, unlockedActions } from "../../../app/domain/delivery/workflow-hazards.ts";

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

const PLAIN = { speaks: false, confirms: false, namesDelivery: false };
test.each<[string, string, Partial<FileMarks>]>([
  [
    "uses the confirm action",
    "      - uses: zekt-dev-org/zekt-action/action/confirm@v1",
    { speaks: true, confirms: true },
  ],
  ["uses the complete action", "      - uses: zekt-dev-org/zekt-action/action/complete@v1", { speaks: true }],
  [
    "calls the address of the confirm action",
    "      - run: curl $URL/event-delivery/confirm",
    { speaks: true, confirms: true },
  ],
  [
    "calls the address of the complete action",
    "      - run: curl $URL/event-delivery/complete",
    { speaks: true },
  ],
  ["names it in a comment", "      # uses: zekt-dev-org/zekt-action/action/confirm@v1", {}],
  ["uses an action called alike", "      - uses: acme/action/confirmation@v1", {}],
  [
    "has the id in its run-name",
    `run-name: Deploy \${{ github.event.client_payload.zekt.deliveryId }}`,
    { namesDelivery: true },
  ],
  ["has a run-name without the id", "run-name: Deploy", {}],
  ["has the id elsewhere", "  run: echo deliveryId", {}],
  ["has the id in a run-name that is a step's", "      run-name: deliveryId", {}],
  ["has the id in a comment", "# run-name: deliveryId", {}],
])(
  "of a workflow that %s it is known whether it speaks of its delivery, confirms and names it",
  (_, line, marks) => {
    expect(readMarks(`on: push\n${line}\n${JOBS}`)).toEqual({ ...PLAIN, ...marks });
  },
);

test("a type is listened to where it is listed, or where any is", () => {
  expect(listensTo(null, "built")).toBe(true);
  expect(listensTo(["tested", "built"], "built")).toBe(true);
  expect(listensTo(["tested"], "built")).toBe(false);
  expect(listensTo([], "built")).toBe(false);
});

test.each<[string, string[] | null]>([
  ["on: [push, repository_dispatch]\n", null],
  ["on: [push]\n", []],
  ["on: 7\n", []],
  ["on: {}\n", []],
  ["on: &any repository_dispatch\n", null],
  ["x: &types [a, b]\non:\n  repository_dispatch:\n    types: *types\n", ["a", "b"]],
  ["x: &one a\non:\n  repository_dispatch:\n    types: [*one, b]\n", ["a", "b"]],
  ["x: &nothing\non:\n  repository_dispatch: *nothing\n", null],
  ["on:\n  repository_dispatch: {}\n", null],
  ["on:\n  repository_dispatch:\n    types:\n", null],
  ["on:\n  repository_dispatch:\n    types: 7\n", ["7"]],
])("a workflow with %j, which GitHub takes, listens to %j", (on, types) => {
  expect(readDispatchTypes(on + JOBS)).toEqual({ types, refused: null });
});

test.each<[string, number, RegExp]>([
  ["on: [push\n", 2, /./],
  ["on:\n  repository_dispatch: 7\n", 2, /holds no mapping/],
  ["on:\n  repository_dispatch:\n    other: [a]\n", 3, /knows no key other/],
  ["on:\n  ? [a]\n  : 1\n", 2, /A key is no text/],
])("a workflow with %j is refused on its line %i", (on, line, message) => {
  const { types, refused } = readDispatchTypes(on + JOBS);
  expect(types).toEqual([]);
  expect(refused).toMatchObject({ line: expect.any(Number), message: expect.stringMatching(message) });
  expect(refused?.line).toBeGreaterThanOrEqual(line);
});

test("nothing that a consumer wrote is warned of on the server's stderr", async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  for (const odd of ["? [a]\n: 1\n", "x: !odd 1\n"]) {
    const text = `on: push\n${odd}${JOBS}`;
    for (const read of [readDispatchTypes, readDispatchInputs, readHazards, readMarks]) read(text);
    unlockedActions(`${odd}workflows: {a.yml: []}\n`, "a.yml", []);
  }
  await new Promise(setImmediate);
  process.off("warning", listen);
  expect(warnings).toEqual([]);
});
