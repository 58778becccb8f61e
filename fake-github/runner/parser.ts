import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";

const isSchema = (url: string): boolean =>
  url.includes("/@actions/workflow-parser/") && url.endsWith(".json");

/** Where the published schema is narrower than GitHub: `on: repository_dispatch`, and one type as a text. */
function widen(definitions: Record<string, unknown>): void {
  if (!("repository-dispatch-string" in definitions)) return;
  definitions["repository-dispatch-string"] = { string: { constant: "repository_dispatch" } };
  definitions["repository-dispatch-types"] = {
    "one-of": ["non-empty-string", "sequence-of-non-empty-string"],
  };
  definitions["repository-dispatch-mapping"] = {
    mapping: { properties: { types: "repository-dispatch-types" } },
  };
}

// The parser imports its schemas as JSON without saying so, as bundlers let it; Node wants it said.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return isSchema(resolved.url) ? { ...resolved, importAttributes: { type: "json" } } : resolved;
  },
  load(url, context, next) {
    if (!isSchema(url)) return next(url, context);
    const schema = JSON.parse(readFileSync(fileURLToPath(url), "utf8"));
    widen(schema.definitions);
    return { format: "json", source: JSON.stringify(schema), shortCircuit: true };
  },
});

const { TemplateContext, TemplateValidationErrors } = await import(
  "@actions/workflow-parser/templates/template-context"
);
const { getWorkflowSchema } = await import("@actions/workflow-parser/workflows/workflow-schema");
const { FeatureFlags } = await import("@actions/expressions/features");

/** GitHub's own parser of workflow files. */
export const {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isScalar,
  isSequence,
  isString,
  NoOperationTraceWriter,
  parseWorkflow,
} = await import("@actions/workflow-parser");

/** Returns a context that reads what GitHub has made general since the parser was published: background steps. */
export function workflowContext(): InstanceType<typeof TemplateContext> {
  const context = new TemplateContext(
    new TemplateValidationErrors(),
    getWorkflowSchema(),
    new NoOperationTraceWriter(),
  );
  context.state.featureFlags = new FeatureFlags({ all: true });
  return context;
}

/** GitHub's own parser of `action.yml`. */
export const { parseAction } = await import("@actions/workflow-parser/actions/action-parser");

/** Read the triggers and the jobs of a parsed workflow, with the checks that its schema cannot make. */
export const { convertOn } = await import("@actions/workflow-parser/model/converter/events");
export const { convertJobs } = await import("@actions/workflow-parser/model/converter/jobs");

/** Puts `success() &&` before a condition that asks for no status itself. */
export const { ensureStatusFunction } = await import("@actions/workflow-parser/model/converter/if-condition");

/** The value under a key of a mapping; undefined for anything that is not a mapping. */
export const field = (token: TemplateToken | undefined, key: string): TemplateToken | undefined =>
  token && isMapping(token) ? token.find(key) : undefined;

/** The items of a sequence; none for anything that is not a sequence. */
export const items = (token: TemplateToken | undefined): TemplateToken[] =>
  token && isSequence(token) ? Array.from({ length: token.count }, (_, index) => token.get(index)) : [];

/** The names and values of a mapping; none for anything that is not a mapping. */
export const pairs = (token: TemplateToken | undefined): [name: string, value: TemplateToken][] =>
  token && isMapping(token) ? [...token].map(({ key, value }) => [key.toString(), value]) : [];
