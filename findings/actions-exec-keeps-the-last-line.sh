#!/usr/bin/env bash
# @actions/exec 3.0.0: `stdline` is not called for a last line without a line end, and letters may be broken.
#
# Guess written down first: `stdline` and `errline` are called "for each line", as the types say: the last one, too, and
# each letter whole, as in `stdout` of `getExecOutput`.
#
# Behaviour: what follows the last line end is announced as an event that nobody listens to, and lost. Output without
# any line end calls nothing. Each chunk becomes a text by itself, so a letter on the border of two becomes two wrong
# ones. `getExecOutput` has both right for the same process.
#
# Why it matters here: an action that reads a tool's answer by lines misses JSON without a line end, and the last line
# of most scripts that write no end. A path or name beyond ASCII is wrong only now and then, where the pipe cut it. Read
# the whole by `getExecOutput`, and split that. Zekt's actions start no process.
# See also actions/toolkit issue 1313.
#
# Output seen on 2026-11-29 (lines by stdline; by getExecOutput):
#   a\nb\n: ["a","b"]; ["a","b"]
#   a\nb: ["a"]; ["a","b"]
#   {"ok":true}: []; ["{\"ok\":true}"]
#   ü\n in two chunks: wrong; ["ü"]
#   the same of stderr, a\nb: ["a"]; ["a","b"]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @actions/exec@3.0.0
cat > run.mjs <<'JS'
import { exec, getExecOutput } from "@actions/exec";
// Writes each part once the one before has had time to arrive.
const writer = `
const [, name, ...parts] = process.argv;
for (const part of parts) {
  process[name].write(Buffer.from(part, "hex"));
  await new Promise((later) => setTimeout(later, 100));
}`;
const hex = (...parts) => parts.map((part) => Buffer.from(part).toString("hex"));
async function linesOf(name, parts) {
  const args = ["--input-type=module", "--eval", writer, name, ...parts];
  const lines = [];
  const listener = (line) => lines.push(line);
  await exec("node", args, { silent: true, listeners: { stdline: listener, errline: listener } });
  const whole = (await getExecOutput("node", args, { silent: true }))[name];
  return [lines, whole.split("\n").filter((line) => line !== "")];
}
const expected = [
  [String.raw`a\nb\n`, "stdout", hex("a\nb\n"), '["a","b"]; ["a","b"]'],
  [String.raw`a\nb`, "stdout", hex("a\nb"), '["a"]; ["a","b"]'],
  ['{"ok":true}', "stdout", hex('{"ok":true}'), String.raw`[]; ["{\"ok\":true}"]`],
  [String.raw`ü\n in two chunks`, "stdout", ["c3", "bc0a"], 'wrong; ["ü"]'],
  [String.raw`the same of stderr, a\nb`, "stderr", hex("a\nb"), '["a"]; ["a","b"]'],
];
let same = true;
for (const [what, name, parts, known] of expected) {
  const [lines, whole] = await linesOf(name, parts);
  const seen = `${/\ufffd/.test(lines.join()) ? "wrong" : JSON.stringify(lines)}; ${JSON.stringify(whole)}`;
  console.log(`${what}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
