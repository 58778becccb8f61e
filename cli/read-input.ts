import { usageError } from "./exit.ts";
import type { Io } from "./io.ts";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "you may not read it",
  // Windows says so of what others say EACCES of: https://github.com/libuv/libuv/pull/3565
  EPERM: "you may not read it",
  EISDIR: "it is a folder",
};

/**
 * Returns the text of a file that the user named, or of stdin for `-`.
 *
 * @throws CommandError where it cannot be read
 */
export function readInput(io: Io, file: string): string {
  try {
    return io.read(file);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw usageError(`Cannot read ${file}: ${REASONS[code] ?? message}.`);
  }
}
