import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { isBasicExpression, isLiteral, isMapping, isScalar, isSequence, isString } from "./parser.ts";

/** What expressions can refer to: `github`, `env`, `steps`, … */
export type Contexts = Record<string, unknown>;

/** How the job or the steps before went, for `success()` and its kin. */
export interface Status {
  failed: boolean;
  cancelled: boolean;
}

const STATUS_FUNCTIONS = ["success", "failure", "always", "cancelled"] as const;

const toData = (value: unknown): data.ExpressionData =>
  JSON.parse(JSON.stringify(value ?? null), data.reviver) as data.ExpressionData;

const toPlain = (value: data.ExpressionData): unknown =>
  JSON.parse(JSON.stringify(value, data.replacer) ?? "null");

function run(expression: string, contexts: Contexts, status: Status): data.ExpressionData {
  const boolean = (value: boolean) => new data.BooleanData(value);
  const functions = {
    success: () => boolean(!status.failed && !status.cancelled),
    failure: () => boolean(status.failed && !status.cancelled),
    always: () => boolean(true),
    cancelled: () => boolean(status.cancelled),
  };
  const infos = STATUS_FUNCTIONS.map((name) => ({ name, minArgs: 0, maxArgs: 0, call: functions[name] }));
  const { tokens } = new Lexer(expression).lex();
  const tree = new Parser(tokens, Object.keys(contexts), infos).parse();
  const known = toData(contexts) as data.Dictionary;
  return new Evaluator(tree, known, new Map(infos.map((info) => [info.name, info]))).evaluate();
}

/** Evaluates an `if`: without a status function of its own it holds only after success. */
export function holds(condition: TemplateToken | undefined, contexts: Contexts, status: Status): boolean {
  if (condition === undefined) return !status.failed && !status.cancelled;
  const expression = isBasicExpression(condition)
    ? condition.expression
    : isScalar(condition)
      ? condition.toString()
      : "";
  const { tokens } = new Lexer(expression).lex();
  const asks = tokens.some(({ lexeme }) =>
    (STATUS_FUNCTIONS as readonly string[]).includes(lexeme.toLowerCase()),
  );
  const whole = asks || expression.trim() === "" ? expression : `success() && (${expression})`;
  const value = run(whole.trim() === "" ? "success()" : whole, contexts, status);
  return Boolean(toPlain(value));
}

/** Evaluates a part of a workflow to plain values. */
export function evaluate(token: TemplateToken | undefined, contexts: Contexts, status: Status): unknown {
  if (token === undefined) return undefined;
  if (isBasicExpression(token)) return toPlain(run(token.expression, contexts, status));
  if (isMapping(token)) {
    const result: Record<string, unknown> = {};
    for (let i = 0; i < token.count; i++) {
      const { key, value } = token.get(i);
      result[key.toString()] = evaluate(value, contexts, status);
    }
    return result;
  }
  if (isSequence(token)) {
    return Array.from({ length: token.count }, (_, i) => evaluate(token.get(i), contexts, status));
  }
  if (isString(token)) return token.value;
  return isLiteral(token) ? (token as unknown as { value: unknown }).value : null;
}

/** Evaluates to text, as GitHub writes values into strings. */
export function evaluateText(token: TemplateToken | undefined, contexts: Contexts, status: Status): string {
  return text(evaluate(token, contexts, status));
}

const text = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? (Array.isArray(value) ? "Array" : "Object") : String(value);
};

/** Evaluates a mapping to texts, as `env` and `with` are given on. */
export function evaluateTexts(
  token: TemplateToken | undefined,
  contexts: Contexts,
  status: Status,
): Record<string, string> {
  const values = (evaluate(token, contexts, status) ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
}

/** Evaluates a text that is not part of a workflow, such as an action's default for an input. */
export function evaluateString(source: string, contexts: Contexts, status: Status): string {
  const parts = source.split(/(\$\{\{.*?\}\})/s);
  return parts
    .map((part) =>
      part.startsWith("${{") ? text(toPlain(run(part.slice(3, -2).trim(), contexts, status))) : part,
    )
    .join("");
}
