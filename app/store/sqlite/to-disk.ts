import { closeSync, fsyncSync, openSync, statSync } from "node:fs";

/** Answers of a folder that this user may not read, or whose file system writes names to the disk by itself. */
const UNASKED = ["EACCES", "EINVAL", "ENOTSUP", "EPERM"];

/**
 * Writes a file, or the names in a folder, to the disk for good.
 * https://man7.org/linux/man-pages/man2/fsync.2.html
 *
 * @throws the error of `node:fs`, where there is no such path, or the disk fails
 */
export function toDisk(path: string): void {
  if (!statSync(path).isDirectory()) {
    // Windows flushes only what was opened to be written.
    // https://learn.microsoft.com/en-us/windows/win32/api/fileapi/nf-fileapi-flushfilebuffers
    flush(path, "r+");
    return;
  }
  // Windows opens no folders, and stores names in their order by itself.
  if (process.platform === "win32") return;
  try {
    flush(path, "r");
  } catch (error) {
    if (!UNASKED.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

function flush(path: string, flags: "r" | "r+"): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
