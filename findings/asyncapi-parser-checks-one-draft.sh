#!/usr/bin/env bash
# @asyncapi/parser 3.6.6: of JSON Schema it checks draft 7 alone, and takes every other as it is.
#
# Guess written down first: a payload whose schemaFormat says JSON Schema 2020-12 is checked
# by that draft's rules. Where the parser has none for a draft, it says that it cannot check.
#
# Behaviour: a schema with the type "objekt" is refused under draft 7. Under 2019-09, under
# 2020-12 and under a draft that never was, the document is valid, without a warning.
#
# Why it matters here: the AsyncAPI document of a service says 2020-12, which is what event
# types are written in. That a tool on this parser calls such a document valid says nothing
# of its schemas; `zekt validate` and a service's own check do.
#
# Output seen on 2026-11-28:
#   draft-07: type "objekt" refused
#   draft-2019-09: type "objekt" valid
#   draft-2020-12: type "objekt" valid
#   draft-99: type "objekt" valid
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @asyncapi/parser@3.6.6
cat > run.mjs <<'JS'
import asyncapi from "@asyncapi/parser";
const parser = new asyncapi.Parser();
const verdict = async (draft) => {
  const payload = { schemaFormat: `application/schema+json;version=${draft}`, schema: { type: "objekt" } };
  const { diagnostics } = await parser.parse(
    JSON.stringify({
      asyncapi: "3.0.0",
      info: { title: "Releases", version: "1" },
      channels: { releases: { address: "releases", messages: { published: { payload } } } },
    }),
  );
  // 0: an error; 1: a warning; beyond that advice on style.
  return diagnostics.some(({ severity }) => severity < 2) ? "refused" : "valid";
};
const seen = [];
for (const draft of ["draft-07", "draft-2019-09", "draft-2020-12", "draft-99"]) {
  seen.push(await verdict(draft));
  console.log(`${draft}: type "objekt" ${seen.at(-1)}`);
}
process.exit(seen.join() === "refused,valid,valid,valid" ? 0 : 1);
JS
node run.mjs
