import { codeIn, readDocument } from "./documents.ts";

/** First cells of every table whose first column is what the product says. */
export function quoted(file: string): string[] {
  const rows = readDocument(file).prose.split("\n");
  let quoting = false;
  return rows.flatMap((row) => {
    if (!row.startsWith("|")) quoting = false;
    else if (/^\| (it says|a replay says|you see) \|/.test(row)) quoting = true;
    else if (quoting && !row.startsWith("|---")) return codeIn(row.split(" | ")[0] ?? "");
    return [];
  });
}
