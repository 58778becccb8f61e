#!/usr/bin/env bash
# rate-limiter-flexible 11.4.0 with RateLimiterMemory: a limit for a month counts to one, and starts again.
#
# Guess written down first: `duration` is a number of seconds, and any number holds: what was used is known until then.
#
# Behaviour: the entry is deleted by one timer for the whole duration. A timer of more than 2,147,483,647 ms runs out at
# once in Node, so from 24.9 days on the entry is gone after a millisecond. Each `consume` is the first and is allowed,
# and says that a month is left. `block` for a month blocks nothing. Node prints a warning of its own.
#
# Why it matters here: quotas are counted by the month, those of Actions' minutes and those of a plan. In a test with a
# minute everything holds, and with 30 days nothing is ever refused. Count months in a store without timers, or by a
# key with the month in it and a duration of 0. Zekt counts what owners use in its own store.
# Source of the rule: "duration" in the README, which has no upper end; `setTimeout` in Node's documentation.
#
# Output seen on 2026-11-29 (four uses of two, allowed; points used afterwards; a block of that length):
#   1 day: yes yes no no; 4; blocks
#   24 days: yes yes no no; 4; blocks
#   25 days: yes yes yes yes; none; blocks nothing
#   30 days: yes yes yes yes; none; blocks nothing
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error rate-limiter-flexible@11.4.0
cat > run.mjs <<'JS'
import { setTimeout as wait } from "node:timers/promises";
import { RateLimiterMemory } from "rate-limiter-flexible";
process.removeAllListeners("warning");
const lines = [];
for (const days of [1, 24, 25, 30]) {
  const duration = days * 86_400;
  const limiter = new RateLimiterMemory({ points: 2, duration });
  const answers = [];
  for (let use = 0; use < 4; use += 1) {
    answers.push(await limiter.consume("installation").then(() => "yes", () => "no"));
    await wait(100);
  }
  const used = (await limiter.get("installation"))?.consumedPoints ?? "none";
  await limiter.block("other", duration);
  await wait(100);
  const blocks = await limiter.consume("other").then(() => "blocks nothing", () => "blocks");
  lines.push(`${days} day${days > 1 ? "s" : ""}: ${answers.join(" ")}; ${used}; ${blocks}`);
}
console.log(lines.join("\n"));
const expected = `1 day: yes yes no no; 4; blocks
24 days: yes yes no no; 4; blocks
25 days: yes yes yes yes; none; blocks nothing
30 days: yes yes yes yes; none; blocks nothing`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
