#!/usr/bin/env bash
# cockatiel 4.0.0: a retry policy that is aborted while it waits goes on waiting, and then tries once more.
#
# Guess written down first: `retry(…).execute(function, signal)` ends soon after the signal aborts. If that happens
# between two attempts, the wait is cut short, and the function is not called again.
#
# Behaviour: the signal is looked at after an attempt that failed, and at no other time. The wait runs to its end, the
# function is called with a signal that is aborted already, and only its failure ends it. Where that call succeeds, the
# aborted work counts as done. The wait keeps the process alive, too.
#
# Why it matters here: a service that shuts down aborts what it waits for, and waits of minutes are common when a
# consumer is away. The stop takes as long as the wait, and then one more request goes out. Each function has to look at
# `signal.aborted` itself first.
#
# Output seen on 2026-11-29:
#   aborted before the first attempt: called once, rejected
#   aborted in the wait: called again with an aborted signal, after the whole wait, resolved with "sent"
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error cockatiel@4.0.0
cat > run.mjs <<'JS'
import { ConstantBackoff, handleAll, retry } from "cockatiel";
const wait = 1500;
const policy = retry(handleAll, { maxAttempts: 5, backoff: new ConstantBackoff(wait) });

let calls = 0;
const failing = async () => {
  calls += 1;
  throw new Error("away");
};
const outcome = await policy.execute(failing, AbortSignal.abort()).then(() => "resolved", () => "rejected");
const early = `called ${calls === 1 ? "once" : calls}, ${outcome}`;

const controller = new AbortController();
const signals = [];
const begun = performance.now();
const result = await policy.execute(async ({ signal }) => {
  signals.push(signal.aborted);
  if (signals.length > 1) return "sent";
  setTimeout(() => controller.abort(), 50);
  throw new Error("away");
}, controller.signal);
const waited = performance.now() - begun >= wait - 50 ? "after the whole wait" : "soon";
const again = signals.join() === "false,true" ? "called again with an aborted signal" : signals.join();
const late = `${again}, ${waited}, resolved with ${JSON.stringify(result)}`;

console.log(`aborted before the first attempt: ${early}`);
console.log(`aborted in the wait: ${late}`);
const expected = 'called again with an aborted signal, after the whole wait, resolved with "sent"';
process.exit(early === "called once, rejected" && late === expected ? 0 : 1);
JS
node run.mjs
