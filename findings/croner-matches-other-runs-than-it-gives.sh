#!/usr/bin/env bash
# croner 11.0.1: on the days when clocks change, `match` knows another run than `nextRun` gives.
#
# Guess written down first: `match` is true of each run that `nextRun` gives, and of no other minute. In Europe/Berlin
# "30 2 * * *" runs once a day, on both of these days, too.
#
# Behaviour: `nextRun` does so. In spring it gives 3:00, the first time behind the gap, and `match` says no to it, and
# to the whole day. In autumn it gives the first half past two, and `match` says yes to both. The README describes the
# runs of these days, and `match` without them.
#
# Why it matters here: a job that is started each minute by a machine and asks `match` whether it is due leaves out a
# day in spring and works twice in autumn, where the same pattern in the same package's own timer does neither. Ask
# instead if `nextRun` of the minute before is this minute. Zekt's sweep runs each minute, by no time of day.
#
# Output seen on 2026-11-29 (runs in UTC):
#   spring, nextRun: 2027-03-27T01:30 2027-03-28T01:00 2027-03-29T00:30
#   spring, match:   2027-03-27T01:30 2027-03-29T00:30
#   autumn, nextRun: 2027-10-30T00:30 2027-10-31T00:30 2027-11-01T01:30
#   autumn, match:   2027-10-30T00:30 2027-10-31T00:30 2027-10-31T01:30 2027-11-01T01:30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error croner@11.0.1
cat > run.mjs <<'JS'
import { Cron } from "croner";
const MINUTE = 60_000;
const job = new Cron("30 2 * * *", { timezone: "Europe/Berlin", paused: true });
const words = (runs) => runs.map((run) => run.toISOString().slice(0, 16)).join(" ");
function given(from, to) {
  const runs = [];
  for (let run = job.nextRun(from); run < to; run = job.nextRun(run)) runs.push(run);
  return words(runs);
}
function matched(from, to) {
  const minutes = Array.from({ length: (to - from) / MINUTE }, (_, index) => new Date(+from + index * MINUTE));
  return words(minutes.filter((minute) => job.match(minute)));
}
const spring = [new Date("2027-03-27T00:00Z"), new Date("2027-03-29T12:00Z")];
const autumn = [new Date("2027-10-30T00:00Z"), new Date("2027-11-01T12:00Z")];
const seen = `spring, nextRun: ${given(...spring)}
spring, match:   ${matched(...spring)}
autumn, nextRun: ${given(...autumn)}
autumn, match:   ${matched(...autumn)}`;
console.log(seen);
const expected = `spring, nextRun: 2027-03-27T01:30 2027-03-28T01:00 2027-03-29T00:30
spring, match:   2027-03-27T01:30 2027-03-29T00:30
autumn, nextRun: 2027-10-30T00:30 2027-10-31T00:30 2027-11-01T01:30
autumn, match:   2027-10-30T00:30 2027-10-31T00:30 2027-10-31T01:30 2027-11-01T01:30`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
