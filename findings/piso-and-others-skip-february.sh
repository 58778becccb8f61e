#!/usr/bin/env bash
# @0dep/piso 5.1.2, date-duration 2.0.0 and two more: a month after 31 January is 3 March, and a minus may be a plus.
#
# Guess written down first: durations of ISO 8601 are added as luxon adds them. Where a month is too short its last day
# is taken, so that `P1M` after 31 January is 28 February. A minus in front goes back in time.
#
# Behaviour: all four add to the number of the month and let the days run over, as JavaScript's `setMonth` does.
# Repeated by piso from 31 January on, February and April have no run, and March and May have two. date-duration reads
# "-P1D" as a day ahead, without a word. iso8601-duration does the same, and its README says that a sign is not
# supported. luxon and JavaScript's Temporal keep to the month.
#
# Why it matters here: what is due each month from the day of its start, as a token's renewal, a report or an invoice,
# is left out or done twice for those who began on the last days of a month. Zekt has no times in months.
# Source: pull request 41 of iso8601-duration, open; the other READMEs name no rule for the ends of months.
#
# Output seen on 2026-11-29 (2027-01-31 and P1M; the day before 2027-01-31 by -P1D):
#   @0dep/piso: 2027-03-03; 2027-01-30
#   date-duration: 2027-03-03; 2027-02-01
#   iso8601-duration: 2027-03-03; 2027-02-01
#   pomeranian-durations: 2027-03-03; refused
#   luxon: 2027-02-28; 2027-01-30
#   piso's runs each month: 2027-03-03 2027-03-31 2027-05-01 2027-05-31
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @0dep/piso@5.1.2 date-duration@2.0.0 iso8601-duration@2.1.4 pomeranian-durations@1.11.4 luxon@3.7.2
cat > run.mjs <<'JS'
import { parseDuration } from "@0dep/piso";
import DateDuration from "date-duration";
import { end, parse } from "iso8601-duration";
import { DateTime, Duration } from "luxon";
import { addToDate } from "pomeranian-durations";
process.env.TZ = "UTC";
const start = () => new Date("2027-01-31T12:00:00Z");
const adders = {
  "@0dep/piso": (text) => parseDuration(text).getExpireAt(start()),
  "date-duration": (text) => new DateDuration(text).addTo(start()),
  "iso8601-duration": (text) => end(parse(text), start()),
  "pomeranian-durations": (text) => addToDate(text, start()),
  luxon: (text) => DateTime.fromJSDate(start(), { zone: "utc" }).plus(Duration.fromISO(text)).toJSDate(),
};
const day = (date) => (date instanceof Date ? date.toISOString().slice(0, 10) : "refused");
const lines = Object.entries(adders).map(([name, add]) => `${name}: ${day(add("P1M"))}; ${day(add("-P1D"))}`);
const runs = [1, 2, 3, 4].map((time) => day(parseDuration("P1M").getExpireAt(start(), time)));
lines.push(`piso's runs each month: ${runs.join(" ")}`);
console.log(lines.join("\n"));
const expected = `@0dep/piso: 2027-03-03; 2027-01-30
date-duration: 2027-03-03; 2027-02-01
iso8601-duration: 2027-03-03; 2027-02-01
pomeranian-durations: 2027-03-03; refused
luxon: 2027-02-28; 2027-01-30
piso's runs each month: 2027-03-03 2027-03-31 2027-05-01 2027-05-31`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
