import { expect, test } from "vitest";
import { readDocument } from "./documents.ts";
import { absentOf, testsIn } from "./test-titles.ts";

/* Each surprise of GitHub and AWS that the two pages name is held by a test that is there. */

const PAGES = ["docs/github-as-it-is.md", "docs/aws-as-it-is.md"];
/** The columns of a table of behaviour: it, its source, what Zekt does, and the test. */
const COLUMNS = 4;

/** Returns the rows of a page's tables of behaviour, each as its cells. */
const rowsOf = (page: string): string[][] =>
  readDocument(page)
    .prose.split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
    .filter((cells) => cells.length === COLUMNS && cells.at(-1) !== "test");

test.each(PAGES)("each behaviour in %s has a source, an answer and a test", (page) => {
  const rows = rowsOf(page);
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.filter((cells) => cells.some((cell) => cell.trim() === ""))).toEqual([]);
  expect(rows.filter((cells) => testsIn(cells.at(-1) ?? "").length === 0)).toEqual([]);
});

test.each(PAGES)("each test that %s names is there, with its title", (page) => {
  const named = rowsOf(page).flatMap((cells) => testsIn(cells.at(-1) ?? ""));
  expect(absentOf(named)).toEqual([]);
});
