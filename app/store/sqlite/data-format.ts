import about from "../../../package.json" with { type: "json" };
import { NewerData } from "./errors.ts";
import type { Turns } from "./turns.ts";

/**
 * The format of the data that this version writes, which its database has as `user_version`. It is raised with each
 * change that the version before could not work on. A database of before it was counted has 0.
 * https://www.sqlite.org/pragma.html#pragma_user_version
 */
export const DATA_FORMAT = 1;

type Database = Pick<Turns, "exec" | "prepare">;

/**
 * Refuses a database that a newer version has used.
 *
 * @throws NewerData; nothing is changed then
 */
export function requireKnownFormat(db: Database): void {
  const format = formatOf(db);
  if (format > DATA_FORMAT) throw new NewerData(format, DATA_FORMAT, about.version);
}

/** Marks a database as one that this version has brought into its form. */
export function markFormat(db: Database): void {
  if (formatOf(db) < DATA_FORMAT) db.exec(`PRAGMA user_version = ${DATA_FORMAT}`);
}

const formatOf = (db: Database): number =>
  (db.prepare("PRAGMA user_version").get() as unknown as [number])[0];
