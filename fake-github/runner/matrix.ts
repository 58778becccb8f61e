import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { type Contexts, evaluate } from "./expressions.ts";
import { field } from "./parser.ts";

/** One combination of a matrix, the `matrix` context of its job. */
export type Combination = Record<string, unknown>;

/**
 * The combinations of a job's `strategy.matrix`; one empty combination for a job without.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
 *
 * @throws for a vector without values, and for a matrix without combinations
 */
export function combinationsOf(strategy: TemplateToken | undefined, contexts: Contexts): Combination[] {
  const matrix = evaluate(field(strategy, "matrix"), contexts) as Record<string, unknown> | undefined;
  if (!matrix) return [{}];
  const { include = [], exclude = [], ...vectors } = matrix;
  let combinations: Combination[] = Object.keys(vectors).length === 0 ? [] : [{}];
  for (const [name, values] of Object.entries(vectors)) {
    if (!Array.isArray(values) || values.length === 0) {
      throw new Error(`Matrix vector '${name}' does not contain any values`);
    }
    combinations = combinations.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  const excluded = exclude as Combination[];
  combinations = combinations.filter((one) => !excluded.some((pattern) => agrees(one, pattern)));
  const originals = combinations.map((one) => ({ ...one }));
  for (const extra of include as Combination[]) {
    const shared = Object.fromEntries(Object.entries(extra).filter(([name]) => name in vectors));
    const fitting = combinations
      .slice(0, originals.length)
      .filter((_, index) => agrees(originals[index] as Combination, shared));
    if (fitting.length > 0) for (const one of fitting) Object.assign(one, extra);
    else combinations.push({ ...extra });
  }
  if (combinations.length === 0) throw new Error("The matrix does not contain any combination");
  return combinations;
}

/** Returns whether a combination has all values of a pattern. */
const agrees = (combination: Combination, pattern: Combination): boolean =>
  Object.entries(pattern).every(
    ([name, value]) => JSON.stringify(combination[name]) === JSON.stringify(value),
  );

/**
 * Returns the suffix that tells a combination's job from its siblings: its plain values, in the order of the
 * matrix.
 */
export const suffixOf = (combination: Combination): string => {
  const values = Object.values(combination).filter((value) => typeof value !== "object");
  return values.length === 0 ? "" : ` (${values.join(", ")})`;
};
