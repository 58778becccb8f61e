import { expect, test } from "vitest";
import { readDocument } from "./documents.ts";
import { absentOf, testsIn } from "./test-titles.ts";

/*
 * docs/proof.md names the test that holds each promise: the test has to be there. A sentence that it quotes from
 * another document has to stand there, so that a change of the one leads to the other.
 */

const PAGE = "docs/proof.md";

interface Row {
  /** The document of the heading above: `durable-delivery.md`. */
  document: string;
  cells: string[];
}

/** Returns the rows of all tables of the page, each with the document that its heading links to. */
function rowsOf(text: string): Row[] {
  let document = "";
  return text.split("\n").flatMap((line) => {
    if (line.startsWith("#")) document = /\]\(([\w-]+\.md)\)/.exec(line)?.[1] ?? "";
    if (!line.startsWith("| ") || line.startsWith("|---")) return [];
    return { document, cells: line.slice(2, -2).split(" | ") };
  });
}

/** Returns a text without its marks, in one line. */
const unmarked = (text: string): string =>
  text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[*`]/g, "")
    .replaceAll(/\s+/g, " ");

const rows = rowsOf(readDocument(PAGE).prose);
const named = rows.flatMap(({ cells }) => cells.flatMap(testsIn));
const quoted = rows.filter(({ document, cells: [first = ""] }) => document !== "" && first.startsWith('"'));

test("each test that the page of proofs names is there, with its title", () => {
  expect(named.length).toBeGreaterThan(100);
  expect(absentOf(named)).toEqual([]);
});

test("each sentence that the page of proofs quotes stands in its document", () => {
  const absent = quoted.filter(({ document, cells: [first = ""] }) => {
    const sentence = unmarked(first).slice(1, -1);
    return !unmarked(readDocument(`docs/${document}`).prose).includes(sentence);
  });
  expect(quoted.length).toBeGreaterThan(50);
  expect(absent).toEqual([]);
});

test("each sentence that the page of proofs quotes is held by a test", () => {
  expect(quoted.filter(({ cells: [, tests = ""] }) => testsIn(tests).length === 0)).toEqual([]);
});
