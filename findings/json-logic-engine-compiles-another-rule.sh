#!/usr/bin/env bash
# json-logic-engine 5.0.7: a rule that is built answers otherwise than the same rule that is run.
#
# Guess written down first: `engine.build(rule)(data)` gives what `engine.run(rule, data)` gives, only faster. The
# README promises compiled rules that are many times as fast, and speaks of no difference.
#
# Behaviour: they differ where a value is absent or null. `all` over a list that is not there is false when run and
# true when built. `null == 0` is true when run; built, it is false with null on the left, and true with null on the
# right. `cat` leaves an absent value out when run, and writes "null" when built. A default for a value that is null is
# taken only when built. `5 > "n/a"` throws when run and is false when built.
#
# Why it matters here: a router compiles a filter once and runs it for each message, and a page where people try their
# filter runs it. The page then says that a message without the list is left out, and the router delivers it. Zekt
# filters by CEL, and tries a filter with the very function that delivers.
# Source of the rules: "all", "cat" and "var" of the operations at jsonlogic.com. json-logic-js 2.0.5 agrees with `run`
# in the first, third and fourth.
#
# Output seen on 2026-11-29 (rule, data: run, built):
#   {"all":[{"var":"jobs"},{"==":[{"var":""},"ok"]}]} {}: false, true
#   {"==":[null,{"var":"tries"}]} {"tries":0}: true, false
#   {"cat":["v",{"var":"tag"}]} {}: "v", "vnull"
#   {"var":["tag","none"]} {"tag":null}: null, "none"
#   {">":[5,{"var":"score"}]} {"score":"n/a"}: throws, false
#   {"==":[{"var":"tries"},null]} {"tries":0}: true, true
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error json-logic-engine@5.0.7
cat > run.mjs <<'JS'
import { LogicEngine } from "json-logic-engine";
const engine = new LogicEngine();
const result = (evaluate) => {
  try {
    return JSON.stringify(evaluate());
  } catch {
    return "throws";
  }
};
const expected = [
  [{ all: [{ var: "jobs" }, { "==": [{ var: "" }, "ok"] }] }, {}, "false, true"],
  [{ "==": [null, { var: "tries" }] }, { tries: 0 }, "true, false"],
  [{ cat: ["v", { var: "tag" }] }, {}, '"v", "vnull"'],
  [{ var: ["tag", "none"] }, { tag: null }, 'null, "none"'],
  [{ ">": [5, { var: "score" }] }, { score: "n/a" }, "throws, false"],
  [{ "==": [{ var: "tries" }, null] }, { tries: 0 }, "true, true"],
];
let same = true;
for (const [rule, data, known] of expected) {
  const seen = `${result(() => engine.run(rule, data))}, ${result(() => engine.build(rule)(data))}`;
  console.log(`${JSON.stringify(rule)} ${JSON.stringify(data)}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
