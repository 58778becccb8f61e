import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../domain/clock.ts";
import type { Queue, Storage } from "../ports.ts";
import { type QueueName, queues } from "../queues.ts";
import { SqliteArchive } from "./archive.ts";
import { OldData } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { SqliteQueue } from "./queue.ts";
import { removeExpired } from "./remove-expired.ts";
import { makeSchema, shapeOf } from "./schema.ts";
import { SqliteTable } from "./table.ts";
import { Turns } from "./turns.ts";

export interface SqliteOptions {
  /** A folder that keeps everything across restarts, a kill or a power cut included; without one it is kept in memory. */
  folder?: string | undefined;
  /** Decides when a message is due, and when something was archived; the system's unless given. */
  clock?: Clock;
}

/** How often what is long past its end is removed, in milliseconds. */
const REMOVE_EVERY = 60_000;

/**
 * Opens tables, queues and archive on SQLite, for one process at a time.
 *
 * @throws FolderInUse where another process has the folder; OldData where an earlier version made it
 */
export function openSqlite({ folder, clock = systemClock }: SqliteOptions = {}): Storage {
  if (folder) mkdirSync(folder, { recursive: true });
  const unlock = folder ? lockFolder(folder) : () => {};
  try {
    if (folder) requireNewData(folder);
    const turns = new Turns(folder && join(folder, "zekt.db"));
    makeSchema(turns);
    return storageOf(turns, clock, folder !== undefined, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function storageOf(turns: Turns, clock: Clock, lasts: boolean, unlock: () => void): Storage {
  const open = Object.fromEntries(
    (Object.keys(queues) as QueueName[]).map((name) => [name, new SqliteQueue(turns, name, clock)]),
  ) as unknown as Record<QueueName, Queue>;
  const remove = (): void => void removeExpired(turns, clock).catch(() => {});
  const timer = lasts ? setInterval(remove, REMOVE_EVERY).unref() : undefined;
  return {
    table: (name, tableClock) => new SqliteTable(turns, shapeOf(name), tableClock),
    queue: (name) => open[name],
    archive: new SqliteArchive(turns, clock),
    async close() {
      clearInterval(timer);
      await turns.close();
      unlock();
    },
  };
}

function requireNewData(folder: string): void {
  const old = ["dynamodb.db", "dynamodb"].find((name) => existsSync(join(folder, name)));
  if (old && !existsSync(join(folder, "zekt.db"))) throw new OldData(`its tables are in ${old}`);
}
