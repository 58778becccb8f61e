#!/usr/bin/env bash
# xstate 5.33.3: a machine that is restored waits for ever where it had a delayed transition.
#
# Guess written down first: an actor that starts from a persisted snapshot has its `after` again. The delay begins anew,
# or goes on with what is left of it.
#
# Behaviour: nothing of the timer is in the snapshot, and starting from it sets none. The state is left by no time at
# all, and says `active`. A promise that the state had invoked is started anew, so that the two differ.
#
# Why it matters here: a delivery that waits for its next attempt is such a state, and a process that is restarted
# restores it. It is then neither tried again nor given up. Zekt keeps the moment when a delivery is due, and a sweep
# finds it.
# See also statelyai/xstate issue 5331.
#
# Output seen on 2026-11-29:
#   not restored, after the delay: sent
#   restored, after five times the delay: waiting, active
#   a promise of a restored state: asked twice, sent
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error xstate@5.33.3
cat > run.mjs <<'JS'
import { createActor, createMachine, fromPromise, SimulatedClock } from "xstate";
const delay = 1000;
const machine = createMachine({
  initial: "waiting",
  states: { waiting: { after: { [delay]: "sent" } }, sent: {} },
});
const stored = (actor) => JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
const clock = new SimulatedClock();
const first = createActor(machine, { clock }).start();
clock.increment(delay / 2);
const snapshot = stored(first);
clock.increment(delay);
const seen = [`not restored, after the delay: ${first.getSnapshot().value}`];

const laterClock = new SimulatedClock();
const restored = createActor(machine, { clock: laterClock, snapshot }).start();
laterClock.increment(5 * delay);
const { value, status } = restored.getSnapshot();
seen.push(`restored, after five times the delay: ${value}, ${status}`);

let asked = 0;
const answers = [];
const asking = createMachine({
  initial: "waiting",
  states: {
    waiting: {
      invoke: {
        src: fromPromise(() => {
          asked += 1;
          return new Promise((resolve) => answers.push(resolve));
        }),
        onDone: "sent",
      },
    },
    sent: {},
  },
});
const interrupted = createActor(asking).start();
const asleep = stored(interrupted);
interrupted.stop();
const again = createActor(asking, { snapshot: asleep }).start();
answers.at(-1)();
await new Promise((done) => setTimeout(done, 50));
seen.push(`a promise of a restored state: asked ${asked === 2 ? "twice" : asked}, ${again.getSnapshot().value}`);
console.log(seen.join("\n"));
const expected = [
  "not restored, after the delay: sent",
  "restored, after five times the delay: waiting, active",
  "a promise of a restored state: asked twice, sent",
];
process.exit(seen.join() === expected.join() ? 0 : 1);
JS
node run.mjs
