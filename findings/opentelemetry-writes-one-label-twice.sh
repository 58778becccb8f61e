#!/usr/bin/env bash
# @opentelemetry/exporter-prometheus 0.301.0: two attributes become one label twice, and a name may begin with a digit.
#
# Guess written down first: names of attributes become names that Prometheus takes, and where two become the same, the
# values do not get lost and the text stays valid. OpenTelemetry's rules join such values by a semicolon.
#
# Behaviour: each letter that is not allowed becomes an underscore, and no more is done. "event.type" and "event-type"
# are both `event_type`, in one sample. "2xx" stays as it is. Two attributes that the exporter writes itself are not
# kept apart either: the scope's name, and in a histogram the bound `le`.
#
# Why it matters here: a scraper takes a text as a whole or not at all. One such attribute, perhaps from a header or a
# repository's own names, and no metric of the process is stored any more, so that alarms about absent values go off
# while it works. Name attributes in the code alone, in letters and underscores. Zekt writes its metrics itself.
# Source of the rules: "Metric Attributes" in OpenTelemetry's page on Prometheus compatibility; "Label" in the
# OpenMetrics specification. Other languages' exporters were changed for it, like open-telemetry/opentelemetry-java pull
# request 5717.
#
# Output seen on 2026-11-29 (attributes, labels, and those that break a rule):
#   {"event.type":"push","event-type":"a"}: event_type="push" event_type="a", twice: event_type
#   {"2xx":true}: 2xx="true", no name: 2xx
#   {"otel_scope_name":"a"}: otel_scope_name="a" otel_scope_name="zekt", twice: otel_scope_name
#   {"event.type":"push"}: event_type="push", none
#   {"le":"a"} of a histogram: le="a" le="1", twice: le
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @opentelemetry/api@1.10.0 @opentelemetry/sdk-metrics@3.1.1 @opentelemetry/exporter-prometheus@0.301.0
cat > run.mjs <<'JS'
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
// Returns the labels of the first sample that has more than the exporter's own.
async function labelsOf(attributes, isHistogram) {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ readers: [exporter] }).getMeter("zekt");
  if (isHistogram) meter.createHistogram("seen", { advice: { explicitBucketBoundaries: [1] } }).record(1, attributes);
  else meter.createCounter("seen").add(1, attributes);
  const text = await new Promise((end) => exporter.getMetricsRequestHandler({ headers: {} }, { setHeader() {}, end }));
  const [, labels] = (isHistogram ? /^seen_bucket\{(.*)\}/m : /^seen_total\{(.*)\}/m).exec(text);
  return labels.split(",");
}
function broken(labels) {
  const names = labels.map((label) => label.split("=")[0]);
  const wrong = names.find((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
  if (wrong) return `no name: ${wrong}`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice ? `twice: ${twice}` : "none";
}
const expected = [
  [{ "event.type": "push", "event-type": "a" }, "", 'event_type="push" event_type="a", twice: event_type'],
  [{ "2xx": true }, "", '2xx="true", no name: 2xx'],
  [{ otel_scope_name: "a" }, "", 'otel_scope_name="a" otel_scope_name="zekt", twice: otel_scope_name'],
  [{ "event.type": "push" }, "", 'event_type="push", none'],
  [{ le: "a" }, " of a histogram", 'le="a" le="1", twice: le'],
];
let same = true;
for (const [attributes, of, known] of expected) {
  const labels = await labelsOf(attributes, of !== "");
  const shown = "otel_scope_name" in attributes ? labels : labels.filter((label) => !label.startsWith("otel_"));
  const seen = `${shown.join(" ")}, ${broken(labels)}`;
  console.log(`${JSON.stringify(attributes)}${of}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
