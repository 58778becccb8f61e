#!/usr/bin/env bash
# @opentelemetry/core 3.1.1: baggage with an empty value is written and not read, nor is what is no UTF-8.
#
# Guess written down first: what `inject` writes `extract` reads, whatever the value, and a value that is no UTF-8 is
# read with U+FFFD in place of what is wrong.
#
# Behaviour: an entry with an empty value goes out as "ref=" and is left out when read, with its properties. So is an
# entry whose value holds a percent sign before no UTF-8, such as "%E9" of a Latin-1 system. The others of the header
# are read, and nothing is reported.
#
# Why it matters here: a service that passes on what it has read sends the next one a shorter list. "Set, and empty",
# as a run's `ref` without a branch, becomes "not set" after one hop, and a default takes its place after two. Write a
# word for what is empty, such as "none". Zekt neither reads nor writes baggage.
# Source of the rules: "value" in W3C Baggage: any number of characters, and U+FFFD for what is no UTF-8; for the first
# open-telemetry/opentelemetry-js issue 6138, and opentelemetry-java pull request 8468, which changed it there.
#
# Output seen on 2026-11-29 (what was written, or a header of another's; what was read):
#   ref=,run=7: run=7
#   ref=;source=zekt,run=7: run=7
#   ref=caf%E9,run=7: run=7
#   ref=caf%C3%A9,run=7: ref=café run=7
#   ref=%20,run=7: ref=  run=7
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @opentelemetry/api@1.10.0 @opentelemetry/core@3.1.1
cat > run.mjs <<'JS'
import { defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import { W3CBaggagePropagator } from "@opentelemetry/core";
const propagator = new W3CBaggagePropagator();
function written(ref) {
  const carrier = {};
  const baggage = propagation.createBaggage({ ref: { value: ref }, run: { value: "7" } });
  propagator.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), carrier, defaultTextMapSetter);
  return carrier.baggage;
}
function read(baggage) {
  const context = propagator.extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter);
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  return entries.map(([key, { value }]) => `${key}=${value}`).join(" ");
}
const headers = [written(""), "ref=;source=zekt,run=7", "ref=caf%E9,run=7", written("café"), written(" ")];
const seen = headers.map((header) => `${header}: ${read(header)}`).join("\n");
console.log(seen);
const expected = `ref=,run=7: run=7
ref=;source=zekt,run=7: run=7
ref=caf%E9,run=7: run=7
ref=caf%C3%A9,run=7: ref=café run=7
ref=%20,run=7: ref=  run=7`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
