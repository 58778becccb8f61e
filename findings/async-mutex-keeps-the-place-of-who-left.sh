#!/usr/bin/env bash
# async-mutex 0.5.0: who has stopped waiting for a semaphore still stands in its queue, and those behind wait for it.
#
# Guess written down first: `withTimeout` rejects the wait after the time given, and that waiter is gone: it takes no
# lock later, and others come to their turn as if it had never asked.
#
# Behaviour: the first half is so. But the rejected request stays in the queue with its weight and priority until it
# would have been served, and the queue serves nobody out of turn. With one of two places taken, a request for both
# that has timed out keeps the free place from every request for one behind it. Those time out in turn and stay, too.
# `cancel` clears them, with all others.
#
# Why it matters here: weights stand for large and small requests to an API with one budget, and the time limit is to
# keep one large request from holding up the small ones. Until the holder is done each small one fails all the same,
# with half of the budget unused. Give large requests a lower priority. Zekt counts its requests itself.
# Source of the rule: "Limiting the time waiting for a mutex or semaphore to become available" in the README.
#
# Output seen on 2026-11-29 (a semaphore of two with a limit of 50 ms, one place held):
#   a request for one: granted
#   a request for both: timed out
#   a request for one behind it, 100 ms later: timed out
#   a request for one of higher priority: granted
#   value: 1
#   after cancel, a request for one: granted
#   with a request for both of lower priority that timed out, one: granted
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error async-mutex@0.5.0
cat > run.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { E_TIMEOUT, Semaphore, withTimeout } from "async-mutex";
async function heldSemaphore() {
  const semaphore = withTimeout(new Semaphore(2), 50);
  await semaphore.acquire();
  return semaphore;
}
// Returns the outcome of a request, whose place is free again at once.
async function ask(semaphore, weight, priority) {
  try {
    const [, release] = await semaphore.acquire(weight, priority);
    release();
    return "granted";
  } catch (error) {
    return error === E_TIMEOUT ? "timed out" : error.message;
  }
}
const semaphore = await heldSemaphore();
const lines = [`a request for one: ${await ask(semaphore, 1)}`, `a request for both: ${await ask(semaphore, 2)}`];
await sleep(100);
lines.push(`a request for one behind it, 100 ms later: ${await ask(semaphore, 1)}`);
lines.push(`a request for one of higher priority: ${await ask(semaphore, 1, 1)}`, `value: ${semaphore.getValue()}`);
semaphore.cancel();
lines.push(`after cancel, a request for one: ${await ask(semaphore, 1)}`);
const other = await heldSemaphore();
await ask(other, 2, -1);
lines.push(`with a request for both of lower priority that timed out, one: ${await ask(other, 1)}`);
console.log(lines.join("\n"));
const expected = `a request for one: granted
a request for both: timed out
a request for one behind it, 100 ms later: timed out
a request for one of higher priority: granted
value: 1
after cancel, a request for one: granted
with a request for both of lower priority that timed out, one: granted`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
