import { expect, test } from "vitest";
import { readHazards, unlockedActions } from "../../../app/domain/delivery/workflow-hazards.ts";

const file = (rest: string): string => `on: push\n${rest}\n`;

test.each([
  ["none", "jobs: {}", false],
  ["a plain one", "concurrency: deploy", true],
  ["one with a group", "concurrency: {group: deploy}", true],
  ["one of a job", "jobs: {a: {concurrency: deploy}}", true],
  ["one that cancels what is in progress", "concurrency: {group: a, cancel-in-progress: true}", true],
  ["one with a queue", "concurrency: {group: deploy, queue: max}", false],
  ["one of its own for each run", `concurrency: "a-\${{ github.run_id }}"`, false],
  [
    "one of its own for each delivery",
    `concurrency: "a-\${{ github.event.client_payload.zekt.deliveryId }}"`,
    false,
  ],
  ["a number, which GitHub takes for its text", "concurrency: {group: 2026}", true],
  ["one without a group", "concurrency: {cancel-in-progress: true}", false],
  ["nothing", "concurrency:", false],
  ["a list", "concurrency: [deploy]", false],
  ["a comment", "# concurrency: deploy", false],
])("of a workflow's concurrency group, %s, it is known whether runs are cancelled", (_, rest, cancels) => {
  expect(readHazards(file(rest)).cancelsRuns).toBe(cancels);
});

test("the actions of a workflow are those of its steps that are published", () => {
  const text = file(`jobs:
  a:
    steps:
      - uses: actions/checkout@v5
      - uses: ./local
      - uses: $/.github/actions/own
      - uses: docker://alpine:3
      - uses: acme/zekt-action/action/confirm@0123abc # v1.2.0
      - uses: actions/checkout@v5
      - parallel:
          - run: npm test
          - uses: actions/setup-node@v6
  b:
    uses: acme/shared/.github/workflows/b.yml@v1`);
  expect(readHazards(text).actions).toEqual([
    "actions/checkout@v5",
    "acme/zekt-action/action/confirm@0123abc",
    "actions/setup-node@v6",
  ]);
});

test.each(["", "- a", "a: [", "on: *nothing"])("of %j, which is no workflow, nothing is said", (text) => {
  expect(readHazards(text)).toEqual({ cancelsRuns: false, actions: [] });
});

const used = ["Acme/zekt-action/action/confirm@v1"];
const lock = (held: unknown): string => JSON.stringify({ version: "v0.0.2", workflows: { "a.yml": held } });

test.each<[string, string, string[] | null]>([
  ["holds the repository", lock(["acme/zekt-action@v1"]), []],
  ["holds it in the early form", lock([`acme/zekt-action@v1:sha1-${"a".repeat(40)}`]), []],
  ["holds another version", lock(["acme/zekt-action@v2"]), used],
  ["holds nothing", lock([]), used],
  ["does not name the workflow", JSON.stringify({ workflows: {} }), []],
  ["is no lock file", "hello", null],
  ["is no YAML", "a: [", null],
  ["refers to its own parts", "workflows: {b.yml: &held [acme/zekt-action@v1], a.yml: *held}", null],
  ["holds something else", lock("acme/zekt-action@v1"), null],
])("a lock file that %s", (_, text, missing) => {
  expect(unlockedActions(text, "a.yml", used)).toEqual(missing);
});

test("a list of steps may hold what is none, and a job may be none", () => {
  const text = file(
    "jobs:\n  a: 7\n  b:\n    steps: [7, {run: echo}, {uses: 8}, {uses: acme/action@v1}]\n  c:\n    steps: none",
  );
  expect(readHazards(text)).toEqual({ cancelsRuns: false, actions: ["acme/action@v1"] });
});

test.each(["see acme/action@v1", "acme/action@v1 later", "acme@v1", "acme/action"])(
  "%j names no action that is published",
  (uses) => {
    expect(readHazards(file(`jobs: {a: {steps: [{uses: "${uses}"}]}}`)).actions).toEqual([]);
  },
);

test("a lock file holds an action whatever the case of its repository, and by its commit alone at the end", () => {
  expect(unlockedActions(lock(["ACME/Zekt-Action@v1"]), "a.yml", used)).toEqual([]);
  expect(unlockedActions(lock([`acme/zekt-action@v1:sha256-${"a".repeat(64)}`]), "a.yml", used)).toEqual([]);
  expect(unlockedActions(lock(["acme/zekt-action@v1:sha1-aa-later"]), "a.yml", used)).toEqual(used);
  expect(unlockedActions(lock(["acme/other@v1"]), "a.yml", used)).toEqual(used);
  expect(unlockedActions(lock(["acme/zekt-action@:sha1-aav1"]), "a.yml", used)).toEqual(used);
  expect(unlockedActions(lock(["acmez/ekt@v1"]), "a.yml", ["acme/zekt@v1"])).toEqual(["acme/zekt@v1"]);
});

test("a version that holds an @ is another than one with the same beginning", () => {
  const actions = ["acme/many/one@one@2.0.0"];
  expect(unlockedActions(lock(["acme/many@one@2.0.0"]), "a.yml", actions)).toEqual([]);
  expect(unlockedActions(lock(["acme/many@one@1.0.0"]), "a.yml", actions)).toEqual(actions);
  expect(unlockedActions(lock(["acme/many@one2.0.0"]), "a.yml", actions)).toEqual(actions);
});
