import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, iso, systemClock } from "../../domain/clock.ts";
import type { Queue, Storage } from "../ports.ts";
import { type QueueName, queues } from "../queues.ts";
import { SqliteArchive } from "./archive.ts";
import { countWork } from "./count-work.ts";
import { requireKnownFormat } from "./data-format.ts";
import { explainOpening } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { startGivingBack } from "./give-back-space.ts";
import { importFolder } from "./import-folder.ts";
import { type OnDeadLetter, SqliteQueue } from "./queue.ts";
import { removeExpired } from "./remove-expired.ts";
import { makeSchema, shapeOf } from "./schema.ts";
import { SqliteTable } from "./table.ts";
import { Turns } from "./turns.ts";

export interface SqliteOptions {
  /** A folder that keeps everything across restarts, a kill or a power cut included; without one it is kept in memory. */
  folder?: string | undefined;
  /** Decides when a message is due, and when something was archived; the system's unless given. */
  clock?: Clock;
  /** Hears of each message that was moved to the dead letters. */
  onDeadLetter?: OnDeadLetter;
}

/** Milliseconds between removals of long expired items. */
const REMOVE_EVERY = 60_000;

/**
 * Opens tables, queues and archive on SQLite, for one process at a time. A folder that the version of
 * 2026-11-26 wrote is brought into this version's form first, with a copy beside it.
 *
 * @throws FolderInUse where another process has the folder; OldData where it holds what this version does not know;
 * NewerData where a newer version has used it; DiskFailed where it cannot be written; DamagedData where SQLite cannot
 * read it
 */
export function openSqlite({ folder, clock = systemClock, onDeadLetter }: SqliteOptions = {}): Storage {
  return explainOpening(folder ?? "", () => {
    if (folder) mkdirSync(folder, { recursive: true });
    const unlock = folder ? lockFolder(folder) : () => {};
    try {
      if (folder) importFolder(folder, iso(clock.now()).slice(0, 10));
      const turns = new Turns(folder && join(folder, "zekt.db"));
      requireKnownFormat(turns);
      if (folder) startGivingBack(turns);
      makeSchema(turns);
      return storageOf(turns, clock, { lasts: folder !== undefined, unlock, onDeadLetter });
    } catch (error) {
      unlock();
      throw error;
    }
  });
}

interface Opening {
  lasts: boolean;
  unlock(): void;
  onDeadLetter: OnDeadLetter | undefined;
}

function storageOf(turns: Turns, clock: Clock, { lasts, unlock, onDeadLetter }: Opening): Storage {
  const open = Object.fromEntries(
    (Object.keys(queues) as QueueName[]).map((name) => [
      name,
      new SqliteQueue(turns, name, clock, onDeadLetter),
    ]),
  ) as unknown as Record<QueueName, Queue>;
  let removing: Promise<void> | null = null;
  const remove = (): void => {
    removing ??= removeExpired(turns, clock)
      .catch(() => {})
      .finally(() => {
        removing = null;
      });
  };
  const timer = lasts ? setInterval(remove, REMOVE_EVERY).unref() : undefined;
  return {
    table: (name, tableClock) => new SqliteTable(turns, shapeOf(name), tableClock),
    queue: (name) => open[name],
    writesTogether: true,
    archive: new SqliteArchive(turns, clock),
    countWork: () => countWork(turns, open, clock),
    problem: () => turns.problem,
    async close() {
      clearInterval(timer);
      await removing;
      await turns.close();
      unlock();
    },
  };
}
