import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { usageError } from "../exit.ts";
import type { Io } from "../io.ts";

/** A user's login at one Zekt. Moments are ISO 8601; null: it does not end, or there is none. */
export interface Login {
  login: string;
  userId: string;
  token: string;
  expiresAt: string | null;
  refreshToken: string | null;
  refreshExpiresAt: string | null;
  clientId: string;
  /** Where GitHub exchanges the refresh token. */
  tokenUrl: string;
}

/** All logins, by the address of their Zekt. */
export interface Logins {
  /** The address last logged in to. */
  current: string | null;
  logins: Record<string, Login>;
}

/** Returns where logins are stored: below the user's config folder; null where the environment names none. */
export function loginFile({ env }: Io): string | null {
  const { XDG_CONFIG_HOME, APPDATA, HOME, USERPROFILE } = env;
  const home = HOME || USERPROFILE;
  const folder = XDG_CONFIG_HOME || APPDATA || (home ? join(home, ".config") : "");
  return folder === "" ? null : join(folder, "zekt", "logins.json");
}

/**
 * Reads all logins.
 *
 * @throws CommandError where the file is damaged, or other users of the machine may read it
 */
export function readLogins(io: Io): Logins {
  const file = loginFile(io);
  const none = { current: null, logins: {} };
  if (file === null) return none;
  try {
    const { mode } = statSync(file);
    // Windows has no such bits: there the folder belongs to its user.
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw usageError(
        `Others may read ${file}, which holds your token: run chmod 600 on it, or zekt logout --all.`,
      );
    return { ...none, ...(JSON.parse(readFileSync(file, "utf8")) as Logins) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return none;
    if (error instanceof SyntaxError) throw usageError(`${file} is damaged: remove it, and log in again.`);
    throw error;
  }
}

/**
 * Writes all logins to a file that nobody else may read, whole or not at all.
 *
 * @throws CommandError where there is no place to write them
 */
export function writeLogins(io: Io, logins: Logins): void {
  const file = loginFile(io);
  if (file === null) throw usageError("Set HOME or XDG_CONFIG_HOME: the login is stored below it.");
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(unfinished, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/**
 * Stores one login, and leaves the others as they are by now: another command may have exchanged their tokens while
 * this one waited for GitHub.
 *
 * @throws CommandError as {@link readLogins} and {@link writeLogins} do
 */
export function storeLogin(
  io: Io,
  key: string,
  login: Login,
  change: Partial<Pick<Logins, "current">> = {},
): void {
  const { current, logins } = readLogins(io);
  writeLogins(io, { current, ...change, logins: { ...logins, [key]: login } });
}

/** Removes all logins, whatever their file holds. */
export function removeLogins(io: Io): void {
  const file = loginFile(io);
  if (file !== null) rmSync(file, { force: true });
}
