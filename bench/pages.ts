import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { billText } from "./support/bill.ts";
import { readCharts } from "./support/charts.ts";
import type { Figures } from "./support/figures.ts";
import { performanceText } from "./support/figures-text.ts";
import { lineChart, THEMES } from "./support/line-chart.ts";
import { scaleText } from "./support/scale-text.ts";
import { written } from "./support/written.ts";

const program = new Command("npm run figures --")
  .description(
    "Writes what was measured into docs/performance.md, what a deployment costs into docs/operations.md, and what a large load takes into docs/scale.md, from bench/results.json and bench/prices.json.",
  )
  .option("--check", "write nothing; fail where what is committed is stale")
  .parse();
const { check = false } = program.opts<{ check?: boolean }>();

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const figures = JSON.parse(read("./results.json")) as Figures;
const charts = readCharts();
const pages = {
  performance: performanceText(figures, charts),
  operations: billText(figures),
  scale: scaleText(figures),
};
const files = [
  ...Object.entries(pages).map(([page, text]) => {
    const path = `docs/${page}.md`;
    return { path, after: written(read(`../${path}`), text) };
  }),
  ...charts.flatMap((chart) =>
    THEMES.map((theme) => ({
      path: `docs/charts/${chart.name}-${theme}.svg`,
      after: lineChart(chart, theme),
    })),
  ),
];
if (!check) mkdirSync(new URL("../docs/charts", import.meta.url), { recursive: true });
for (const { path, after } of files) {
  const url = new URL(`../${path}`, import.meta.url);
  if (existsSync(url) && readFileSync(url, "utf8") === after) continue;
  if (check) {
    process.stderr.write(`${path} is stale: run \`npm run figures\` and commit what it writes.\n`);
    process.exitCode = 1;
  } else writeFileSync(url, after);
}
