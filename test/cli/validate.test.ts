import { expect, test } from "vitest";
import { startWorld } from "../../harness/world.ts";
import { runZekt, zektAs } from "./run-zekt.ts";

const FILE = ".github/zekt.yml";
const GOOD = `version: 1
provider:
  workflows:
    - .github/workflows/release.yml
  services:
    - slug: releases
      workflow: .github/workflows/release.yml
`;

const validate = (text: string, ...options: string[]) =>
  runZekt(["validate", ...options], { files: { [FILE]: text } });

test("a good file is said to be valid, with exit code 0", async () => {
  expect(await validate(GOOD)).toMatchObject({ code: 0, out: `${FILE} is valid.\n`, err: "" });
});

test.each([
  ["an unknown key", `${GOOD}      slgu: a\n`, "8:7", "slgu: a"],
  ["an unknown key at the top", `${GOOD}consumers:\n`, "8:1", "consumers:"],
  ["a bad value", GOOD.replace("slug: releases", "slug: Releases"), "6:7", "slug: Releases"],
  ["a bad entry of a list", GOOD.replace("- .github", "-   .gitlab"), "4:9", ".gitlab"],
  ["a key that repeats", GOOD.replace("provider:", "version: 1\nprovider:"), "2:1", "version: 1"],
  [
    "a workflow that is not listed",
    GOOD.replace(/workflow: .*/, "workflow: .github/workflows/a.yml"),
    "7:7",
    "workflow",
  ],
  ["YAML that is broken", `${GOOD}consumer: { tracking: true\n`, null, null],
  [
    "a fault behind an emoji",
    "version: 1\nconsumer: { subscriptions: [{ service: '🦊/a', workflw: a }] }\n",
    "2:48",
    "workflw",
  ],
])("%s is found at its line and column", async (_, text, place, token) => {
  const { code, out } = await validate(text);
  expect(code).toBe(1);
  const [, line = "", column = ""] = /^\.github\/zekt\.yml:(\d+):(\d+): \S/.exec(out) ?? [];
  expect(line).not.toBe("");
  if (place === null) return;
  expect(`${line}:${column}`).toBe(place);
  expect(text.split("\n")[Number(line) - 1]?.slice(Number(column) - 1)).toMatch(new RegExp(`^${token}`));
});

test.each([
  ["CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
  ["a comment before", (text: string) => text],
])("places are exact with %s", async (_, change) => {
  const { out } = await validate(change(`${GOOD}      slgu: a\n`));
  expect(out).toMatch(/^\.github\/zekt\.yml:8:7: /);
});

test("an empty file has its fault at its beginning", async () => {
  expect((await validate("")).out).toMatch(/^\.github\/zekt\.yml:1:1: /);
});

test("faults come in the order of the file, and are counted on stderr", async () => {
  const { out, err } = await validate(`${GOOD}consumers:\n`.replace("slug: releases", "b: 1\n      a: 2"));
  const places = out.split("\n").map((line) => line.split(":").slice(1, 3).join(":"));
  expect(places).toEqual(["6:7", "6:7", "7:7", "9:1", ""]);
  expect(err).toBe(`zekt: 4 faults in ${FILE}.\n`);
});

test("--json prints the faults for a program", async () => {
  const { code, out } = await validate(`${GOOD}consumers:\n`, "--json");
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({
    file: FILE,
    valid: false,
    problems: [{ line: 8, column: 1, message: "consumers: there is no such key. Is consumer meant?" }],
  });
  const good = await validate(GOOD, "--json");
  expect(good.code).toBe(0);
  expect(JSON.parse(good.out)).toEqual({ file: FILE, valid: true, problems: [] });
});

test("--github prints an annotation a fault, and a name in the file starts no command of its own", async () => {
  const { code, out } = await validate(`${GOOD}"a%\\n::error::b":\n`, "--github");
  expect(code).toBe(1);
  expect(out).toBe(
    `::error file=${FILE},line=8,col=1,title=zekt.yml::a%25%0A::error::b: there is no such key\n`,
  );
});

test("a name in the file cannot steer the terminal", async () => {
  const { out } = await validate(`${GOOD}"\\e[2Ja":\n`);
  expect(out).toContain("\\u{1b}[2Ja");
});

const SERVICE = GOOD.trimEnd();
const TYPED = `${SERVICE}
      types:
        - name: released
          schema:
            type: object
            required: [version]
            properties:
              version: { type: string }
  approvals:
    - { service: releases, repository: initech/deploy, decision: approve }
`;
const NULLABLE = TYPED.replace("{ type: string }", "{ type: [string, 'null'] }");

test.each([
  ["a schema", TYPED.replace("type: object", "type: objct"), "11:13", "The schema of released is wrong: "],
  [
    "an example",
    TYPED.replace("          schema:", "          example: { version: 1 }\n          schema:"),
    "10:22",
    "The example of released must be string.",
  ],
  [
    "a filter",
    "version: 1\nconsumer:\n  subscriptions:\n    - service: a/b/c\n      filter: run.id >\n",
    "5:7",
    "The filter is wrong at line 1, column 8: ",
  ],
])("%s that is wrong is found at its place, without a network", async (_, text, place, message) => {
  const { code, out } = await validate(text);
  expect(code).toBe(1);
  expect(out).toMatch(new RegExp(`^\\.github/zekt\\.yml:${place}: \\S+: ${message}`));
});

const compare = (text: string, base: string, ...options: string[]) =>
  runZekt(["validate", "--base", "base.yml", ...options], { files: { [FILE]: text, "base.yml": base } });
const BREAKS =
  "This breaks subscribers of releases (released): /properties/version may be null now. Subscribed: initech/deploy.";

test("a change that breaks subscribers is said at its line, and fails only where it is to", async () => {
  expect(await compare(TYPED, TYPED)).toMatchObject({ code: 0, out: `${FILE} is valid.\n` });
  const warned = await compare(NULLABLE, TYPED);
  expect(warned).toMatchObject({ code: 0, err: "" });
  expect(warned.out).toBe(`${FILE}:14:15: ${BREAKS}\n${FILE} is valid.\n`);
  const failed = await compare(NULLABLE, TYPED, "--breaking", "fail");
  expect(failed).toMatchObject({
    code: 1,
    err: `zekt: ${FILE} is valid, and 1 of its changes breaks subscribers.\n`,
  });
  const marked = await compare(NULLABLE, TYPED, "--github");
  expect(marked.out).toContain(`::warning file=${FILE},line=14,col=15,title=zekt.yml::`);
});

test("to fail at what breaks without the version before is wrong usage, and passes nothing", async () => {
  expect(await runZekt(["validate", "--breaking", "fail"], { files: { [FILE]: TYPED } })).toMatchObject({
    code: 2,
    out: "",
    err: "zekt: --breaking fail needs the version before: give --base or --repository.\n",
  });
});

test("a change is JSON for a program; a base that is empty or has faults is compared with nothing", async () => {
  const { out } = await compare(GOOD.replace("slug: releases", "slug: others"), TYPED, "--json");
  expect(JSON.parse(out)).toEqual({
    file: FILE,
    valid: true,
    problems: [],
    changes: [
      {
        line: 5,
        column: 3,
        message: "This breaks subscribers of releases: the service is not offered any more.",
        verdict: "breaks",
        service: "releases",
        eventType: null,
        subscribers: null,
      },
    ],
  });
  expect(JSON.parse((await compare(TYPED, "", "--json")).out).changes).toEqual([]);
  expect(await compare(TYPED, "version: 2\n")).toMatchObject({
    code: 0,
    err: "zekt: base.yml has faults of its own, so nothing is compared with it.\n",
  });
});

test("with a repository it compares with what Zekt has, and names who subscribed", async () => {
  const world = await startWorld();
  try {
    const [service] = (
      await world.api<{ items: { serviceId: string }[] }>(
        "acme-dev",
        "GET",
        `/repositories/${world.provider}/services`,
      )
    ).items;
    const types = [{ name: "released", schema: { type: "object", required: ["version"] } }];
    await world.api("acme-dev", "PATCH", `/services/${service?.serviceId}`, { types });
    const files = { [FILE]: TYPED.replace("            required: [version]\n", "") };
    const args = ["validate", "--repository", "acme/provider", "--json"];
    const { out } = await zektAs(world, "acme-dev")(args, { files });
    expect(JSON.parse(out).changes).toMatchObject([
      { verdict: "breaks", eventType: "released", subscribers: ["initech/consumer"] },
    ]);
  } finally {
    await world.close();
  }
});

test("the file is read from stdin by -", async () => {
  expect(await runZekt(["validate", "-"], { files: { "-": GOOD } })).toMatchObject({ code: 0 });
});

test("a file that is not there is wrong usage", async () => {
  expect(await runZekt(["validate", "nothing.yml"])).toMatchObject({
    code: 2,
    err: "zekt: Cannot read nothing.yml: there is no such file.\n",
  });
});

test.each([
  [["validate", "--json", "--github"]],
  [["validate", "-", "--base", "-"]],
  [["validate", "--base", "b", "--repository", "a/b"]],
  [["validate", "--breaking", "never"]],
  [["validate", "a", "b"]],
  [["validate", "--nothing"]],
  [["nothing"]],
  [[]],
])("%j is wrong usage", async (args) => {
  const { code, out, err } = await runZekt(args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).not.toBe("");
});
