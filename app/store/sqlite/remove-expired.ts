import { type Clock, DAY, epochSeconds } from "../../domain/clock.ts";
import { ARCHIVE_TTL } from "../../domain/limits.ts";
import { queues } from "../queues.ts";
import { type TableName, tables } from "../tables.ts";
import type { Turns } from "./turns.ts";

/** Expired items stay this much longer, for a writer whose condition names them. */
const GRACE = 2 * DAY;
/** Removed at once, of each kind, at most: the process serves nobody meanwhile. */
const MOST = 500;

const RETENTION = Math.max(...Object.values(queues).map((queue) => queue.MessageRetentionPeriod)) * 1000;

/** Removes a portion of what is long past its end: items by their TTL, archived texts, messages nobody could work. */
export async function removeExpired(turns: Turns, clock: Clock): Promise<void> {
  const now = clock.now();
  const remove = async (from: string, attribute: string, before: number): Promise<void> => {
    const sql = `DELETE FROM ${from} WHERE rowid IN (SELECT rowid FROM ${from} WHERE ${attribute} < ? LIMIT ${MOST})`;
    await turns.write([from], () => turns.prepare(sql).run(before));
  };
  for (const name of Object.keys(tables) as TableName[])
    await remove(name, "expiresAt", epochSeconds(now - GRACE));
  await remove("archive", "at", now - ARCHIVE_TTL - GRACE);
  const oldest = `SELECT id FROM messages ORDER BY id LIMIT ${MOST}`;
  await turns.write([], () =>
    turns.prepare(`DELETE FROM messages WHERE id IN (${oldest}) AND sentAt < ?`).run(now - RETENTION),
  );
}
