import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";
import { ROOT } from "./documents.ts";

/* The titles that a test file gives to its tests and groups, with `…` for whatever varies. */

/** `test`, and what a file calls a test that it skips or repeats: `testBeyondFauxqs`. */
const GROUPING = /^(?:test(?:[A-Z]\w*)?|it|describe)$/;

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
 * @param name - the file without `test/` and `.test.ts`; tests that a file's own runs may be in one without `.test`
 */
export function titlesOf(name: string): string[] {
  const path = [`${ROOT}test/${name}.test.ts`, `${ROOT}test/${name}.ts`].find((one) => existsSync(one));
  if (path === undefined) return [];
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    const [first] = ts.isCallExpression(node) ? node.arguments : [];
    if (first && ts.isCallExpression(node) && GROUPING.test(rootOf(node.expression))) {
      const title = textOf(first);
      if (title !== null) titles.push(title);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest));
  return titles;
}

const NAMED = /^`(?:test\/)?([\w./-]+?)(?:\.test\.ts)?`: (.+)$/;

/** Returns the tests that a cell of a table names, as `file`: title, one a line. */
export const testsIn = (cell: string): [file: string, title: string][] =>
  cell.split("<br>").flatMap((line) => {
    const [, file, title] = NAMED.exec(line.trim()) ?? [];
    return file !== undefined && title !== undefined ? [[file, title]] : [];
  });

/** Returns those of some named tests that are not there. */
export function absentOf(named: readonly [file: string, title: string][]): [file: string, title: string][] {
  const titles = new Map([...new Set(named.map(([file]) => file))].map((file) => [file, titlesOf(file)]));
  return named.filter(([file, title]) => !titles.get(file)?.includes(title));
}
