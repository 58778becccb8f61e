import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { billText } from "./support/bill.ts";
import type { Figures } from "./support/figures.ts";
import { figuresText } from "./support/figures-text.ts";
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
for (const [page, text] of Object.entries({
  performance: figuresText(figures),
  operations: billText(figures),
  scale: scaleText(figures),
})) {
  const path = `../docs/${page}.md`;
  const before = read(path);
  const after = written(before, text);
  if (before === after) continue;
  if (check) {
    process.stderr.write(`docs/${page}.md is stale: run \`npm run figures\` and commit what it writes.\n`);
    process.exitCode = 1;
  } else writeFileSync(fileURLToPath(new URL(path, import.meta.url)), after);
}
