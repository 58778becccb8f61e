#!/usr/bin/env bash
# @asyncapi/converter 2.0.2 (read by @asyncapi/parser 3.6.6): from version 2 to 3, what a trait says no longer holds.
#
# Guess written down first: a converted document describes the same messages. Traits are kept as they are.
#
# Behaviour: they are kept as they are, and mean something else. In version 2 a trait is merged over the message, in
# version 3 the message over the trait. Where both say something, the other one holds after the conversion: content
# type, required headers, summary. The converter says much of what it leaves out, and nothing of this.
#
# Why it matters here: a trait holds what all messages of a company have in common, such as the headers of CloudEvents.
# A message that has a header of its own loses the required ones of the trait, and a consumer made of the converted
# document takes messages that it refused before. Merge the traits before the conversion. Zekt's documents are written
# in version 3, without traits.
# Source of the rule: "Message Trait Object" in AsyncAPI 2.6.0 and 3.0.0, and pull request 907 of asyncapi/spec. In pull
# request 180 of asyncapi/converter-js a maintainer asks whether there should be a warning.
#
# Output seen on 2026-11-29 (content type; required headers; summary of the operation):
#   2.6.0, as written: application/cloudevents+json; ce-id; of the trait
#   3.0.0, converted: application/json; attempt; of the operation
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @asyncapi/converter@2.0.2 @asyncapi/parser@3.6.6
cat > run.mjs <<'JS'
import { convert } from "@asyncapi/converter";
import { Parser } from "@asyncapi/parser";
const headersWith = (name) => ({ type: "object", required: [name], properties: { [name]: { type: "string" } } });
const document = {
  asyncapi: "2.6.0",
  info: { title: "Events", version: "1" },
  channels: {
    events: {
      publish: {
        operationId: "take",
        summary: "of the operation",
        traits: [{ summary: "of the trait" }],
        message: {
          contentType: "application/json",
          headers: headersWith("attempt"),
          payload: { type: "object" },
          traits: [{ contentType: "application/cloudevents+json", headers: headersWith("ce-id") }],
        },
      },
    },
  },
};
async function described(text) {
  const { document: parsed } = await new Parser().parse(text);
  const operation = parsed.operations().get("take");
  const [message] = operation.messages().all();
  return `${message.contentType()}; ${message.headers().required().join(", ")}; ${operation.summary()}`;
}
const seen = `2.6.0, as written: ${await described(JSON.stringify(document))}
3.0.0, converted: ${await described(JSON.stringify(convert(document, "3.0.0")))}`;
console.log(seen);
const expected = `2.6.0, as written: application/cloudevents+json; ce-id; of the trait
3.0.0, converted: application/json; attempt; of the operation`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
