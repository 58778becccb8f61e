import { expect, test } from "vitest";
import { runZekt } from "./run-zekt.ts";

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
    problems: [{ line: 8, column: 1, message: "consumers: there is no such key" }],
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
  [["validate", "a", "b"]],
  [["validate", "--nothing"]],
  [["nothing"]],
  [[]],
])("%j is wrong usage", async (args) => {
  const { code, out, err } = await runZekt(args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).not.toBe("");
});
