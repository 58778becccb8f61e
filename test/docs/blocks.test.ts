import { expect, test } from "vitest";
import { DEFAULT_ACTIONS, exampleWorkflow } from "../../app/domain/catalog/example-workflow.ts";
import { deliveryStatus } from "../../app/http/views/delivery.ts";
import { checkJson } from "./check-json.ts";
import { checkShell } from "./check-shell.ts";
import { checkTypes } from "./check-types.ts";
import { checkYaml, foreignExpressions, staleActions } from "./check-yaml.ts";
import { type Block, DOCUMENTS, readDocument } from "./documents.ts";
import { isSaid } from "./messages.ts";

const STATUSES: readonly string[] = deliveryStatus.options;

/** Shapes of the command line's output, which test/docs/cli.test.ts compares with the program's. */
const PRINTED_BY_ZEKT = ["help", "faults"];

/** The checker of each language's blocks. */
const CHECKERS: Record<string, (block: Block) => string[]> = {
  yaml: ({ text }) => checkYaml(text),
  json: ({ text, shape }) => checkJson(text, shape),
  jsonc: ({ text, shape }) => checkJson(text, shape),
  ts: ({ text }) => checkTypes(text),
  sh: ({ text }) => checkShell(text),
  text({ file, text, shape }) {
    if (file === "docs/cli.md" && PRINTED_BY_ZEKT.includes(shape)) return [];
    return shape === "statuses"
      ? (text.match(/\w+/g) ?? []).filter((word) => !STATUSES.includes(word))
      : text.split("\n").filter((line) => line !== "" && !isSaid(line));
  },
};

const all = DOCUMENTS.flatMap(({ blocks }) => blocks);

test.each(all.map((block) => [`${block.file}:${block.line}`, block] as const))(
  "the block at %s holds",
  (_, block) => {
    const check = CHECKERS[block.language] ?? (() => [`nobody checks the language "${block.language}"`]);
    expect(check(block)).toEqual([]);
  },
);

test("README and guides name Zekt's actions as the default of ZEKT_ACTIONS does, or pinned with the version behind", () => {
  const named = DOCUMENTS.filter(({ text }) => text.includes(DEFAULT_ACTIONS));
  expect(named.map(({ file }) => file)).toContain("README.md");
  for (const { file, text } of DOCUMENTS) expect(staleActions(text), file).toEqual([]);
});

test.each([
  "zekt-dev-org/zekt-action@v9",
  "zekt-dev-org/zekt-action/action/confirm@main",
  "acme/zekt-action@v1",
  "zekt-dev-org/zekt-action@<sha>",
])("a document that names %s is found", (mention) => {
  expect(staleActions(`Use \`${mention}\`.`)).toEqual([mention]);
});

test("no script of a guide or of the console's example holds what a provider sends, titles included", () => {
  const shown = all.filter(({ language, text }) => language === "yaml" && /^jobs:/m.test(text));
  const wish = { service: { slug: "a", provider: "b" }, eventTypes: ["c"], apiUrl: "https://zekt.example" };
  const offered = (["repository_dispatch", "workflow_dispatch"] as const).flatMap((start) =>
    [true, false].flatMap((durable) =>
      [true, false].map((shielded) => exampleWorkflow({ ...wish, durable, shielded, start }).text),
    ),
  );
  for (const text of [...shown.map(({ text }) => text), ...offered])
    expect(foreignExpressions(text)).toEqual([]);
  const title = `'\${{ github.event.client_payload.workflow_run.display_title }}'`;
  const unsafe = `on: push\njobs: {a: {runs-on: x, steps: [{run: "echo ${title}"}]}}`;
  expect(foreignExpressions(unsafe)).toHaveLength(1);
  const { prose } = readDocument("docs/consumer-guide.md");
  expect(prose).toMatch(
    /`display_title` is text that anybody who commits may write.*pass it to a script by `env`/,
  );
});

test("every fence of every document is one of a block", () => {
  for (const { file, prose } of DOCUMENTS) expect(prose, file).not.toMatch(/^\s*(```|~~~)/m);
});

test.each<[string, Partial<Block>]>([
  ["a workflow that GitHub would refuse", { language: "yaml", text: "on: pushed\njobs: {}\n" }],
  [
    "an input that the action has not",
    {
      language: "yaml",
      text: "on: push\npermissions: { id-token: write }\njobs:\n  a:\n    runs-on: x\n    steps: [{ uses: zekt-dev-org/zekt-action@v1, with: { type: a, zekt-api-url: b } }]\n",
    },
  ],
  [
    "an action that nothing tells where Zekt answers",
    {
      language: "yaml",
      text: "on: push\npermissions: { id-token: write }\njobs:\n  a:\n    runs-on: x\n    steps: [{ uses: zekt-dev-org/zekt-action@v1, with: { event-type: a } }]\n",
    },
  ],
  ["a key that zekt.yml has not", { language: "yaml", text: "version: 1\nproviders: {}\n" }],
  ["YAML that is neither", { language: "yaml", text: "a: 1\n" }],
  ["a path that the API has not", { language: "sh", text: "api GET /nothing\n" }],
  [
    "a body that the API refuses",
    { language: "sh", text: "api PATCH /repositories/1 '{\"provider\": 1}'\n" },
  ],
  ["a script that package.json has not", { language: "sh", text: "npm run nothing\n" }],
  ["a command that nobody knows", { language: "sh", text: "rm -rf x\n" }],
  ["shell that bash cannot read", { language: "sh", text: "npm start $(\n" }],
  ["a field that a dispatch has not", { language: "json", shape: "ClientPayload", text: '{"nothing": 1}' }],
  ["JSON of no shape", { language: "json", shape: "", text: "{}" }],
  ["TypeScript whose types do not fit", { language: "ts", text: "const n: number = process.cwd();\n" }],
  ["a text that nothing prints", { language: "text", shape: "", text: "Nothing prints this." }],
])("%s is found", (_, block) => {
  const check = () =>
    CHECKERS[block.language ?? ""]?.({ file: "", line: 1, shape: "", text: "", ...block } as Block);
  let found: unknown;
  try {
    found = check();
  } catch (error) {
    found = error;
  }
  expect(found).not.toEqual([]);
});
