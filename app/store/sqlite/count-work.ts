import { type Clock, iso } from "../../domain/clock.ts";
import type { DueStats, Queue, QueueStats, WorkStats } from "../ports.ts";
import { type QueueName, queues } from "../queues.ts";
import type { TableName } from "../tables.ts";
import type { Turns } from "./turns.ts";

/** Tables whose `due` index holds work. */
const DUE_TABLES = ["runs", "deliveries", "jobs", "accounts"] as const satisfies readonly TableName[];

/** Counts the work to do: messages in queues, and items that are due. It reads indexes that hold nothing else. */
export async function countWork(
  turns: Turns,
  open: Readonly<Record<QueueName, Queue>>,
  clock: Clock,
): Promise<WorkStats> {
  const now = clock.now();
  const names = Object.keys(queues) as QueueName[];
  return {
    queues: await Promise.all(names.map((name) => queueStats(turns, name, open[name], now))),
    due: DUE_TABLES.map((table) => dueStats(turns, table, iso(now))),
  };
}

async function queueStats(turns: Turns, name: QueueName, queue: Queue, now: number): Promise<QueueStats> {
  // Without numbers, of which the first versions of Node 24 take none.
  const sql = `SELECT
    (SELECT COUNT(*) FROM messages WHERE queue = ?),
    (SELECT MIN(sentAt) FROM messages WHERE queue = ? AND visibleAt <= ?)`;
  const row = turns.prepare(sql).get(`${name}-dead-letters`, name, now);
  const [dead, oldestAt] = row as unknown as [number, number | null];
  return { name, ...(await queue.count()), dead, oldestAt };
}

function dueStats(turns: Turns, table: (typeof DUE_TABLES)[number], now: string): DueStats {
  const sql = `SELECT COUNT(*), COUNT(*) FILTER (WHERE dueAt <= ?), MIN(dueAt) FROM ${table} WHERE dueShard IS NOT NULL`;
  const row = turns.prepare(sql).get(now);
  const [waiting, pastDue, earliestAt] = row as unknown as [number, number, string | null];
  return { table, waiting, pastDue, earliestAt };
}
