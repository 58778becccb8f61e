import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { startGitHub } from "../../fake-github/server.ts";
import { until } from "../../harness/stage.ts";

const ACTION = fileURLToPath(new URL("../../action/validate/", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-validate-"));
  mkdirSync(join(folder, ".github"));
  for (const name of ["output", "summary"]) writeFileSync(join(folder, name), "");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the action's bundle as a runner does, on a file where one is given. */
function validate(text: string | null, inputs: Record<string, string> = {}, workspace = folder) {
  if (text !== null) writeFileSync(join(folder, ".github/zekt.yml"), text);
  const { runs, inputs: known } = parse(readFileSync(join(ACTION, "action.yml"), "utf8"));
  const values = Object.entries({ file: known.file.default, ...inputs }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ACTION, runs.main)], {
    cwd: folder,
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: join(folder, "output"),
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      ...Object.fromEntries(values),
    },
  });
  expect(stderr).toBe("");
  return {
    status,
    stdout,
    output: readFileSync(join(folder, "output"), "utf8"),
    summary: readFileSync(join(folder, "summary"), "utf8"),
  };
}

test("a valid file passes", () => {
  expect(validate("version: 1\n")).toEqual({
    status: 0,
    stdout: ".github/zekt.yml is valid.\n",
    output: "faults=0\nbreaking=0\n",
    summary: "",
  });
});

test("each fault is marked at its line and column, counted, and in the summary", () => {
  const { status, stdout, output, summary } = validate("version: 1\nprovders: {}\nconsumers: {}\n");
  expect(status).toBe(1);
  expect(stdout.split("\n")).toEqual([
    "::error file=.github/zekt.yml,line=2,col=1,title=zekt.yml::provders: there is no such key. Is provider meant?",
    "::error file=.github/zekt.yml,line=3,col=1,title=zekt.yml::consumers: there is no such key. Is consumer meant?",
    "",
  ]);
  expect(output).toBe("faults=2\nbreaking=0\n");
  expect(summary).toContain("### 2 faults in ");
  expect(summary).toContain("| 2 | 1 | provders");
});

test("a text of the file cannot write a workflow command, nor markup into the summary", () => {
  const { stdout, summary } = validate('version: 1\n"a\\n::error::b <img src=x> [c](d)": 1\n');
  expect(stdout.match(/^::/gm)).toHaveLength(1);
  expect(summary).not.toMatch(/<img|\]\(d\)/);
});

test("a file that is not there is no fault, since a pull request may remove it", () => {
  expect(validate(null)).toMatchObject({ status: 0, output: "faults=0\nbreaking=0\n" });
  expect(validate(null).stdout).toContain("::notice::There is no .github/zekt.yml");
});

test("a workspace without anything in it fails the step, since the repository was not checked out", () => {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  expect(validate(null, {}, empty)).toMatchObject({
    status: 1,
    stdout:
      "::error::The workspace is empty, so there is nothing to check: put the step actions/checkout before this one.\n",
    output: "",
  });
});

test("a change that breaks subscribers is marked and counted, and fails the step where it is to", () => {
  const text = (values: string) => `version: 1
provider:
  workflows: [.github/workflows/a.yml]
  services:
    - slug: releases
      workflow: .github/workflows/a.yml
      types:
        - name: released
          schema: { enum: [${values}] }
`;
  writeFileSync(join(folder, "base.yml"), text("a, b"));
  expect(validate(text("a"), { base: "base.yml" })).toMatchObject({
    status: 0,
    output: "faults=0\nbreaking=0\n",
  });
  for (const [breaking, level, status] of [
    ["warn", "warning", 0],
    ["fail", "error", 1],
  ] as const) {
    const ran = validate(text("a, b, c"), { base: "base.yml", breaking });
    expect(ran.status).toBe(status);
    expect(ran.stdout).toContain(
      `::${level} file=.github/zekt.yml,line=9,col=11,title=zekt.yml::This breaks subscribers of releases (released): a message may be "c" now.`,
    );
    expect(ran.output).toContain("faults=0\nbreaking=1\n");
    expect(ran.summary).toContain("| 9 | 11 |");
  }
  expect(validate(text("c"), { base: "none.yml" })).toMatchObject({ status: 0 });
  expect(validate(text("c"), { base: "base.yml", breaking: "no" }).stdout).toContain(
    "breaking must be warn or fail",
  );
});

test("a change that is to fail, with nothing to compare it with, is warned of", () => {
  const warning = "::warning::breaking is fail, but base is empty, so nothing is compared.\n";
  expect(validate("version: 1\n", { breaking: "fail" })).toMatchObject({
    status: 0,
    stdout: `${warning}.github/zekt.yml is valid.\n`,
  });
  expect(validate("version: 1\n", { breaking: "warn" }).stdout).not.toContain("::warning::");
});

test("another file may be named; a folder is none", () => {
  writeFileSync(join(folder, "other.yml"), "version: 2\n");
  expect(validate(null, { file: "other.yml" }).stdout).toMatch(/^::error file=other\.yml,line=1,/);
  expect(validate(null, { file: ".github" })).toMatchObject({ status: 1 });
});

test("the workflow of docs/zekt-yml.md runs it on a pull request's file, without any permission but to read", async () => {
  const github = await startGitHub({ localActions: { "zekt-dev-org/zekt-action": ROOT } });
  const { control } = github;
  control.createAccount({ login: "zekt-dev-org", type: "Organization" });
  control.createAccount({ login: "acme", type: "Organization" });
  const [, workflow = ""] =
    /```yaml\n(name: Check zekt\.yml[\s\S]*?)```/.exec(readFileSync(`${ROOT}docs/zekt-yml.md`, "utf8")) ?? [];
  expect(workflow).toContain("action/validate@v1");
  for (const [text, conclusion] of [
    ["version: 1", "success"],
    ["version: 2", "failure"],
  ] as const) {
    // The fake GitHub checks nothing out; the step in its place writes the file.
    const put = `      - run: |\n          mkdir .github && echo "${text}" > .github/zekt.yml\n`;
    const onPush = workflow
      .replace("pull_request:", "push:")
      .replace(/ {6}- uses: actions\/checkout@v5\n/, put);
    const name = conclusion;
    control.createRepository({ owner: "acme", name, files: { ".github/workflows/check.yml": onPush } });
    const run = await control.startRun({
      repository: `acme/${name}`,
      workflow: ".github/workflows/check.yml",
      execute: true,
    });
    await until(() => control.runAnswer(run).status === "completed");
    expect(control.runAnswer(run).conclusion, text).toBe(conclusion);
  }
  await github.close();
});
