#!/usr/bin/env bash
# jsondiffpatch 0.7.7: undoing the delta of a list gives an item the change that another one had.
#
# Guess written down first: `unpatch(after, diff(before, after))` is `before`, and so is patching with the reversed
# delta. With `objectHash` items are known by their id, also those that moved.
#
# Behaviour: `patch` is right in each case. `unpatch` and `reverse` are not, once an item moved and one changed: the
# change is undone at a place where another item stands by then. Of all orders and changes of three items 4 in 48 come
# back wrong, and of four items 84 in 384. Nothing throws: the list looks sound, with one item's old value in another.
#
# Why it matters here: a history that keeps deltas, and shows or restores an older state, shows one that never was: a
# subscription off that was on. Patch forward from a kept whole, or keep deltas both ways. Zekt keeps whole records.
# Source: issues 275 and 295 of the package, open since 2019 and 2020; its README has `unpatch` give the original back.
#
# Output seen on 2026-11-29:
#   before: 1:on 2:on 3:on
#   after: 3:on 2:on 1:off
#   patched: 3:on 2:on 1:off
#   unpatched: 1:off 2:on 3:on
#   patched by the reversed delta: 1:off 2:on 3:on
#   wrong of all changes of three items: 4 of 48
#   wrong of all changes of four items: 84 of 384
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error jsondiffpatch@0.7.7
cat > run.mjs <<'JS'
import { create } from "jsondiffpatch";
const differ = create({ objectHash: ({ id }) => id });
const list = (...items) => items.map(([id, state]) => ({ id, state }));
const words = (items) => items.map(({ id, state }) => `${id}:${state}`).join(" ");
const copy = structuredClone;
const before = list([1, "on"], [2, "on"], [3, "on"]);
const after = list([3, "on"], [2, "on"], [1, "off"]);
const delta = differ.diff(before, after);
const orders = (ids) =>
  ids.length === 0 ? [[]] : ids.flatMap((id) => orders(ids.filter((other) => other !== id)).map((rest) => [id, ...rest]));
function wrongOf(count) {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  const left = list(...ids.map((id) => [id, "on"]));
  let wrong = 0;
  let all = 0;
  for (const order of orders(ids)) {
    for (let changed = 0; changed < 2 ** count; changed += 1) {
      const right = list(...order.map((id) => [id, (changed >> (id - 1)) % 2 === 1 ? "off" : "on"]));
      const change = differ.diff(left, right);
      if (words(differ.patch(copy(left), copy(change))) !== words(right)) throw new Error("patch");
      all += 1;
      if (words(differ.unpatch(copy(right), copy(change))) !== words(left)) wrong += 1;
    }
  }
  return `${wrong} of ${all}`;
}
const seen = `before: ${words(before)}
after: ${words(after)}
patched: ${words(differ.patch(copy(before), copy(delta)))}
unpatched: ${words(differ.unpatch(copy(after), copy(delta)))}
patched by the reversed delta: ${words(differ.patch(copy(after), differ.reverse(copy(delta))))}
wrong of all changes of three items: ${wrongOf(3)}
wrong of all changes of four items: ${wrongOf(4)}`;
console.log(seen);
const expected = `before: 1:on 2:on 3:on
after: 3:on 2:on 1:off
patched: 3:on 2:on 1:off
unpatched: 1:off 2:on 3:on
patched by the reversed delta: 1:off 2:on 3:on
wrong of all changes of three items: 4 of 48
wrong of all changes of four items: 84 of 384`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
