import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseZektFile } from "../../../app/domain/zekt-yml/read-zekt-file.ts";
import { ZEKT_FILE } from "../../../app/domain/zekt-yml/zekt-file-path.ts";
import { zektFileJsonSchema } from "../../../app/domain/zekt-yml/zekt-file-schema.ts";

const schema = zektFileJsonSchema();
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

type Node = { description?: string; properties?: Record<string, Node> } & Record<string, unknown>;

/** Every property of a schema with its place. */
function* propertiesOf(node: Node, place = ""): Generator<[string, Node]> {
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    yield [`${place}.${key}`, property];
    yield* propertiesOf(property, `${place}.${key}`);
  }
  for (const inner of [node.items, ...((node.anyOf as Node[] | undefined) ?? [])]) {
    if (inner) yield* propertiesOf(inner as Node, place);
  }
}

test("every property of the schema says what it is, and is told of in the documentation", () => {
  const documentation = read("docs/zekt-yml.md");
  const properties = [...propertiesOf(schema as Node)];
  expect(properties.length).toBeGreaterThan(30);
  for (const [place, { description }] of properties) {
    expect(description, place).toBeTruthy();
    expect(documentation, place).toContain(`\`${place.split(".").at(-1)}\``);
  }
});

test("the published schema is the one that validates", () => {
  expect(JSON.parse(read("docs/zekt.schema.json"))).toEqual(schema);
  expect(schema.title).toBe(ZEKT_FILE);
});

test("each example of the documentation is good by the schema and by Zekt", () => {
  const isWorkflow = (text: string): boolean => /^jobs:/m.test(text);
  const examples = [...read("docs/zekt-yml.md").matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, text]) => text as string)
    .filter((text) => !isWorkflow(text));
  expect(examples.length).toBeGreaterThanOrEqual(4);
  for (const text of examples) {
    validate(parse(text));
    expect(validate.errors ?? [], text).toEqual([]);
    expect(parseZektFile(text).problems, text).toEqual([]);
  }
});

test.each([
  "version: 2",
  "version: 1\nconsumers: {}",
  "version: 1\nprovider: {}",
  "version: 1\nprovider: { workflows: [release.yml] }",
  "version: 1\nconsumer: { subscriptions: [{ service: a/b/c, durable: { confirm-within: 10 } }] }",
  "version: 1\nconsumer: { subscriptions: [{ service: a/b/c, durable: { max-attempts: 0 } }] }",
])("what Zekt refuses an editor marks as well: %s", (text) => {
  expect(validate(parse(text))).toBe(false);
  expect(parseZektFile(text).problems).not.toEqual([]);
});

test("a consumer of nothing yet is good by both", () => {
  expect(validate(parse("version: 1\nconsumer:\n"))).toBe(true);
  expect(parseZektFile("version: 1\nconsumer:\n").problems).toEqual([]);
});
