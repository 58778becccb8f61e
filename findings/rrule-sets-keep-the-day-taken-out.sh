#!/usr/bin/env bash
# rrule 2.8.1: a set that has been asked once knows no exception that comes later.
#
# Guess written down first: results are kept for speed, and a set that is changed by `exdate`, `rdate`, `rrule` or
# `exrule` gives results of what it is now.
#
# Behaviour: a change does not touch what is kept. After `all`, all questions are answered from its list, those asked
# for the first time too. After one `after`, the same question has the old answer, and others the right one, so that
# two methods of one set disagree. `toString` and a clone have the change. `new RRuleSet(true)` keeps nothing.
#
# Why it matters here: a schedule of runs, or of hours without any, lives as long as its process, and an exception for
# a holiday is added to it while it runs. A listing shows the change, as it is made from the text, and the job starts
# all the same. It is right after the next restart. Make sets with `true`, or anew with each change. Zekt has no rules
# of dates.
# Source of the rule: "RRuleSet" in the README: `exdate` and the others add to a set, and caching makes queries faster;
# jkbrzt/rrule issues 642 and 665, open.
#
# Output seen on 2026-11-29 (days; 2 is taken out and 9 put in):
#   all, before and after: 1 2 3; 1 2 3
#   between, asked afterwards only: 1 2 3
#   all of a clone: 1 3 9
#   after the 1st, before and after: 2; 2
#   all of that set, asked afterwards only: 1 3 9
#   all, of a set that keeps nothing: 1 2 3; 1 3 9
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error rrule@2.8.1
cat > run.mjs <<'JS'
import rrule from "rrule";
const { RRule, RRuleSet } = rrule;
const day = (number) => new Date(Date.UTC(2027, 0, number, 9));
const words = (dates) => dates.map((date) => date.getUTCDate()).join(" ");
function threeDays(keepsNothing) {
  const set = new RRuleSet(keepsNothing);
  set.rrule(new RRule({ freq: RRule.DAILY, dtstart: day(1), count: 3 }));
  return set;
}
function change(set) {
  set.exdate(day(2));
  set.rdate(day(9));
}
function beforeAndAfter(set, ask) {
  const before = ask(set);
  change(set);
  return `${before}; ${ask(set)}`;
}
const listed = threeDays(false);
const asked = threeDays(false);
const lines = [
  `all, before and after: ${beforeAndAfter(listed, (set) => words(set.all()))}`,
  `between, asked afterwards only: ${words(listed.between(day(1), day(20), true))}`,
  `all of a clone: ${words(listed.clone().all())}`,
  `after the 1st, before and after: ${beforeAndAfter(asked, (set) => words([set.after(day(1))]))}`,
  `all of that set, asked afterwards only: ${words(asked.all())}`,
  `all, of a set that keeps nothing: ${beforeAndAfter(threeDays(true), (set) => words(set.all()))}`,
];
console.log(lines.join("\n"));
const expected = `all, before and after: 1 2 3; 1 2 3
between, asked afterwards only: 1 2 3
all of a clone: 1 3 9
after the 1st, before and after: 2; 2
all of that set, asked afterwards only: 1 3 9
all, of a set that keeps nothing: 1 2 3; 1 3 9`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
