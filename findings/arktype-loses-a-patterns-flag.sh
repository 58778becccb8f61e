#!/usr/bin/env bash
# arktype 2.2.10: the JSON Schema of a pattern has no flags, and says nothing of it.
#
# Guess written down first: `toJsonSchema` throws. JSON Schema has no flags, and arktype throws where a type has no
# equivalent there, "by default" as its release notes say, so that a `fallback` can decide.
#
# Behaviour: the flags are left out. /^release$/i becomes the pattern "^release$", which refuses "Release". With `m` the
# schema refuses what has more than one line, and with `s` what the point should have passed. A `fallback` is not asked.
# Two patterns of one text do throw.
#
# Why it matters here: a contract of an event type that is made from the reader's code is narrower than the code. Zekt
# refuses messages that the reader would have taken, and only the sender sees it. Write the flag out: ^[Rr]elease$.
# Source of the rules: the notes of arktype 2.1.20. @valibot/to-json-schema throws for any flag, by its README.
#
# Output seen on 2026-11-29 (by arktype, by ajv 8.20.0 with the schema, fallbacks asked):
#   /^release$/i "Release": true, false, 0
#   /^fix$/m "title\nfix": true, false, 0
#   /^a.b$/s "a\nb": true, false, 0
#   /^release$/ "release": true, true, 0
#   /^r/ and /e$/: asked for patternIntersection
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error arktype@2.2.10 ajv@8.20.0
cat > run.mjs <<'JS'
import { Ajv2020 } from "ajv/dist/2020.js";
import { type } from "arktype";
const lines = [];
for (const [pattern, text] of [
  [/^release$/i, "Release"],
  [/^fix$/m, "title\nfix"],
  [/^a.b$/s, "a\nb"],
  [/^release$/, "release"],
]) {
  let asked = 0;
  const code = type(pattern);
  const schema = code.toJsonSchema({ fallback: { default: ({ base }) => ((asked += 1), base) } });
  const taken = [code.allows(text), new Ajv2020().validate(schema, text), asked];
  lines.push(`${pattern} ${JSON.stringify(text)}: ${taken.join(", ")}`);
}
let code = "nothing";
type(/^r/).and(/e$/).toJsonSchema({ fallback: { default: (of) => ((code = of.code), of.base) } });
lines.push(`/^r/ and /e$/: asked for ${code}`);
console.log(lines.join("\n"));
const expected = String.raw`/^release$/i "Release": true, false, 0
/^fix$/m "title\nfix": true, false, 0
/^a.b$/s "a\nb": true, false, 0
/^release$/ "release": true, true, 0
/^r/ and /e$/: asked for patternIntersection`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
