import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BUNDLED, shippedOf } from "../../scripts/shipped.ts";
import {
  type Lock,
  loose,
  outdated,
  unlicensed,
  unlocked,
  unpinned,
} from "../../scripts/supply-chain-checks.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
const lock = JSON.parse(read("package-lock.json")) as Lock;

test("every dependency is of one version, pinned by its content, and what ships may be shipped", () => {
  expect(unpinned(JSON.parse(read("package.json")) as object)).toEqual([]);
  expect(unlocked(lock)).toEqual([]);
  expect(unlicensed(lock)).toEqual([]);
});

test("what is bundled counts as shipped, with all that it is made of", () => {
  const packages = {
    "": {},
    "node_modules/react": { dev: true, license: "MIT", dependencies: { a: "1" } },
    "node_modules/react/node_modules/a": { dev: true, license: "GPL-3.0", peerDependencies: { b: "1" } },
    "node_modules/a": { dev: true },
    "node_modules/b": { dev: true },
    "node_modules/vitest": { dev: true, license: "GPL-3.0" },
  };
  expect([...shippedOf({ packages })].sort()).toEqual([
    "node_modules/b",
    "node_modules/react",
    "node_modules/react/node_modules/a",
  ]);
  expect(unlicensed({ packages })).toHaveLength(2);
});

test("every bundled package is a devDependency: npm start needs none", () => {
  const { devDependencies } = JSON.parse(read("package.json")) as { devDependencies: Record<string, string> };
  expect(BUNDLED.filter((name) => !(name in devDependencies))).toEqual([]);
});

test("the workflows of this repository use actions by their commit and begin with reading alone", () => {
  const files = readdirSync(`${root}/.github/workflows`);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(loose(file, read(`.github/workflows/${file}`))).toEqual([]);
});

test("the workflows of this repository use actions at majors that run on Node 24, CodeQL's from v4 on", () => {
  for (const file of readdirSync(`${root}/.github/workflows`))
    expect(outdated(file, read(`.github/workflows/${file}`))).toEqual([]);
  const of = (uses: string): string[] => outdated("x.yml", `steps: [{ uses: ${uses}`);
  const sha = "0".repeat(40);
  expect(of(`github/codeql-action/init@${sha} # v3.28.0`)).toEqual([
    "x.yml uses github/codeql-action before v4, which does not run on Node 24.",
  ]);
  for (const old of ["setup-node", "upload-artifact", "download-artifact"])
    expect(of(`actions/${old}@${sha} # v4.4.0`)).toHaveLength(1);
  for (const unknown of [`acme/action@${sha} # v9.0.0`, `actions/checkout@${sha}`])
    expect(of(unknown)).toHaveLength(1);
});

test("a range, an address of its own, a licence that binds and an action by its tag are each told", () => {
  expect(unpinned({ dependencies: { a: "^1.0.0" }, devDependencies: { b: "1.0.0" } })).toHaveLength(1);
  const good = { version: "1.0.0", integrity: "sha512-x", license: "MIT" };
  const packages = {
    "": {},
    "node_modules/a": good,
    "node_modules/b": { ...good, resolved: "https://elsewhere.example/b.tgz" },
    "node_modules/c": { ...good, integrity: "sha1-x" },
    "node_modules/d": { ...good, license: "GPL-3.0" },
    "node_modules/e": { ...good, license: "GPL-3.0", dev: true },
    "node_modules/f": { ...good, license: "(MIT OR GPL-3.0)" },
    "node_modules/g": { ...good, license: "MIT AND GPL-3.0" },
  };
  expect(unlocked({ packages }).map((line) => line.split(" ", 1)[0])).toEqual(["b", "c"]);
  expect(unlicensed({ packages })).toEqual([
    "d 1.0.0 is under GPL-3.0.",
    "g 1.0.0 is under MIT AND GPL-3.0.",
  ]);
  expect(
    loose("x.yml", "permissions: write-all\njobs: {a: {steps: [{uses: actions/setup-node@v5}]}}"),
  ).toHaveLength(2);
});

test.each([
  ["code of packages where something can be written", "permissions: {contents: write}", "npm test", 1],
  ["credentials where nothing is pushed", "", "ls", 1],
  ["a job that pushes", "permissions: {contents: write}", "git push origin v1", 0],
])("a job of a workflow is held to what it needs: %s", (_, permissions, run, wrong) => {
  const checkout = `uses: actions/checkout@${"0".repeat(40)}`;
  const pushes = wrong === 0 || run === "ls";
  const job = [
    "permissions: {contents: read}",
    "jobs:",
    "  a:",
    ...(permissions ? [`    ${permissions}`] : []),
    "    steps:",
    `      - ${checkout}`,
    ...(pushes ? [] : ["        with: {persist-credentials: false}"]),
    `      - run: ${run}`,
  ];
  expect(loose("x.yml", job.join("\n"))).toHaveLength(wrong);
});
