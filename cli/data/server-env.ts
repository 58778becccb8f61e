import { parseEnv } from "node:util";
import { type Environment, setIn } from "../../shared/environment.ts";
import type { Io } from "../io.ts";

/** Returns the settings of a server that is started in this folder: the environment, then those of `.env`. */
export function serverEnv(io: Io): Environment {
  let inFile: Record<string, string | undefined> = {};
  try {
    inFile = parseEnv(io.read(".env"));
  } catch {
    // There need not be one.
  }
  return setIn({ ...inFile, ...io.env });
}

/** Returns the data folder: as the user named it, or as the server's settings do. */
export const dataFolder = (io: Io, given: string | undefined): string =>
  given ?? serverEnv(io).ZEKT_DATA_DIR ?? ".zekt";
