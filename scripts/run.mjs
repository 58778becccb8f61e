// Runs one of the project's commands on a machine that may have nothing but Node and npm:
// installs what the lock file names if that has not happened yet, then hands over to the
// pinned Node (a devDependency), which runs TypeScript as it stands.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, "node_modules", ".installed");
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

if (!existsSync(marker) || readFileSync(marker, "utf8") !== lock) {
  process.stderr.write("Installing the packages of package-lock.json (once, about a minute) …\n");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    process.stderr.write("`npm ci` failed; its message is above. Mend that and run the command again.\n");
    process.exit(npm.status ?? 1);
  }
  writeFileSync(marker, lock);
}

const given = process.argv.slice(2);
const withConsole = given[0] === "--console";
const [script, ...args] = withConsole ? given.slice(1) : given;
const node = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
if (withConsole) {
  // Built where its sources changed since; a server runs without it, too, and says so.
  spawnSync(
    existsSync(node) ? node : process.execPath,
    [join(root, "scripts/build-console.ts"), "--if-stale"],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
}
const child = spawn(existsSync(node) ? node : process.execPath, [join(root, script), ...args], {
  stdio: "inherit",
  env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
