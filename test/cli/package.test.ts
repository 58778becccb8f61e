import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { zektPackage } from "../../scripts/zekt-package.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
let project: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zekt-cli-"));
  const source = join(folder, "dist");
  project = join(folder, "project");
  for (const path of [source, project]) mkdirSync(path);
  for (const [name, text] of Object.entries(await zektPackage(ROOT))) writeFileSync(join(source, name), text);
  chmodSync(join(source, "zekt.js"), 0o755);
  const [packed] = JSON.parse(npm(source, "pack", "--json", "--pack-destination", folder)) as [
    { filename: string },
  ];
  writeFileSync(join(project, "package.json"), "{}");
  npm(project, "install", "--offline", "--no-audit", "--no-fund", join(folder, packed.filename));
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const npx = (args: readonly string[], input = "") =>
  spawnSync("npx", ["--no-install", "zekt", ...args], { cwd: project, encoding: "utf8", input });

test("the package brings no other package along", () => {
  const installed = JSON.parse(npm(project, "ls", "--all", "--json")) as {
    dependencies: Record<string, { dependencies?: object }>;
  };
  expect(Object.keys(installed.dependencies)).toEqual(["zekt"]);
  expect(installed.dependencies.zekt?.dependencies).toBeUndefined();
});

test("npx zekt prints its help in a folder with nothing else", () => {
  const { status, stdout, stderr } = npx(["--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("Usage: zekt ");
});

test("npx zekt checks a file there, and its exit code says what came of it", () => {
  mkdirSync(join(project, ".github"));
  writeFileSync(join(project, ".github/zekt.yml"), "version: 1\n");
  expect(npx(["validate"])).toMatchObject({ status: 0, stdout: ".github/zekt.yml is valid.\n" });
  const faulty = npx(["validate", "-"], "version: 1\nprovders: {}\n");
  expect(faulty).toMatchObject({
    status: 1,
    stdout: "-:2:1: provders: there is no such key. Is provider meant?\n",
  });
  expect(npx(["validate", "nothing.yml"]).status).toBe(2);
});

/** Names that Node 20.12, the oldest that the package names, does not know. */
const MISSING = [
  "URL.parse",
  "Map.groupBy",
  "Object.groupBy",
  "Promise.withResolvers",
  "Promise.try",
  "Array.fromAsync",
  "RegExp.escape",
  "Set.prototype.union",
  "Iterator",
];

test("zekt reads a server's settings on the oldest Node that its package names", () => {
  const old = `data:text/javascript,${MISSING.map((name) => `delete globalThis.${name}`).join(";")}`;
  const zekt = join(project, "node_modules/zekt/zekt.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [`--import=${old}`, zekt, "doctor"], {
    cwd: project,
    encoding: "utf8",
    env: { PATH: process.env.PATH, APP_ID: "1", ZEKT_PUBLIC_URL: "https://zekt.example.com" },
  });
  expect(stdout).toContain("PRIVATE_KEY: the App's private key in PEM");
  expect(stdout).not.toContain("ZEKT_PUBLIC_URL");
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^zekt: \d+ faults\.\n$/)]);
});

test("npx zekt asks a server, and a replay without a terminal asks for --yes", () => {
  const server = ["--url", "http://127.0.0.1:1", "--token", "t"];
  expect(npx(["deliveries", "a/b", ...server]).status).toBe(3);
  const replay = npx(["replay", "delivery-00000000-0000-5000-8000-000000000001", ...server], "y\n");
  expect(replay.status).toBe(2);
  expect(replay.stderr).toContain("--yes");
});

// Eleven processes, each of which starts npm and then Zekt.
test("npx zekt knows every command, and its completion is what bash takes", { timeout: 180_000 }, () => {
  for (const name of [
    "login",
    "doctor",
    "tail",
    "subscribe",
    "approve",
    "send",
    "stuck",
    "queue",
    "backup",
    "restore",
  ])
    expect(npx([name, "--help"]).stdout, name).toContain(`Usage: zekt ${name}`);
  const { stdout } = npx(["completion", "bash"]);
  expect(spawnSync("bash", ["-n"], { input: stdout, encoding: "utf8" })).toMatchObject({
    status: 0,
    stderr: "",
  });
});

test("npx zekt backs up and restores, and says where there is nothing to check", () => {
  const data = join(project, "data");
  const db = new DatabaseSync(join(mkdirSync(data, { recursive: true }) ?? data, "zekt.db"));
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7)");
  expect(npx(["backup", "saved", "--data", "data"])).toMatchObject({ status: 0 });
  db.close();
  expect(npx(["restore", "saved", "--data", "new"])).toMatchObject({ status: 0 });
  const restored = new DatabaseSync(join(project, "new/zekt.db"));
  expect(restored.prepare("SELECT n FROM t").get()).toEqual({ n: 7 });
  restored.close();
  const { status, stdout } = npx(["doctor"]);
  expect(status).toBe(1);
  expect(stdout).toContain("neither a server in this folder nor the address of one");
});

test("a reader that ends early is no fault", () => {
  const long = `version: 1\n${Array.from({ length: 9000 }, (_, n) => `k${n}: 1\n`).join("")}`;
  writeFileSync(join(project, "long.yml"), long);
  const { stdout, stderr } = spawnSync("sh", ["-c", "npx --no-install zekt validate long.yml | head -n 1"], {
    cwd: project,
    encoding: "utf8",
  });
  expect(stdout).toBe("long.yml:2:1: k0: there is no such key\n");
  expect(stderr).not.toMatch(/EPIPE|at /);
});
