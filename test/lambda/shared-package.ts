import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { inject } from "vitest";
import { type Packaged, packagedIn, packageInto } from "./package.ts";

/**
 * Returns the functions packaged, once for all files of a run: the first that asks packages, and the others wait. None
 * changes the artefacts.
 *
 * @throws Error with what osls printed, for each that asks
 */
export async function sharedPackage(): Promise<Packaged> {
  const folder = join(inject("runFolder"), "lambda");
  const end = join(folder, "end");
  if (mkdirSync(folder, { recursive: true }) !== undefined) {
    // Seen by the others only once it is whole.
    writeFileSync(
      `${end}.part`,
      problemOf(() => packageInto(folder)),
    );
    renameSync(`${end}.part`, end);
  }
  while (!existsSync(end)) await wait(100);
  const problem = readFileSync(end, "utf8");
  if (problem !== "") throw new Error(problem);
  return packagedIn(folder);
}

function problemOf(work: () => void): string {
  try {
    work();
    return "";
  } catch (error) {
    return (error as Error).stack ?? String(error);
  }
}
