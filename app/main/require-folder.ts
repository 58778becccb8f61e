import { accessSync, constants, mkdirSync } from "node:fs";
import { ConfigError } from "./config-error.ts";

/**
 * Makes the data folder where it is not there, before anything is asked of GitHub that would have to be stored.
 *
 * @throws ConfigError where it cannot be written
 */
export function requireFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `The data folder ${folder} cannot be written (${code}). Give it to the user that runs Zekt, or set ZEKT_DATA_DIR to another.`,
      { cause },
    );
  }
}
