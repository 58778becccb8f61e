#!/usr/bin/env bash
# ajv 8.20.0 with re2js 2.10.0: a schema's pattern is judged by one of ajv's own schemas.
#
# Guess written down first: with `code.regExp` set to a function that compiles by re2js and
# returns { test }, as ajv's types ask, each `pattern` of a schema gets an object of its own.
#
# Behaviour: ajv keeps compiled patterns under the text of the object that the function
# returns. A RegExp has its source there; any other object is "[object Object]", so that all
# share one entry. The first is of the dialect's own schema, which ajv compiles before the
# user's: every pattern is then judged by that. An object whose toString gives the pattern is
# judged right.
#
# Why it matters here: schemas of messages come from people, so their patterns run on an
# engine whose time is linear. Written by the types alone, no pattern is judged at all.
#
# Output seen on 2026-11-27:
#   "v1" by ^v\d$ without toString: taken
#   "x" by ^v\d$ without toString: taken
#   "v1" by ^v\d$ with toString: taken
#   "x" by ^v\d$ with toString: refused
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error ajv@8.20.0 re2js@2.10.0
cat > run.mjs <<'JS'
import Ajv from "ajv/dist/2020.js";
import { RE2JS } from "re2js";
const schema = { type: "string", pattern: "^v\\d$" };
const seen = [];
for (const way of ["without", "with"]) {
  const regExp = (source) => {
    const pattern = RE2JS.compile(source);
    const test = (text) => pattern.matcher(text).find();
    return way === "with" ? { test, toString: () => source } : { test };
  };
  const validate = new Ajv.default({ code: { regExp } }).compile(schema);
  for (const text of ["v1", "x"]) {
    const verdict = validate(text) ? "taken" : "refused";
    console.log(`${JSON.stringify(text)} by ${schema.pattern} ${way} toString: ${verdict}`);
    seen.push(verdict);
  }
}
process.exit(seen.join() === "taken,taken,taken,refused" ? 0 : 1);
JS
node run.mjs
