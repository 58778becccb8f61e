// Runs one of the project's commands on a machine that may have nothing but Node and npm:
// installs what the lock file names if that has not happened yet, then hands over to the
// pinned Node (an optional dependency, one package a platform), which runs TypeScript as it stands.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedOf, inTurn, trimNode } from "./installed.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isWindows = process.platform === "win32";

const OPTIONS = {
  // Packages of production suffice, where no others are installed.
  "--production": "production",
  // The console is built where its sources changed: a server goes on where that fails, a deployment does not.
  "--console": "console",
  "--console-or-nothing": "console-or-nothing",
};
const given = process.argv.slice(2);
const options = [];
while (given[0] in OPTIONS) options.push(OPTIONS[given.shift()]);
const [script, ...args] = given;

const suffices = () => {
  const installed = installedOf(root);
  return installed === "all" || (installed === "production" && options.includes("production"));
};
if (!suffices()) {
  const status = inTurn(root, () => {
    // Another command may have installed them meanwhile.
    if (suffices()) return 0;
    process.stderr.write(
      "Installing the packages of package-lock.json into node_modules: once, about a minute and up to 1.3 GB. npm counts below.\n",
    );
    // No package needs a script of its own to work, so none gets to run one. On Windows npm is a batch file, which
    // only a shell runs; Node warns of arguments beside a shell.
    // https://nodejs.org/docs/latest-v24.x/api/deprecations.html#DEP0190
    const npm = spawnSync("npm ci --ignore-scripts --no-audit --no-fund --loglevel=error", {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
      shell: true,
    });
    if (npm.status === 0) trimNode(root);
    return npm.status ?? 1;
  });
  if (status !== 0) {
    process.stderr.write("`npm ci` failed; its message is above. Fix that and run the command again.\n");
    process.exit(status);
  }
}

const platform = `node-${isWindows ? "win" : process.platform}-${process.arch}`;
const folder = join(root, "node_modules", platform);
const pinned = join(folder, "bin", isWindows ? "node.exe" : "node");
const own = process.versions.node;
const { released, fixed } = JSON.parse(readFileSync(join(root, "scripts/node-security.json"), "utf8"));
const isFixed = (version) =>
  fixed[version.split(".", 1)[0]]?.localeCompare(version, "en", { numeric: true }) <= 0;
// Node's own builds need glibc: in Alpine, for one, they do not start.
const startsPinned = existsSync(pinned) && spawnSync(pinned, ["--version"]).status === 0;
const pinnedVersion = startsPinned
  ? JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version
  : null;
const isPinned = pinnedVersion !== null && (isFixed(pinnedVersion) || !isFixed(own));
const node = isPinned ? pinned : process.execPath;
if (!isPinned && Number(own.split(".", 1)[0]) < 24) {
  process.stderr.write(
    `Zekt runs on Node 24. This is ${process.version}, and npm has none that starts here (${platform}): install Node 24 and run the command again.\n`,
  );
  process.exit(1);
}
const version = isPinned ? pinnedVersion : own;
if (!isFixed(version)) {
  process.stderr.write(
    `Node ${version} lacks the security fixes of ${released}. Install Node ${Object.values(fixed).join(" or ")}; Zekt then runs on that.\n`,
  );
}
if (options.some((option) => option.startsWith("console"))) {
  const { status } = spawnSync(node, [join(root, "scripts/build-console.ts"), "--if-stale"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0 && options.includes("console-or-nothing")) {
    process.stderr.write("The console could not be built; the message is above. Nothing else was done.\n");
    process.exit(status || 1);
  }
}
// Node keeps here what it compiled, without types: the next start spares that time, and the memory it takes.
const { NODE_COMPILE_CACHE = join(root, "node_modules/.cache/compiled") } = process.env;
// A server collects what its start left behind, which spares some 30 MB, as `npm run bench -- small` shows.
// Its heap grows to three times what is alive, not four: a burst leaves less memory taken.
const flags = options.includes("production")
  ? JSON.parse(readFileSync(join(root, "scripts/server-flags.json"), "utf8"))
  : [];
const child = spawn(node, [...flags, join(root, script), ...args], {
  stdio: "inherit",
  env: { ...process.env, NODE_COMPILE_CACHE, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` },
});
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => {
    // Windows gives Ctrl+C to both by itself. To pass it on would end the child at once, whatever it has under way.
    // https://nodejs.org/docs/latest-v24.x/api/child_process.html#subprocesskillsignal
    if (!isWindows) child.kill(signal);
  });
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
