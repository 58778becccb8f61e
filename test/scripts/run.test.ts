import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const RUN = fileURLToPath(new URL("../../scripts/run.mjs", import.meta.url));

let folder: string;

beforeEach(() => {
  // A project with nothing in it but a command, and an npm that notes what it was asked for.
  folder = mkdtempSync(join(tmpdir(), "zekt-run-"));
  for (const name of ["scripts", "node_modules", "bin"]) mkdirSync(join(folder, name));
  copyFileSync(RUN, join(folder, "scripts/run.mjs"));
  write("package-lock.json", "{}");
  write("scripts/build-console.ts", "process.exit(3);");
  write("scripts/command.ts", `require("node:fs").writeFileSync("ran", process.argv.slice(2).join(" "));`);
  write("bin/npm", `#!/bin/sh\necho "$@" >> asked\nexit \${NPM_FAILS:-0}\n`, 0o755);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string, mode?: number): void {
  writeFileSync(join(folder, path), text, { mode });
}

const read = (path: string): string | null =>
  existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : null;

const run = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(folder, "scripts/run.mjs"), ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`, ...env },
  });

test("packages are installed once for a lock file, and get to run no script", () => {
  expect(run(["scripts/command.ts", "with", "this"]).status).toBe(0);
  expect(read("ran")).toBe("with this");
  expect(read("asked")).toMatch(/^ci .*--ignore-scripts/);
  rmSync(join(folder, "asked"));
  run(["scripts/command.ts"]);
  expect(read("asked")).toBeNull();
  write("package-lock.json", "{ }");
  run(["scripts/command.ts"]);
  expect(read("asked")).not.toBeNull();
});

test("nothing runs over packages that could not be installed", () => {
  expect(run(["scripts/command.ts"], { NPM_FAILS: "7" }).status).toBe(7);
  expect(read("ran")).toBeNull();
  expect(read("node_modules/.installed")).toBeNull();
});

test("a server starts without the console, and nothing is deployed without it", () => {
  expect(run(["--console", "scripts/command.ts"]).status).toBe(0);
  expect(read("ran")).not.toBeNull();
  rmSync(join(folder, "ran"));
  const { status, stderr } = run(["--console-or-nothing", "scripts/command.ts"]);
  expect(status).toBe(3);
  expect(stderr).toContain("The console could not be built");
  expect(read("ran")).toBeNull();
});

test("what is packaged and deployed asks for the console or nothing", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  for (const name of ["package", "deploy"]) expect(scripts[name]).toContain(" --console-or-nothing ");
});
