#!/usr/bin/env bash
# cron-parser 5.10.6: looking back finds other runs than looking ahead, on the days when clocks change.
#
# Guess written down first: `prev()` is the mirror of `next()`. In Europe/Berlin "30 2 * * *" runs once a day. Where
# half past two is left out, that is at 3:30 or not at all; where there are two, it is the first. Both say the same.
#
# Behaviour: in spring `next()` moves the run to 3:30, and `prev()` finds none on that day. In autumn `next()` runs
# once, and `prev()` finds two. Other days are the same both ways.
#
# Why it matters here: anyone who schedules by `next()` and asks after a restart by `prev()` whether a run was missed gets
# a day without one in spring, and in autumn a second run of what ran already. Zekt's sweep runs each minute, by no time
# of day.
# See also harrisiirak/cron-parser issue 378 and pull request 446.
#
# Output seen on 2026-11-29 (runs in UTC):
#   spring, ahead: 2027-03-27T01:30 2027-03-28T01:30 2027-03-29T00:30
#   spring, back:  2027-03-27T01:30 2027-03-29T00:30
#   autumn, ahead: 2027-10-30T00:30 2027-10-31T00:30 2027-11-01T01:30
#   autumn, back:  2027-10-30T00:30 2027-10-31T00:30 2027-10-31T01:30 2027-11-01T01:30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error cron-parser@5.10.6
cat > run.mjs <<'JS'
import { CronExpressionParser } from "cron-parser";
const runs = (way, from, to) => {
  const [start, isWithin] = way === "next" ? [from, (run) => run < to] : [to, (run) => run > from];
  const schedule = CronExpressionParser.parse("30 2 * * *", { currentDate: start, tz: "Europe/Berlin" });
  const found = [];
  for (let run = schedule[way]().toDate(); isWithin(run); run = schedule[way]().toDate()) found.push(run);
  return found.sort((one, other) => one - other).map((run) => run.toISOString().slice(0, 16)).join(" ");
};
const spring = [new Date("2027-03-27T00:00Z"), new Date("2027-03-29T12:00Z")];
const autumn = [new Date("2027-10-30T00:00Z"), new Date("2027-11-01T12:00Z")];
const seen = `spring, ahead: ${runs("next", ...spring)}
spring, back:  ${runs("prev", ...spring)}
autumn, ahead: ${runs("next", ...autumn)}
autumn, back:  ${runs("prev", ...autumn)}`;
console.log(seen);
const expected = `spring, ahead: 2027-03-27T01:30 2027-03-28T01:30 2027-03-29T00:30
spring, back:  2027-03-27T01:30 2027-03-29T00:30
autumn, ahead: 2027-10-30T00:30 2027-10-31T00:30 2027-11-01T01:30
autumn, back:  2027-10-30T00:30 2027-10-31T00:30 2027-10-31T01:30 2027-11-01T01:30`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
