import { StatementSync } from "node:sqlite";
import { randomOf } from "../support/random.ts";

// Loaded before anything else: has the disk be full at times, as a seed decides.
const { CHAOS_SEED, CHAOS_UNTIL } = process.env;
const random = randomOf(Number(CHAOS_SEED));
const until = Number(CHAOS_UNTIL);
/** The time for which the disk is full, or not, in milliseconds. */
const SPELL = 400;
let full = false;
let since = 0;

function isFull(): boolean {
  const now = Date.now();
  if (now >= until) return false;
  if (now - since >= SPELL) {
    since = now;
    full = random() < 0.1;
  }
  return full && random() < 0.02;
}

const { run } = StatementSync.prototype;
StatementSync.prototype.run = function (this: StatementSync, ...args: Parameters<typeof run>) {
  if (/^(?:INSERT INTO|UPDATE) /.test(this.sourceSQL) && isFull())
    throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR" });
  return run.apply(this, args);
} as typeof run;
