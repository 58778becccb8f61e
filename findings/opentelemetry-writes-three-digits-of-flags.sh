#!/usr/bin/env bash
# @opentelemetry/core 3.1.1: a `traceparent` that it took is passed on as one that it refuses itself.
#
# Guess written down first: trace flags that nobody has defined yet are dropped on the way. W3CTraceContextPropagator
# reads "-ff" as sampled, and passes "-01" on.
#
# Behaviour: all bits are kept. They are written as a nought and a hexadecimal number, so that from 0x10 on there are
# three digits: "-10" becomes "-010", and "-ff" becomes "-0ff". Such a header is no `traceparent`. The next service
# reads none and begins a trace of its own, and so it does with this package.
#
# Why it matters here: an event's trace crosses repositories, queues and webhooks. One party that sets an upper bit, as
# a later version of the standard may, breaks it behind each service that uses this package. Zekt writes its own
# header, whose flags are always "01".
# Source of the rule: W3C Trace Context, "Other Flags": flags that are not known are to be set to zero; "trace-flags" is
# of two hexadecimal digits.
#
# Output seen on 2026-11-29 (the end of the header: of the one written, and whether that is read):
#   -01: -01, read
#   -03: -03, read
#   -10: -010, not read
#   -ff: -0ff, not read
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @opentelemetry/core@3.1.1 @opentelemetry/api@1.10.0
cat > run.mjs <<'JS'
import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
const propagator = new W3CTraceContextPropagator();
const read = (headers) => propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
const begin = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
const expected = { "-01": "-01, read", "-03": "-03, read", "-10": "-010, not read", "-ff": "-0ff, not read" };
let same = true;
for (const [flags, known] of Object.entries(expected)) {
  const written = {};
  propagator.inject(read({ traceparent: begin + flags }), written, defaultTextMapSetter);
  const { traceparent } = written;
  const isRead = trace.getSpanContext(read(written)) !== undefined;
  const seen = `${traceparent.slice(begin.length)}, ${isRead ? "read" : "not read"}`;
  console.log(`${flags}: ${seen}`);
  same &&= traceparent.startsWith(begin) && seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
