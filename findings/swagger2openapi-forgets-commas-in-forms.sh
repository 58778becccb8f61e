#!/usr/bin/env bash
# swagger2openapi 7.0.8 and @scalar/openapi-upgrader 0.4.9: a list in a form is sent otherwise after the upgrade.
#
# Guess written down first: `collectionFormat` becomes `style` and `explode`, in a query and in a form. "csv", which is
# the default of Swagger 2.0, becomes one field with commas, and "multi" a field for each value.
#
# Behaviour: in a query both do so. In a form swagger2openapi writes nothing, whatever the format, and what is not
# written means a field for each value. @scalar/openapi-upgrader writes what was written, and nothing for the default.
# Neither reports that something was left out.
#
# Why it matters here: a server that reads `labels=bug,docs` gets `labels=bug&labels=docs` from a client that is made of
# the upgraded document, and takes the last or the first. A document of a form API needs `encoding` by hand after the
# upgrade. Zekt takes JSON alone.
# Source of the rule: "Parameter Object" in Swagger 2.0 (default "csv", in forms too) and "Encoding Object" in OpenAPI
# 3.0 (default style "form", which explodes).
#
# Output seen on 2026-11-29 (how the upgraded document has ["bug","docs"] sent; in a query; in a form):
#   swagger2openapi, default: a=bug,docs; a=bug&a=docs
#   swagger2openapi, csv: a=bug,docs; a=bug&a=docs
#   swagger2openapi, multi: a=bug&a=docs; a=bug&a=docs
#   @scalar/openapi-upgrader, default: a=bug,docs; a=bug&a=docs
#   @scalar/openapi-upgrader, csv: a=bug,docs; a=bug,docs
#   @scalar/openapi-upgrader, multi: a=bug&a=docs; a=bug&a=docs
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @scalar/openapi-upgrader@0.4.9 swagger2openapi@7.0.8
cat > run.mjs <<'JS'
import { upgrade } from "@scalar/openapi-upgrader";
import swagger2openapi from "swagger2openapi";
const form = "application/x-www-form-urlencoded";
const documentWith = (collectionFormat) => {
  const list = { name: "a", type: "array", items: { type: "string" }, ...(collectionFormat && { collectionFormat }) };
  const responses = { 204: { description: "Taken" } };
  return JSON.stringify({
    swagger: "2.0",
    info: { title: "Labels", version: "1" },
    paths: {
      "/labels": {
        get: { parameters: [{ ...list, in: "query" }], responses },
        post: { consumes: [form], parameters: [{ ...list, in: "formData" }], responses },
      },
    },
  });
};
// Defaults of OpenAPI 3.0 for a parameter in a query and for a field of a form: style "form", exploded.
const sent = ({ style = "form", explode = style === "form" } = {}) => {
  if (style !== "form") return style;
  return explode ? "a=bug&a=docs" : "a=bug,docs";
};
const upgraders = {
  swagger2openapi: async (document) => (await swagger2openapi.convertObj(document, {})).openapi,
  "@scalar/openapi-upgrader": (document) => upgrade(document, "3.0"),
};
const lines = [];
for (const [name, upgraded] of Object.entries(upgraders)) {
  for (const format of [undefined, "csv", "multi"]) {
    const { get, post } = (await upgraded(JSON.parse(documentWith(format)))).paths["/labels"];
    const { encoding } = post.requestBody.content[form];
    lines.push(`${name}, ${format ?? "default"}: ${sent(get.parameters[0])}; ${sent(encoding?.a)}`);
  }
}
console.log(lines.join("\n"));
const expected = `swagger2openapi, default: a=bug,docs; a=bug&a=docs
swagger2openapi, csv: a=bug,docs; a=bug&a=docs
swagger2openapi, multi: a=bug&a=docs; a=bug&a=docs
@scalar/openapi-upgrader, default: a=bug,docs; a=bug&a=docs
@scalar/openapi-upgrader, csv: a=bug,docs; a=bug,docs
@scalar/openapi-upgrader, multi: a=bug&a=docs; a=bug&a=docs`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
