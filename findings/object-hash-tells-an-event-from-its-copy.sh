#!/usr/bin/env bash
# object-hash 3.0.0, hash-sum 2.0.0 and hash-it 7.0.2: an event has one hash before a queue and another behind it.
#
# Guess written down first: a hash of an object goes by its values, in any order of keys. Objects that are the same as
# JSON have the same hash, and others another.
#
# Behaviour: the second half is so in all. But an object that stands in two places is hashed by its values in the first
# and as a reference in the second, though nothing is circular. A copy by way of JSON has two objects there, equal to
# each other, and another hash. ohash 2.0.12 and stable-hash 0.0.6 go by the values.
#
# Why it matters here: a key against double work is made of an event where it comes in, and of its message where it is
# done. One sender used in two places, or an alias in a YAML file, and the two never meet: the work is done twice, and
# only for events of that shape. Hash the text that is sent, or a copy of the event. Zekt hashes bytes.
# Source of the rule: the README of hash-it, where a hash goes by the values and prevents duplicates, and that of
# object-hash, which hashes values. In puleos/object-hash issue 78 it is called intended; no README says it.
#
# Output seen on 2026-11-29 (hash of the event is that of its copy, of one with other order of keys, of another event):
#   object-hash: false, true, false
#   hash-sum: false, true, false
#   hash-it: false, true, false
#   ohash: true, true, false
#   stable-hash: true, true, false
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  object-hash@3.0.0 hash-sum@2.0.0 hash-it@7.0.2 ohash@2.0.12 stable-hash@0.0.6
cat > run.mjs <<'JS'
import { hash as hashIt } from "hash-it";
import hashSum from "hash-sum";
import objectHash from "object-hash";
import { hash as ohash } from "ohash";
import { stableHash } from "stable-hash";
const sender = { login: "ana", id: 7 };
const event = { sender, pusher: sender };
const copy = JSON.parse(JSON.stringify(event));
const turned = { pusher: { id: 7, login: "ana" }, sender: { id: 7, login: "ana" } };
const other = { sender: { ...sender }, pusher: { ...sender, id: 8 } };
const hashes = { "object-hash": objectHash, "hash-sum": hashSum, "hash-it": hashIt, ohash, "stable-hash": stableHash };
const lines = Object.entries(hashes).map(([name, hash]) => {
  const same = [hash(event) === hash(copy), hash(copy) === hash(turned), hash(copy) === hash(other)];
  return `${name}: ${same.join(", ")}`;
});
console.log(lines.join("\n"));
const expected = `object-hash: false, true, false
hash-sum: false, true, false
hash-it: false, true, false
ohash: true, true, false
stable-hash: true, true, false`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
