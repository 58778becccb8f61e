// Any Node from 20 on runs this: no types, no packages.
import { existsSync, readFileSync, rmSync } from "node:fs";
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

/** Removes what the pinned Node's package has beside Node itself, a third of it: headers and a manual. */
export function trimNode(root) {
  for (const platform of ["linux-x64", "linux-arm64", "win-x64"])
    for (const part of ["include", "share", "CHANGELOG.md"])
      rmSync(join(root, "node_modules", `node-${platform}`, part), { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) trimNode(process.cwd());
