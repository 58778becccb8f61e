// Any Node from 20 on runs this: no types, no packages.
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packagesOf = (file) => Object.entries(JSON.parse(readFileSync(file, "utf8")).packages ?? {});

/**
 * Returns what `node_modules` has of the lock file: "all", "production" (what `npm ci --omit=dev` installs) or
 * "not". npm keeps a list of what it installed beside the packages. An optional package may be missing: most are
 * for other platforms.
 */
export function installedOf(root) {
  const list = join(root, "node_modules/.package-lock.json");
  if (!existsSync(list)) return "not";
  const installed = new Map(packagesOf(list));
  const lacking = packagesOf(join(root, "package-lock.json")).filter(
    ([path, { integrity, optional }]) =>
      path !== "" && (installed.has(path) ? installed.get(path).integrity !== integrity : !optional),
  );
  if (lacking.length === 0) return "all";
  return lacking.every(([, { dev, devOptional }]) => dev || devOptional) ? "production" : "not";
}

/** The milliseconds between two looks at another command's installation. */
const LOOKS = 250;

/**
 * Runs an installation while no other command of this folder installs: npm begins by removing what another one has
 * just put there. A command that ended in the middle leaves its turn to the next.
 */
export function inTurn(root, install) {
  const turn = join(root, ".installing");
  const own = `${turn}.${process.pid}`;
  // Linked once it is written, so that nobody sees one that names no process.
  writeFileSync(own, String(process.pid));
  try {
    while (!hasTaken(turn, own)) {
      if (!isRunning(turn)) rmSync(turn, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOKS);
    }
    try {
      return install();
    } finally {
      rmSync(turn, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function hasTaken(turn, own) {
  try {
    linkSync(own, turn);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** Returns whether the process runs that a file names; false where the file is gone. */
function isRunning(file) {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Removes what the pinned Node's package has beside Node itself, a third of it: headers and a manual. */
export function trimNode(root) {
  for (const platform of ["linux-x64", "linux-arm64", "win-x64"])
    for (const part of ["include", "share", "CHANGELOG.md"])
      rmSync(join(root, "node_modules", `node-${platform}`, part), { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) trimNode(process.cwd());
