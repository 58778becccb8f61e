import { stripVTControlCharacters } from "node:util";

const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Returns lines with a column for each header, two spaces apart. Cells hold no line breaks; see `visible.ts`. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ""))));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
