#!/usr/bin/env bash
# @valibot/to-json-schema 1.8.0 (with valibot 1.5.0): the schema of `isoDateTime` refuses all that `isoDateTime` takes.
#
# Guess written down first: the JSON Schema takes what the code takes, or the conversion throws, as it does for a
# pattern with flags. The README marks `isoDateTime` as converted, without a note.
#
# Behaviour: it becomes the format "date-time", which wants seconds and an offset. `isoDateTime` wants neither, and
# refuses both. No text passes the two. `isoTime`, without seconds, becomes "time", which is the same mistake.
# `isoTimestamp` becomes "date-time", too, and fits it.
#
# Why it matters here: a contract of an event type is often generated from the code that reads it. A sender that keeps
# to this one is refused by the reader, and each message that the reader wants breaks the contract. In Zekt a format
# describes and checks nothing, so the contract passes and the reader fails; write `isoTimestamp`.
# Source of the rule: `format` "date-time" and "time" in JSON Schema 2020-12, section 7.3.1, by RFC 3339. The other way
# round, hey-api/hey-api issue 2191 reported that its generated code refused real answers for the same reason.
#
# Output seen on 2026-11-29 (by valibot, by ajv 8.20.0 with ajv-formats 3.0.1):
#   isoDateTime 2026-11-29T14:00: true, false
#   isoDateTime 2026-11-29T14:00:00Z: false, true
#   isoDateTime 2026-11-29T14:00:00+01:00: false, true
#   isoTime 14:00: true, false
#   isoTime 14:00:00Z: false, true
#   isoTimestamp 2026-11-29T14:00:00Z: true, true
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  valibot@1.5.0 @valibot/to-json-schema@1.8.0 ajv@8.20.0 ajv-formats@3.0.1
cat > run.mjs <<'JS'
import { toJsonSchema } from "@valibot/to-json-schema";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as v from "valibot";
const ajv = addFormats.default(new Ajv2020());
const expected = [
  ["isoDateTime", "2026-11-29T14:00", "true, false"],
  ["isoDateTime", "2026-11-29T14:00:00Z", "false, true"],
  ["isoDateTime", "2026-11-29T14:00:00+01:00", "false, true"],
  ["isoTime", "14:00", "true, false"],
  ["isoTime", "14:00:00Z", "false, true"],
  ["isoTimestamp", "2026-11-29T14:00:00Z", "true, true"],
];
let same = true;
for (const [action, text, known] of expected) {
  const code = v.pipe(v.string(), v[action]());
  const schema = toJsonSchema(code, { target: "draft-2020-12", errorMode: "throw" });
  const seen = `${v.is(code, text)}, ${ajv.validate(schema, text)}`;
  console.log(`${action} ${text}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
