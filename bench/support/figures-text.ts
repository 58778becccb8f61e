import type { Chart } from "./charts.ts";
import type { Figures } from "./figures.ts";

/** A group's name as it begins a sentence: `end to end` is `End to end`. */
const titleOf = (group: string): string => group.charAt(0).toUpperCase() + group.slice(1);

const MET = new Map([
  [true, "met"],
  [false, "**missed**"],
]);

/** All figures in Markdown: a table for each bench, as they were measured, missed targets included. */
export function figuresText(figures: Figures): string {
  const groups = Map.groupBy(Object.entries(figures), ([name]) => name.split(": ", 1)[0] as string);
  return [...groups]
    .map(([group, entries]) => {
      const rows = entries.map(([name, { value, unit, baseline, against, ratio, target, ok }]) => [
        name.slice(group.length + 2),
        `${value} ${unit}`,
        baseline === null ? "" : `${baseline}, ${against}`,
        ratio ?? "",
        target ?? "",
        ok === null ? "" : MET.get(ok),
      ]);
      const lines = rows.map((row) => `| ${row.join(" | ")} |`);
      return [
        `### ${titleOf(group)}`,
        "",
        "| figure | value | baseline | ratio | target | |",
        "|---|---|---|---|---|---|",
        ...lines,
      ].join("\n");
    })
    .join("\n\n");
}

/** Everything that was measured, as docs/performance.md has it. */
export const performanceText = (figures: Figures, charts: readonly Chart[]): string =>
  charts.length === 0 ? figuresText(figures) : `${figuresText(figures)}\n\n${chartsText(charts)}`;

/** The charts in Markdown, each in the reader's own theme. */
export const chartsText = (charts: readonly Chart[]): string =>
  [
    "### Pictures",
    ...charts.map(({ name, title }) =>
      [
        "<picture>",
        `  <source media="(prefers-color-scheme: dark)" srcset="charts/${name}-dark.svg">`,
        `  <img alt="${title}" src="charts/${name}-light.svg">`,
        "</picture>",
      ].join("\n"),
    ),
  ].join("\n\n");
