import { spawn, spawnSync } from "node:child_process";
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";

new Command("node scripts/run.mjs scripts/check-production.ts")
  .description(
    "Installs what production needs in a folder of its own, holds the sizes to their bounds, and starts the server and the command line there.",
  )
  .parse();

/** Bounds of what is installed, in MB of 1,048,576 bytes, the pinned Node included. */
const PRODUCTION_MB = 220;
const ALL_MB = 700;

const root = fileURLToPath(new URL("..", import.meta.url));
const wrong: string[] = [];

/** Returns the bytes that a folder's packages hold: what Node and tests leave there besides is not counted. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(folder, ".cache")))
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}

function bound(title: string, folder: string, bound: number): void {
  const size = Math.round(sizeOf(folder) / 1024 ** 2);
  process.stdout.write(`${title}: ${size} MB of at most ${bound}\n`);
  if (size > bound) wrong.push(`${title} takes ${size} MB; ${bound} is the bound.`);
}

/** Starts the server without an App, and waits until it says where to make one. */
async function startsIn(folder: string): Promise<boolean> {
  const args = ["start", "--", "--port", "0", "--data", join(folder, "data")];
  const server = spawn("npm", args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    detached: true,
  });
  let output = "";
  const started = new Promise<boolean>((resolve) => {
    server.stdout.on("data", (data) => {
      output += data;
      if (output.includes("There is no GitHub App yet.")) resolve(true);
    });
    server.stderr.pipe(process.stderr);
    server.on("exit", () => resolve(false));
  });
  const isUp = await started;
  if (isUp && server.pid) process.kill(-server.pid, "SIGTERM");
  return isUp;
}

const folder = mkdtempSync(join(tmpdir(), "zekt-production-"));
try {
  const files = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of files.stdout
    .split("\0")
    .filter((name) => /^(app|cli|shared|scripts|package)/.test(name)))
    cpSync(join(root, file), join(folder, file), { recursive: true });
  const install = spawnSync("npm", ["ci", "--omit=dev", "--loglevel=error"], {
    cwd: folder,
    stdio: "inherit",
  });
  if (install.status !== 0) throw new Error("npm ci --omit=dev failed; its message is above.");
  bound("Production", join(folder, "node_modules"), PRODUCTION_MB);
  bound("All", join(root, "node_modules"), ALL_MB);
  const zekt = spawnSync("npm", ["run", "-s", "zekt", "--", "fixture", "acme/releases/nightly"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (zekt.status !== 0 || zekt.stderr !== "")
    wrong.push(`\`npm run zekt\` does not run on what production installs: ${zekt.stderr}`);
  if (!(await startsIn(folder))) wrong.push("`npm start` does not run on what production installs.");
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
for (const line of wrong) process.stderr.write(`${line}\n`);
process.exitCode = wrong.length > 0 ? 1 : 0;
