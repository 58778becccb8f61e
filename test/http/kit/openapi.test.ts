import { expect, test } from "vitest";
import type { ApiDeps } from "../../../app/deps.ts";
import { createApi } from "../../../app/http/api.ts";
import type { DefinedRoute } from "../../../app/http/kit/route.ts";
import { silent } from "../../../harness/world.ts";
import { Documented, type Json } from "../documented.ts";

const routes: DefinedRoute[] = [];
// What only describes the API needs nothing that works.
const api = createApi(
  {
    settings: { publicUrl: "https://zekt.example" },
    log: silent,
    store: {},
  } as unknown as ApiDeps,
  routes,
);
const document: Json = await (await api.request("/api/openapi.json")).json();
const documented = new Documented(document);

/** Every schema under a node, with its place. */
function* schemasOf(node: Json, place: string): Generator<[string, Json]> {
  if (node === null || typeof node !== "object" || Array.isArray(node)) return;
  yield [place, node];
  for (const [name, property] of Object.entries<Json>(node.properties ?? {}))
    yield* schemasOf(property, `${place}.${name}`);
  if (node.items) yield* schemasOf(node.items, `${place}[]`);
  if (typeof node.additionalProperties === "object")
    yield* schemasOf(node.additionalProperties, `${place}.*`);
  for (const inner of [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])])
    yield* schemasOf(inner, place);
}

/** Every schema of the document: of bodies, answers, parameters and what they share. */
function* everySchema(): Generator<[string, Json]> {
  for (const [name, schema] of Object.entries<Json>(document.components.schemas))
    yield* schemasOf(schema, name);
  for (const { operation } of documented.operations()) {
    const { operationId, parameters = [], requestBody, responses } = operation;
    for (const { name, schema } of parameters) yield* schemasOf(schema, `${operationId} ${name}`);
    for (const { content = {} } of [requestBody ?? {}, ...Object.values<Json>(responses)]) {
      for (const { schema } of Object.values<Json>(content)) yield* schemasOf(schema, operationId);
    }
  }
}

test("the document describes every route, and nothing that is no route", () => {
  const described = [...documented.operations()].map(({ method, path }) => `${method} ${path}`);
  expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  expect(document).toMatchObject({ openapi: "3.1.0", servers: [{ url: "https://zekt.example" }] });
});

test("each tag is described, in the order in which the documentation shows them", () => {
  const used = new Set([...documented.operations()].flatMap(({ operation }) => operation.tags));
  const described: Json[] = document.tags;
  expect(new Set(described.map(({ name }) => name))).toEqual(used);
  expect(described.filter(({ description }) => !description)).toEqual([]);
});

test("a pattern's slashes are not escaped, since some makers of clients escape them", () => {
  const patterns = [...everySchema()].flatMap(([place, { pattern }]) => (pattern ? [[place, pattern]] : []));
  expect(patterns.filter(([, pattern]) => pattern.includes("/")).length).toBeGreaterThan(0);
  expect(patterns.filter(([, pattern]) => pattern.includes("\\/"))).toEqual([]);
  expect(document.components.schemas.Workflow.properties.path.pattern).toBe(
    String.raw`^\.github/workflows/[^/]+\.ya?ml$`,
  );
});

/** Every answer to a GET has an etag, but for the stream. */
const hasTag = (method: string, path: string): boolean => method === "get" && path !== "/api/changes";

test("each operation has a name of its own, says what it does, who may call it and how it refuses", () => {
  const operations = [...documented.operations()];
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { method, path, operation } of operations) {
    const name = `${method} ${path}`;
    expect(operation.summary, name).toBeTruthy();
    const [scheme] = Object.keys(operation.security[0]);
    expect(Object.keys(document.components.securitySchemes), name).toContain(scheme);
    expect(Object.keys(operation.responses), name).toEqual(
      expect.arrayContaining(["401", "429", "500", "503", ...(hasTag(method, path) ? ["304"] : [])]),
    );
    for (const [status, { content }] of Object.entries<Json>(operation.responses)) {
      if (Number(status) >= 400)
        expect(Object.keys(content), `${name} ${status}`).toEqual(["application/problem+json"]);
    }
    const inPath = (operation.parameters ?? [])
      .filter((one: Json) => one.in === "path")
      .map((one: Json) => one.name);
    expect(inPath, name).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, param]) => param));
  }
});

test("each schema is one, and refers to what is there", () => {
  for (const { method, path, operation } of documented.operations()) {
    const place = ["paths", path, method];
    if (operation.requestBody)
      documented.check(...place, "requestBody", "content", "application/json", "schema");
    for (const [status, { content = {} }] of Object.entries<Json>(operation.responses)) {
      for (const type of Object.keys(content))
        documented.check(...place, "responses", status, "content", type, "schema");
    }
  }
});

test("every field and parameter says what it is", () => {
  for (const [place, schema] of everySchema()) {
    for (const [name, property] of Object.entries<Json>(schema.properties ?? {})) {
      const said = property.$ref ? document.components.schemas[property.$ref.split("/").at(-1)] : property;
      expect(said.description, `${place}.${name}`).toBeTruthy();
    }
  }
  for (const { operation } of documented.operations()) {
    for (const { name, schema, description } of operation.parameters ?? [])
      expect(description ?? schema.description, `${operation.operationId} ${name}`).toBeTruthy();
  }
});

test("every example is a good one", () => {
  let examples = 0;
  for (const [place, schema] of everySchema()) {
    if (schema.example === undefined) continue;
    examples += 1;
    const validate = documented.compile(schema);
    validate(schema.example);
    expect(validate.errors, `${place}: ${JSON.stringify(schema.example)}`).toBeNull();
  }
  expect(examples).toBeGreaterThan(60);
});

test("the example of a refusal has that refusal's own status", () => {
  for (const { method, path, operation } of documented.operations()) {
    for (const [status, { content }] of Object.entries<Json>(operation.responses)) {
      const { example } = content?.["application/problem+json"] ?? {};
      if (Number(status) < 400) continue;
      const validate = documented.check("components", "schemas", "Problem");
      expect(validate(example), `${method} ${path} ${status}: ${JSON.stringify(example)}`).toBe(true);
      expect(example.status).toBe(Number(status));
    }
  }
});
