import { expect, test } from "vitest";
import { codeIn, readDocument } from "./documents.ts";
import { isSaid } from "./messages.ts";

/** First cells of every table whose first column is what the product says. */
function quoted(file: string): string[] {
  const rows = readDocument(file).prose.split("\n");
  let quoting = false;
  return rows.flatMap((row) => {
    if (!row.startsWith("|")) quoting = false;
    else if (/^\| (it says|a replay says|you see) \|/.test(row)) quoting = true;
    else if (quoting && !row.startsWith("|---")) return codeIn(row.split(" | ")[0] ?? "");
    return [];
  });
}

test.each(["docs/troubleshooting.md", "docs/zekt-yml.md"])(
  "whatever %s says that the product says, it says",
  (file) => {
    const messages = quoted(file);
    expect(messages.length).toBeGreaterThan(5);
    expect(messages.filter((message) => !isSaid(message))).toEqual([]);
  },
);

test("what nobody says is not found to be said", () => {
  expect(isSaid("The moon is not enabled as a provider of light.")).toBe(false);
  expect(isSaid("The signature does match.")).toBe(false);
});
