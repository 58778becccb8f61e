import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";
import { ROOT } from "./documents.ts";

/* The titles that a test file gives to its tests and groups, with `…` for whatever varies. */

const GROUPING = new Set(["test", "it", "describe"]);

/** Returns a title with `…` in place of what a row of `test.each` or an expression fills in. */
const plain = (title: string): string => title.replaceAll(/%[sdifjoO#]|\$\w+/g, "…");

const textOf = (node: ts.Node): string | null => {
  if (ts.isStringLiteralLike(node)) return plain(node.text);
  if (!ts.isTemplateExpression(node)) return null;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].map(plain).join("…");
};

/** Returns the name at the root of what is called: `test` of `test.each(rows)(…)`. */
function rootOf(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) return rootOf(callee.expression);
  return "";
}

/**
 * Returns the titles in a test file of tests and groups.
 *
 * @param name - the file without `test/` and `.test.ts`
 */
export function titlesOf(name: string): string[] {
  const path = `${ROOT}test/${name}.test.ts`;
  if (!existsSync(path)) return [];
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    const [first] = ts.isCallExpression(node) ? node.arguments : [];
    if (first && ts.isCallExpression(node) && GROUPING.has(rootOf(node.expression))) {
      const title = textOf(first);
      if (title !== null) titles.push(title);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest));
  return titles;
}
