#!/usr/bin/env bash
# pg-boss 12.38.0: a batch holds the right jobs, and in no order.
#
# Guess written down first: a queue gives its jobs by priority, then by age, whether they are fetched one by one or as a
# batch. What `work` hands to a handler as a list is in that order, too.
#
# Behaviour: which jobs come into a batch is decided in that order. Within the batch they lie as the database returns
# its rows, by chance anew in each queue. The same six jobs fetched one at a time come in order. That is so of `fetch`
# with `batchSize`, of a worker's list, and where the policy is `key_strict_fifo` (across keys; of one key a batch holds
# one job).
#
# Why it matters here: a larger batch is a setting of speed alone. Raise it from one, and "synchronize" is handled
# before "opened", and the urgent job last. Fetch with `includeMetadata` and sort by `priority` and `createdOn`, or keep
# to one. Zekt has queues and stores of its own, and pg-boss in a benchmark alone, where no order is asked.
# Source of the rule: "priority" in pg-boss's page on jobs, a higher number being more urgent; its query's own
# `ORDER BY`.
#
# Output seen on 2026-11-29 (ten queues of six jobs, each fetched as batches of three):
#   by age, each batch holds the three next: true
#   by age, each batch is in order: false
#   by age, one at a time in order: true
#   by priority, each batch holds the three next: true
#   by priority, each batch is in order: false
#   by priority, one at a time in order: true
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  pg-boss@12.38.0 @electric-sql/pglite@0.5.17
cat > run.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
import { fromPglite, PgBoss } from "pg-boss";
const database = new PGlite();
const boss = new PgBoss({ db: fromPglite(database), supervise: false, schedule: false });
await boss.start();
const NUMBERS = [1, 2, 3, 4, 5, 6];
let queues = 0;
async function filledQueue(byPriority) {
  queues += 1;
  const queue = `queue-${queues}`;
  await boss.createQueue(queue);
  // By priority, the last one sent is the most urgent.
  for (const number of NUMBERS) {
    if (byPriority) await boss.send(queue, { place: 7 - number }, { priority: number });
    else await boss.send(queue, { place: number });
  }
  return queue;
}
const places = async (queue, batchSize) => (await boss.fetch(queue, { batchSize })).map((job) => job.data.place);
const same = (list, other) => list.join() === other.join();
const lines = [];
for (const byPriority of [false, true]) {
  let isRightChoice = true;
  let isInOrder = true;
  for (let round = 0; round < 10; round += 1) {
    const queue = await filledQueue(byPriority);
    for (const next of [NUMBERS.slice(0, 3), NUMBERS.slice(3)]) {
      const batch = await places(queue, 3);
      isRightChoice &&= same(batch.toSorted(), next);
      isInOrder &&= same(batch, next);
    }
  }
  const queue = await filledQueue(byPriority);
  const singly = [];
  for (const _ of NUMBERS) singly.push(...(await places(queue, 1)));
  const by = byPriority ? "by priority" : "by age";
  lines.push(`${by}, each batch holds the three next: ${isRightChoice}`, `${by}, each batch is in order: ${isInOrder}`);
  lines.push(`${by}, one at a time in order: ${same(singly, NUMBERS)}`);
}
console.log(lines.join("\n"));
const expected = `by age, each batch holds the three next: true
by age, each batch is in order: false
by age, one at a time in order: true
by priority, each batch holds the three next: true
by priority, each batch is in order: false
by priority, one at a time in order: true`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
