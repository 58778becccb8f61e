import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import * as parameters from "../../app/lambda/parameter-names.ts";
import { resourcesOf } from "../../deploy/resources.ts";
import { API } from "./api-document.ts";
import { checkShell } from "./check-shell.ts";
import { codeIn, DOCUMENTS, ROOT, readDocument } from "./documents.ts";
import { syntaxProblem } from "./shell.ts";

const codes = DOCUMENTS.flatMap(({ file, prose }) =>
  prose.split("\n").flatMap((line) => codeIn(line).map((code) => ({ file, code }))),
);
const codesLike = (pattern: RegExp): [string, string][] =>
  codes.filter(({ code }) => pattern.test(code)).map(({ file, code }) => [code, file]);

test.each(codesLike(/^npm (run |start|test)/))("there is a command `%s`, as %s says", (code) => {
  expect(checkShell(code)).toEqual([]);
});

test.each(codesLike(/^(app|action|bench|demo|deploy|scripts|test)\/[\w./*-]*$/))(
  "there is `%s`, as %s says",
  (code, file) => {
    const path = join(ROOT, code);
    // The page of proofs names tests by their files, without `test/`.
    const isTest = file === "docs/proof.md" && existsSync(join(ROOT, "test", `${code}.test.ts`));
    expect(isTest || (code.includes("*") ? globSync(path).length > 0 : existsSync(path))).toBe(true);
  },
);

test.each(codesLike(/^(GET|POST|PUT|PATCH|DELETE) \/api\/(?!openapi\.json)/))(
  "the API has `%s`, as %s says",
  (code) => {
    const [method = "", path = ""] = code.split(" ");
    const template = API.templateOf(path.replaceAll(/\{\w+\}/g, "1"));
    expect(API.document.paths[template]?.[method.toLowerCase()]).toBeDefined();
  },
);

test.each(codesLike(/^aws /))("`%s` of %s is what bash reads", (code) => {
  expect(syntaxProblem(code.replaceAll(/<[^>]*>|…/g, "x"))).toBeNull();
});

test("what operations.md calls by its deployed name is deployed", () => {
  const { functions } = parse(readFileSync(`${ROOT}serverless.yml`, "utf8")) as { functions: object };
  const made = JSON.stringify(resourcesOf("prod"));
  const named = readDocument("docs/operations.md").text.match(/\bzekt-prod-[a-z-]*[a-z]\b/g) ?? [];
  const isMade = (name: string): boolean =>
    made.includes(`"${name.replace(/-restored$/, "")}"`) || name.replace("zekt-prod-", "") in functions;
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !isMade(name))).toEqual([]);
});

test("operations.md names every parameter that a function reads", () => {
  const named = readDocument("docs/operations.md").text;
  for (const name of Object.values(parameters).flat()) expect(named).toContain(`\`${name}\``);
});

test("the provider's guide tells of every reason for which an event is blocked", () => {
  const plan = readFileSync(`${ROOT}app/domain/records/routing-plan.ts`, "utf8");
  const [, reasons = ""] = /export type BlockReason =([^;]+);/.exec(plan) ?? [];
  expect(reasons).not.toBe("");
  const told = [...readDocument("docs/provider-guide.md").prose.matchAll(/^\| `([a-z-]+)` \| /gm)];
  const names = told.map(([, name]) => name);
  for (const [, reason] of reasons.matchAll(/"([a-z-]+)"/g)) expect(names).toContain(reason);
});

test.each([
  ["action.yml", "docs/provider-guide.md"],
  ["action/confirm/action.yml", "docs/consumer-guide.md"],
  ["action/complete/action.yml", "docs/consumer-guide.md"],
])("every input and output of %s is told in %s", (action, guide) => {
  const { inputs, outputs } = parse(readFileSync(`${ROOT}${action}`, "utf8")) as Record<string, object>;
  const told = readDocument(guide).prose.split("\n").flatMap(codeIn);
  const names = [...Object.keys(inputs ?? {}), ...Object.keys(outputs ?? {})];
  expect(names.filter((name) => !told.includes(name))).toEqual([]);
});

test("architecture.md names the files of the steps, and every folder of the server", () => {
  const { prose } = readDocument("docs/architecture.md");
  const [table = ""] = prose.split("## Rooms");
  const files = table
    .split("\n")
    .flatMap((line) => codeIn(line))
    .filter((code) => /^steps\/[\w/-]+\.ts$/.test(code));
  expect(files.length).toBeGreaterThan(15);
  expect(files.filter((file) => !existsSync(`${ROOT}app/${file}`))).toEqual([]);
  for (const folder of globSync(["app/*/", "action/", "cli/", "shared/", "bench/", "scripts/"], {
    cwd: ROOT,
  }))
    expect(prose).toContain(`\`${folder.replace(/\/?$/, "/")}\``);
});
