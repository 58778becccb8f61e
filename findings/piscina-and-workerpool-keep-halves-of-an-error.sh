#!/usr/bin/env bash
# piscina 5.3.2 and workerpool 10.0.3: of an error in a worker each pool brings back another half.
#
# Guess written down first: the caller gets the error with its name, message, cause and members, though not its class.
#
# Behaviour: piscina keeps the name if it is one of JavaScript's common ones, and drops each member, `status` and `code`
# too, and the errors of an AggregateError. Workerpool keeps the members, and makes "Error" of a name that the class has
# and not the error. A text that is thrown comes through piscina as it is, and through workerpool as an error without a
# message. Neither README says what becomes of an error.
#
# Why it matters here: what is tried again is decided by `status` or `code`, or by the name. Octokit in a worker fails
# with 404 and 503 alike under piscina, where neither status nor name is left. Have the worker return what the caller
# decides by. Zekt has no workers.
# Source of the rule: "The structured clone algorithm" in Node's documentation, for piscina; none for workerpool.
#
# Output seen on 2026-11-29:
#   RequestError, piscina: Error "Not Found", cause no such page
#   RequestError, workerpool: HttpError "Not Found", status 404, cause no such page
#   TypeError, piscina: TypeError "no number"
#   TypeError, workerpool: Error "no number", code ERR_NUMBER
#   AggregateError, piscina: Error "all failed"
#   AggregateError, workerpool: Error "all failed", errors 1
#   text, piscina: text "not found"
#   text, workerpool: Error ""
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  piscina@5.3.2 workerpool@10.0.3 @octokit/request-error@7.1.2
cat > thrown.mjs <<'JS'
import { RequestError } from "@octokit/request-error";
export function fail(kind) {
  if (kind === "text") throw "not found";
  if (kind === "TypeError") throw Object.assign(new TypeError("no number"), { code: "ERR_NUMBER" });
  if (kind === "AggregateError") throw new AggregateError([new Error("one")], "all failed");
  const request = { method: "GET", url: "https://api.github.com/", headers: {} };
  throw new RequestError("Not Found", 404, { request, cause: new RangeError("no such page") });
}
JS
cat > piscina.mjs <<'JS'
export { fail as default } from "./thrown.mjs";
JS
cat > workerpool.mjs <<'JS'
import { worker } from "workerpool";
import { fail } from "./thrown.mjs";
worker({ fail });
JS
cat > run.mjs <<'JS'
import Piscina from "piscina";
import workerpool from "workerpool";
const piscina = new Piscina({ filename: new URL("piscina.mjs", import.meta.url).href, maxThreads: 1 });
const pool = workerpool.pool("./workerpool.mjs", { maxWorkers: 1, workerType: "thread" });
const told = (error) => {
  if (typeof error === "string") return `text "${error}"`;
  const { name, message, status, code, cause, errors } = error;
  const rest = { status, code, cause: cause?.message ?? (cause && "{}"), errors: errors?.length };
  const present = Object.entries(rest).filter(([, value]) => value !== undefined);
  return [`${name} "${message}"`, ...present.map(([key, value]) => `${key} ${value}`)].join(", ");
};
const lines = [];
for (const kind of ["RequestError", "TypeError", "AggregateError", "text"]) {
  lines.push(`${kind}, piscina: ${await piscina.run(kind).catch(told)}`);
  lines.push(`${kind}, workerpool: ${await pool.exec("fail", [kind]).catch(told)}`);
}
await piscina.destroy();
await pool.terminate();
console.log(lines.join("\n"));
const expected = `RequestError, piscina: Error "Not Found", cause no such page
RequestError, workerpool: HttpError "Not Found", status 404, cause no such page
TypeError, piscina: TypeError "no number"
TypeError, workerpool: Error "no number", code ERR_NUMBER
AggregateError, piscina: Error "all failed"
AggregateError, workerpool: Error "all failed", errors 1
text, piscina: text "not found"
text, workerpool: Error ""`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
