import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "./config-error.ts";

/** Bytes that the settings of an App take, its key among them, with some to spare. */
const ROOM = 16 * 1024;

/**
 * Makes a data folder where it is not there, and tries whether the App's settings can be written there. Returns the
 * sentence that says why not; null where they can.
 */
export function folderProblem(folder: string): string | null {
  const probe = join(folder, ".write-test");
  try {
    // It holds payloads, sessions and the App's key: what stands in it is for its owner alone.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    try {
      // An empty file takes no room, so that a full disk has one more.
      writeFileSync(probe, Buffer.alloc(ROOM));
    } finally {
      rmSync(probe, { force: true });
    }
    return null;
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      return `The data folder ${folder} cannot be written (${code}). Make room on its disk, or set ZEKT_DATA_DIR to another.`;
    return `The data folder ${folder} cannot be written (${code}). Give it to the user that runs Zekt, or set ZEKT_DATA_DIR to another.`;
  }
}

/**
 * Checks the data folder before anything is asked of GitHub that would have to be stored.
 *
 * @throws ConfigError where it cannot be written
 */
export function requireFolder(folder: string): void {
  const problem = folderProblem(folder);
  if (problem !== null) throw new ConfigError(problem);
}
