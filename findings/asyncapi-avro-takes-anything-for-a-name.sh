#!/usr/bin/env bash
# @asyncapi/avro-schema-parser 3.0.24 (with @asyncapi/parser 3.6.6): a list of a named type may hold anything.
#
# Guess written down first: a type that an Avro schema defines once and then names means the same at each place: as a
# field, in a list, in a map, by its name or its full name.
#
# Behaviour: as a field the short name is resolved. As the items of a list or the values of a map it becomes the empty
# schema, which takes anything. So does the full name, where the namespace is that of the record around it. A type that
# is written out there keeps its rules. There is no error and no warning.
#
# Why it matters here: Avro forbids to define a type twice, so a second use is always by name, and lists of records are
# most of them. A consumer that checks messages by the schema that the parser gives takes any list, and generated
# code has "any" there. Check Avro by a library for Avro. Zekt's types of events are JSON Schema.
# Source of the rule: "Names" in the Avro specification 1.11; the README has a section on names and none on these.
#
# Output seen on 2026-11-29 (the schema for the second use):
#   field, by name: {"type":"object","required":["login"]}
#   field, by full name: {}
#   list, by name: {}
#   map, by name: {}
#   list, written out: {"type":"object","required":["login"]}
#   errors and warnings: 0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @asyncapi/avro-schema-parser@3.0.24 @asyncapi/parser@3.6.6
cat > run.mjs <<'JS'
import { AvroSchemaParser } from "@asyncapi/avro-schema-parser";
import { Parser } from "@asyncapi/parser";
const user = { type: "record", name: "User", fields: [{ name: "login", type: "string" }] };
const seconds = {
  "field, by name": "User",
  "field, by full name": "org.example.User",
  "list, by name": { type: "array", items: "User" },
  "map, by name": { type: "map", values: "User" },
  "list, written out": { type: "array", items: { ...user, name: "Other" } },
};
const messages = Object.fromEntries(
  Object.entries(seconds).map(([name, type], index) => {
    const fields = [{ name: "actor", type: user }, { name: "second", type }];
    const schema = { type: "record", name: `Event${index}`, namespace: "org.example", fields };
    const payload = { schemaFormat: "application/vnd.apache.avro;version=1.9.0", schema };
    return [name.replaceAll(/\W+/g, "-"), { payload }];
  }),
);
const parser = new Parser();
parser.registerSchemaParser(AvroSchemaParser());
const info = { title: "Events", version: "1" };
const channels = { events: { address: "events", messages } };
const { document, diagnostics } = await parser.parse(JSON.stringify({ asyncapi: "3.0.0", info, channels }));
const errors = diagnostics.filter(({ severity }) => severity < 2).length;
const lines = Object.keys(seconds).map((name) => {
  const message = document.channels().get("events").messages().get(name.replaceAll(/\W+/g, "-"));
  const { second } = message.payload().json().schema.properties;
  const { type, required } = second.items ?? second.additionalProperties ?? second;
  return `${name}: ${JSON.stringify({ type, required })}`;
});
const seen = [...lines, `errors and warnings: ${errors}`].join("\n");
console.log(seen);
const expected = `field, by name: {"type":"object","required":["login"]}
field, by full name: {}
list, by name: {}
map, by name: {}
list, written out: {"type":"object","required":["login"]}
errors and warnings: 0`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
