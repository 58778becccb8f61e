#!/usr/bin/env bash
# parse-prometheus-text-format 1.1.1: the histograms of two label values become one, and no label is left.
#
# Guess written down first: what prom-client writes reads back as it was: each series with its
# labels, and for histograms its buckets, sum and count.
#
# Behaviour: counters and gauges do. Of a histogram or a summary with labels all series are laid over
# one another: for each bucket the last series' number stays. The labels are gone, and so are sum and count.
# Without labels all is right, which is the README's only example of a histogram.
#
# Why it matters here: tests and status pages read `/metrics` by such a parser. It shows the numbers of one
# queue, route or outcome as those of all. Zekt's only summary has no label but `quantile`; what it counts by
# outcome are counters, which read back whole.
#
# Output seen on 2026-11-29:
#   counter: {"value":"1","labels":{"queue":"a"}} {"value":"2","labels":{"queue":"b"}}
#   histogram without labels: {"buckets":{"1":"1","+Inf":"1"},"count":"1","sum":"0.5"}
#   histogram of queues a (once 0.5) and b (twice 5): {"buckets":{"1":"0","+Inf":"2"}}
#   summary of queues a and b: {"quantiles":{"0.5":"5"}}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  parse-prometheus-text-format@1.1.1 prom-client@15.1.3
cat > run.mjs <<'JS'
import parse from "parse-prometheus-text-format";
import { Counter, Histogram, Registry, Summary } from "prom-client";
const register = new Registry();
const common = { help: "h", labelNames: ["queue"], registers: [register] };
const counter = new Counter({ ...common, name: "sent_total" });
counter.inc({ queue: "a" }, 1);
counter.inc({ queue: "b" }, 2);
new Histogram({ ...common, labelNames: [], name: "bare_seconds", buckets: [1] }).observe(0.5);
for (const metric of [
  new Histogram({ ...common, name: "wait_seconds", buckets: [1] }),
  new Summary({ ...common, name: "size_bytes", percentiles: [0.5] }),
]) {
  metric.observe({ queue: "a" }, 0.5);
  metric.observe({ queue: "b" }, 5);
  metric.observe({ queue: "b" }, 5);
}
const families = parse(await register.metrics());
const read = (name) => families.find((family) => family.name === name).metrics.map((one) => JSON.stringify(one)).join(" ");
const seen = [
  ["counter", read("sent_total"), '{"value":"1","labels":{"queue":"a"}} {"value":"2","labels":{"queue":"b"}}'],
  ["histogram without labels", read("bare_seconds"), '{"buckets":{"1":"1","+Inf":"1"},"count":"1","sum":"0.5"}'],
  ["histogram of queues a (once 0.5) and b (twice 5)", read("wait_seconds"), '{"buckets":{"1":"0","+Inf":"2"}}'],
  ["summary of queues a and b", read("size_bytes"), '{"quantiles":{"0.5":"5"}}'],
];
for (const [name, text] of seen) console.log(`${name}: ${text}`);
process.exit(seen.every(([, text, expected]) => text === expected) ? 0 : 1);
JS
node run.mjs
