import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { queues } from "../../app/store/queues.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { setStage } from "../../harness/stage.ts";

/* On one machine no metric and no alarm tell of dead letters: the log does. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-dead-letters-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a message that failed at each receipt is logged with its key, its ids and the number of dead letters", async () => {
  const before = openSqlite({ folder });
  await before.queue("delivery").send([
    { body: JSON.stringify({ deliveryId: "delivery-1" }), group: "a" },
    { body: "no JSON", group: "b" },
  ]);
  await before.close();
  const db = new DatabaseSync(join(folder, "zekt.db"));
  db.prepare("UPDATE messages SET receipts = ?").run(queues.delivery.maxReceiveCount);
  db.close();
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const stage = await setStage({ log, dataDir: folder });
  const dead = () => lines.filter(({ event }) => event === "queue-message.dead");
  await expect.poll(() => dead().length).toBe(2);
  await stage.close();
  expect(dead()).toMatchObject([
    { level: 50, queue: "delivery", deliveryId: "delivery-1", deadLetters: expect.any(Number) },
    { level: 50, queue: "delivery" },
  ]);
  expect(dead().at(-1)).toMatchObject({ deadLetters: 2 });
  // They stay, for whoever sends them back.
  const after = new DatabaseSync(join(folder, "zekt.db"), { readOnly: true });
  const left = after.prepare("SELECT queue FROM messages").all();
  after.close();
  expect(left).toEqual([{ queue: "delivery-dead-letters" }, { queue: "delivery-dead-letters" }]);
});
