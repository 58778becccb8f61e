import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { TokenType } from "@actions/expressions/lexer";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import {
  ensureStatusFunction,
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isScalar,
  isSequence,
  isString,
  items,
  pairs,
} from "./parser.ts";
import type { Conclusion } from "./types.ts";

/** The contexts of expressions: `github`, `env`, `steps`, … by their names in lower case. */
export type Contexts = Record<string, unknown>;

const toData = (value: unknown): data.ExpressionData =>
  JSON.parse(JSON.stringify(value ?? null), data.reviver) as data.ExpressionData;

const toPlain = (value: data.ExpressionData): unknown =>
  JSON.parse(JSON.stringify(value, data.replacer) ?? "null");

const SIGNIFICANT_DIGITS = 15;

/**
 * Writes a number as GitHub does, by .NET's format "G15": 1234567890123456 is 1.23456789012346E+15.
 * https://github.com/actions/runner/blob/main/src/Sdk/DTExpressions2/Expressions2/ExpressionConstants.cs
 */
function numberText(value: number): string {
  const rounded = Number(value.toPrecision(SIGNIFICANT_DIGITS));
  if (!Number.isFinite(rounded) || rounded === 0) return String(rounded);
  const [mantissa, exponent] = rounded.toExponential().split("e") as [string, string];
  if (Number(exponent) > -5 && Number(exponent) < SIGNIFICANT_DIGITS) return String(rounded);
  return `${mantissa}E${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

// The published package keeps more digits, so that a workflow would read here what it never reads on GitHub.
data.NumberData.prototype.coerceString = function () {
  return numberText(this.value);
};

/** Returns `toJSON` of a value, whose numbers GitHub writes like those in texts. */
const toJson = (value: data.ExpressionData): data.ExpressionData =>
  new data.StringData(
    JSON.stringify(
      value,
      (key, part) =>
        part instanceof data.NumberData && Number.isFinite(part.value)
          ? rawJSON(numberText(part.value))
          : data.replacer(key, part),
      "  ",
    ),
  );

// https://github.com/tc39/proposal-json-parse-with-source, in Node since 22.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Turns a context to data only when an expression asks for it: an event may be large. */
class LazyContexts extends data.Dictionary {
  readonly #contexts: Contexts;

  constructor(contexts: Contexts) {
    super();
    this.#contexts = contexts;
  }

  override get(name: string): data.ExpressionData {
    return toData(this.#contexts[name.toLowerCase()]);
  }
}

/** The tokens of an expression. The lexer reads only the first `''` in a text as one quote; GitHub reads all so. */
function lex(expression: string): ReturnType<Lexer["lex"]>["tokens"] {
  return new Lexer(expression)
    .lex()
    .tokens.map((token) =>
      token.type === TokenType.STRING
        ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") }
        : token,
    );
}

function run(expression: string, contexts: Contexts, status: Conclusion = "success"): data.ExpressionData {
  const answers = {
    success: status === "success",
    failure: status === "failure",
    cancelled: status === "cancelled",
    always: true,
  };
  const functions = Object.entries(answers).map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answer),
  }));
  const tree = new Parser(lex(expression), Object.keys(contexts), functions).parse();
  const named = [...functions, { name: "tojson", minArgs: 1, maxArgs: 1, call: toJson }];
  return new Evaluator(
    tree,
    new LazyContexts(contexts),
    new Map(named.map((info) => [info.name, info])),
  ).evaluate();
}

/**
 * Returns whether an `if` holds. Without a status function of its own it holds only after success.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
 */
export function holds(condition: TemplateToken | undefined, contexts: Contexts, status: Conclusion): boolean {
  const given =
    condition && (isBasicExpression(condition) ? condition.expression : scalarText(condition).trim());
  return isTrue(
    given ? ensureStatusFunction(given, condition?.definitionInfo) : "success()",
    contexts,
    status,
  );
}

/** Returns whether an expression is true as it stands, as `post-if` is read. */
export function isTrue(expression: string, contexts: Contexts, status: Conclusion): boolean {
  return Boolean(toPlain(run(expression, contexts, status)));
}

/** Evaluates a part of a workflow to plain values. */
export function evaluate(token: TemplateToken | undefined, contexts: Contexts): unknown {
  if (token === undefined) return undefined;
  if (isBasicExpression(token)) return toPlain(run(token.expression, contexts));
  if (isMapping(token)) {
    return Object.fromEntries(pairs(token).map(([name, value]) => [name, evaluate(value, contexts)]));
  }
  if (isSequence(token)) return items(token).map((item) => evaluate(item, contexts));
  return isString(token) || isNumber(token) || isBoolean(token) ? token.value : null;
}

/** Evaluates to text, as GitHub writes values into texts. */
export function evaluateText(token: TemplateToken | undefined, contexts: Contexts): string {
  if (token === undefined) return "";
  return isBasicExpression(token) ? run(token.expression, contexts).coerceString() : scalarText(token);
}

const scalarText = (token: TemplateToken): string => (isScalar(token) ? token.toString() : "");

/** Evaluates a mapping to texts, as `env` and `with` are given on. */
export function evaluateTexts(token: TemplateToken | undefined, contexts: Contexts): Record<string, string> {
  const values = (evaluate(token, contexts) ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, toData(value).coerceString()]),
  );
}
