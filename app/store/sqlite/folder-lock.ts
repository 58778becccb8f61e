import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DamagedLock, FolderInUse, isDamage } from "./errors.ts";

/** Milliseconds for which a process that just locks the folder may hold others up. */
const PATIENCE = 1000;

/** The file in a folder that is locked. */
export const LOCK = "lock.db";

/**
 * Locks a folder to this process. The lock is one of the operating system's on a file, so it ends with the process,
 * however that ends. The file names its process.
 *
 * @returns the function that unlocks it
 * @throws FolderInUse naming the process that has it; DamagedLock where the file is no database
 */
export function lockFolder(folder: string): () => void {
  const db = new DatabaseSync(join(folder, LOCK), { timeout: PATIENCE });
  try {
    db.exec("CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL)");
    db.exec("BEGIN IMMEDIATE; DELETE FROM holder");
    db.prepare("INSERT INTO holder (pid) VALUES (?)").run(process.pid);
    db.exec("COMMIT");
    // A transaction that writes nothing keeps other writers out, and lets them read who it is.
    db.exec("BEGIN IMMEDIATE");
  } catch (error) {
    const pid = holderOf(db);
    db.close();
    if (isDamage(error)) throw new DamagedLock(join(folder, LOCK), error as Error);
    if (!/locked/.test((error as Error).message)) throw error;
    throw new FolderInUse(folder, pid);
  }
  return () => db.close();
}

function holderOf(db: DatabaseSync): number | null {
  try {
    return (db.prepare("SELECT pid FROM holder").get()?.pid as number | undefined) ?? null;
  } catch {
    return null;
  }
}
