import { type Clock, DAY, epochSeconds } from "../../domain/clock.ts";
import { ARCHIVE_TTL } from "../../domain/limits.ts";
import { queues } from "../queues.ts";
import { type TableName, tables } from "../tables.ts";
import { giveBackSpace } from "./give-back-space.ts";
import type { Turns } from "./turns.ts";

/** Expired items stay this much longer, for a writer whose condition names them. */
const GRACE = 2 * DAY;
/** Rows removed in one step, at most: the process serves nobody meanwhile. */
const STEP = 200;
/** Steps that one call takes of each kind, at most; what is left is removed by the next. */
const MOST_STEPS = 500;

const RETENTION = Math.max(...Object.values(queues).map((queue) => queue.MessageRetentionPeriod)) * 1000;

/**
 * Removes what is long past its end, beside the work: items by their TTL, archived texts, messages nobody could
 * work. Then gives the space of it back to the disk. Whatever comes in, as much goes out.
 */
export async function removeExpired(turns: Turns, clock: Clock): Promise<void> {
  const now = clock.now();
  const remove = async (from: string, attribute: string, before: number): Promise<void> => {
    const sql = `DELETE FROM ${from} WHERE rowid IN (SELECT rowid FROM ${from} WHERE ${attribute} < ? LIMIT ${STEP})`;
    await inSteps(async () => {
      const { changes } = await turns.write([from], () => turns.prepare(sql).run(before));
      return Number(changes);
    });
  };
  for (const name of Object.keys(tables) as TableName[])
    await remove(name, "expiresAt", epochSeconds(now - GRACE));
  await remove("archive", "at", now - ARCHIVE_TTL - GRACE);
  const oldest = `SELECT id FROM messages ORDER BY id LIMIT ${STEP}`;
  const messages = `DELETE FROM messages WHERE id IN (${oldest}) AND sentAt < ?`;
  await inSteps(async () => {
    const { changes } = await turns.write([], () => turns.prepare(messages).run(now - RETENTION));
    return Number(changes);
  });
  await giveBackSpace(turns);
}

/** Runs steps, each in a turn of its own, until one has less to do than it may. */
async function inSteps(step: () => Promise<number>): Promise<void> {
  for (let taken = 0; taken < MOST_STEPS; taken++) if ((await step()) < STEP) return;
}
