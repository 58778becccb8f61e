import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bringOn, startWorld, WORKFLOW, type World } from "../../harness/world.ts";

/*
 * Holds what the fake GitHub says against what GitHub publishes: its examples of webhooks, field by
 * field and type by type, and its description of the REST API, by JSON Schema.
 */

/** Fields that GitHub has sent since its examples were recorded; its API description has them. */
const NEWER = /\/repository\/(has_discussions|allow_forking)$|^\/workflow_run\/referenced_workflows$/;

type Json = Record<string, unknown>;

/** The extract that scripts/extract-github-documents.ts makes of GitHub's published documents. */
const DOCUMENTS = JSON.parse(readFileSync(new URL("./github-documents.json", import.meta.url), "utf8")) as {
  answers: Record<string, Schema>;
  webhooks: Record<string, (Json & { action?: string })[]>;
};

/** The newest example of an event (and action) that GitHub published, of a repository's webhook where there is one. */
function example(name: string, action?: string): Json {
  const all = DOCUMENTS.webhooks[name] ?? [];
  const fitting = all.filter((one) => action === undefined || one.action === action);
  const found = fitting.findLast((one) => "repository" in one) ?? fitting.at(-1);
  if (!found) throw new Error(`There is no example of ${name} ${action ?? ""}.`);
  return found;
}

let world: World;

beforeAll(async () => {
  world = await startWorld();
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await control.completeRun(run.id, "success");
  await control.push("acme/provider", { "README.md": "hello" });
  await control.renameRepository("acme/provider", "renamed");
  await control.renameRepository("acme/renamed", "provider");
  await bringOn(world, "acme/second");
  const installation = [...world.github.world.installations.values()][0]?.id as number;
  await control.suspend(installation);
  await control.unsuspend(installation);
  await control.idle();
});
afterAll(() => world.close());

/** Paths of all fields, with their types; a null may stand for anything. */
function shape(value: unknown, path = ""): Map<string, string> {
  const fields = new Map<string, string>();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fields;
  for (const [name, one] of Object.entries(value)) {
    const at = `${path}/${name}`;
    fields.set(at, one === null ? "null" : Array.isArray(one) ? "array" : typeof one);
    for (const [inner, type] of shape(one, at)) fields.set(inner, type);
  }
  return fields;
}

/** Fields that GitHub sends in some cases only, or that depend on whose repository it is. */
const DEPENDS =
  /^\/hook\/(app_id|config\/secret)$|^\/(organization|enterprise|installation|requester)(\/|$)|\/(license|permissions|changes|head_commit|previous_attempt_url|custom_properties|master_branch|stargazers|public|role_name|roles)(\/|$)/;

test.each([
  ["workflow_run", "completed"],
  ["workflow_run", "requested"],
  ["repository", "renamed"],
  ["ping", undefined],
  ["installation", "created"],
  ["installation", "suspend"],
  ["installation_repositories", "added"],
])("a webhook %s %s has the fields and types of GitHub's example", (event, action) => {
  const sent = world.github.control
    .deliveries({ event })
    .findLast((one) => action === undefined || one.action === action);
  expect(sent, `no ${event} was sent`).toBeDefined();
  const got = shape(JSON.parse(sent?.request.body ?? "{}"));
  const wanted = shape(example(event, action));
  for (const [field, type] of wanted) {
    if (DEPENDS.test(field) || type === "null") continue;
    const parent = field.slice(0, field.lastIndexOf("/"));
    if (parent !== "" && got.get(parent) !== "object") continue;
    expect([field, got.get(field)], `${event} ${action}`).toEqual([
      field,
      got.get(field) === "null" ? "null" : type,
    ]);
  }
  const surplus = [...got.keys()].filter(
    (field) => !wanted.has(field) && !DEPENDS.test(field) && !NEWER.test(field),
  );
  const known = surplus.filter((field) => wanted.get(field.slice(0, field.lastIndexOf("/"))) === "object");
  expect(known, `${event} ${action} says more than GitHub`).toEqual([]);
});

test("workflow_run tells nothing of what a dispatch carried", async () => {
  const { control } = world.github;
  const run = await control.startRun({
    repository: "initech/consumer",
    workflow: WORKFLOW,
    event: "repository_dispatch",
  });
  const told = JSON.stringify(control.parts.runs.json(run));
  expect(told).not.toMatch(/client_payload|event_type/);
});

interface Schema {
  [key: string]: unknown;
}

/** OpenAPI 3.0's `nullable` in the words of JSON Schema. */
function toJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, example: _, examples: __, discriminator: ___, ...rest } = schema as Schema;
  const plain = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [plain, { type: "null" }] } : plain;
}

test.each([
  ["/repos/{owner}/{repo}", () => "/repositories/ID"],
  ["/repos/{owner}/{repo}/hooks", () => "/repositories/ID/hooks"],
  ["/repos/{owner}/{repo}/hooks/{hook_id}/deliveries", () => "/repositories/ID/hooks/HOOK/deliveries"],
  ["/repos/{owner}/{repo}/actions/runs", () => "/repositories/ID/actions/runs"],
  ["/repos/{owner}/{repo}/actions/workflows", () => "/repositories/ID/actions/workflows"],
  ["/installation/repositories", () => "/installation/repositories"],
])("GET %s answers as GitHub's description says", async (path, address) => {
  const schema = DOCUMENTS.answers[path];
  expect(schema).toBeDefined();
  const repository = world.github.control.repository("acme/provider");
  const account = await world.server.deps.store.accounts.getRepository(world.provider);
  const octokit = await world.server.deps.github.asWhole(
    { installationId: account?.installationId as string, ownerId: account?.ownerId as string },
    { metadata: "read", actions: "read", repository_hooks: "read" },
  );
  const { data } = await octokit.request(
    `GET ${address().replace("ID", world.provider).replace("HOOK", String(repository.hooks[0]?.id))}`,
  );
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(toJsonSchema(schema) as object);
  // Octokit reads ids beyond what a number holds exactly as bigints; over the wire they are integers.
  validate(JSON.parse(JSON.stringify(data, (_, one) => (typeof one === "bigint" ? Number(one) : one))));
  expect((validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)).toEqual(
    [],
  );
});
