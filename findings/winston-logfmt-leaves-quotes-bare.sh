#!/usr/bin/env bash
# winston-logfmt 1.0.0: a value with a quote and without a blank swallows what comes behind it in the line.
#
# Guess written down first: readers of logfmt get each text of a record as it was: with blanks, quotes, equals signs,
# line ends or backslashes, and empty ones too.
#
# Behaviour: only a text with a blank or a line end is put into quotes and escaped. `3.5"` stands as it is, and for a
# reader its quote begins a text that ends at the next quote, some pairs later: the level and the message are part of
# it. A pair of quotes is taken out of `name=="x"`. A text of two lines is written with `\n`, which the package logfmt
# reads as the letter n. What logfmt writes itself both readers read as it was.
#
# Why it matters here: names of labels and jobs, sizes and filters hold quotes, and few of them without a blank: so one
# line in many lacks its level, and an alarm on "error" does not hear of it. Zekt writes its log as JSON.
# Source: the README names no rule; kr/logfmt, from which the format comes, has quotes in quoted texts alone.
#
# Output seen on 2026-11-29:
#   written: disk=3.5" run=7 level=error message="run failed"
#   logfmt reads: {"disk":"3.5 run=7 level=error message=run","failed":true}
#   @jclem/logfmt2 reads: {"disk":"3.5 run=7 level=error message=run"}
#   written: filter=name=="x" level=error message="run failed"
#   logfmt reads: {"filter":"namex","level":"error","message":"run failed"}
#   @jclem/logfmt2 reads: {"filter":"name","":"x","level":"error","message":"run failed"}
#   written of two lines: steps="one\ntwo" level=error message="run failed"
#   logfmt reads: {"steps":"onentwo","level":"error","message":"run failed"}
#   written by logfmt: disk="3.5\"" run=7 level=error message="run failed"
#   logfmt reads: {"disk":"3.5\"","run":"7","level":"error","message":"run failed"}
#   @jclem/logfmt2 reads: {"disk":"3.5\"","run":"7","level":"error","message":"run failed"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  winston-logfmt@1.0.0 winston@3.19.0 logfmt@1.4.0 @jclem/logfmt2@2.4.3
cat > run.mjs <<'JS'
import { Writable } from "node:stream";
import { decode } from "@jclem/logfmt2";
import logfmt from "logfmt";
import winston from "winston";
import winstonLogfmt from "winston-logfmt";
let text = "";
const stream = new Writable({
  write(chunk, _, done) {
    text += chunk;
    done();
  },
});
const log = winstonLogfmt.createLogger({ transports: [new winston.transports.Stream({ stream })] });
const fields = { disk: '3.5"', run: 7 };
log.error("run failed", fields);
log.error("run failed", { filter: 'name=="x"' });
log.error("run failed", { steps: "one\ntwo" });
await new Promise((done) => setTimeout(done, 100));
const [line, filter, ofTwo] = text.trim().split("\n").map((one) => one.trim());
const other = logfmt.stringify({ ...fields, level: "error", message: "run failed" });
const seen = `written: ${line}
logfmt reads: ${JSON.stringify(logfmt.parse(line))}
@jclem/logfmt2 reads: ${JSON.stringify(decode(line))}
written: ${filter}
logfmt reads: ${JSON.stringify(logfmt.parse(filter))}
@jclem/logfmt2 reads: ${JSON.stringify(decode(filter))}
written of two lines: ${ofTwo}
logfmt reads: ${JSON.stringify(logfmt.parse(ofTwo))}
written by logfmt: ${other}
logfmt reads: ${JSON.stringify(logfmt.parse(other))}
@jclem/logfmt2 reads: ${JSON.stringify(decode(other))}`;
console.log(seen);
const expected = String.raw`written: disk=3.5" run=7 level=error message="run failed"
logfmt reads: {"disk":"3.5 run=7 level=error message=run","failed":true}
@jclem/logfmt2 reads: {"disk":"3.5 run=7 level=error message=run"}
written: filter=name=="x" level=error message="run failed"
logfmt reads: {"filter":"namex","level":"error","message":"run failed"}
@jclem/logfmt2 reads: {"filter":"name","":"x","level":"error","message":"run failed"}
written of two lines: steps="one\ntwo" level=error message="run failed"
logfmt reads: {"steps":"onentwo","level":"error","message":"run failed"}
written by logfmt: disk="3.5\"" run=7 level=error message="run failed"
logfmt reads: {"disk":"3.5\"","run":"7","level":"error","message":"run failed"}
@jclem/logfmt2 reads: {"disk":"3.5\"","run":"7","level":"error","message":"run failed"}`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
