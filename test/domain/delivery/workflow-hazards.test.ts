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
  ["holds something else", lock("acme/zekt-action@v1"), null],
])("a lock file that %s", (_, text, missing) => {
  expect(unlockedActions(text, "a.yml", used)).toEqual(missing);
});
