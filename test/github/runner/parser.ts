import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const isSchema = (url: string): boolean =>
  url.includes("/@actions/workflow-parser/") && url.endsWith(".json");

// The parser imports its schema as JSON without saying so, as bundlers let it; Node wants it said. And
// the schema names the wrong event where `on` is the plain text `repository_dispatch`, which GitHub takes.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return isSchema(resolved.url) ? { ...resolved, importAttributes: { type: "json" } } : resolved;
  },
  load(url, context, next) {
    if (!isSchema(url)) return next(url, context);
    const schema = JSON.parse(readFileSync(fileURLToPath(url), "utf8"));
    const definition = schema.definitions["repository-dispatch-string"];
    if (definition) definition.string.constant = "repository_dispatch";
    return { format: "json", source: JSON.stringify(schema), shortCircuit: true };
  },
});

/** GitHub's own parser of workflow files. */
export const {
  isBasicExpression,
  isLiteral,
  isMapping,
  isScalar,
  isSequence,
  isString,
  NoOperationTraceWriter,
  parseWorkflow,
} = await import("@actions/workflow-parser");
