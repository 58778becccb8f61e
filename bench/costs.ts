import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { billText } from "./support/bill.ts";
import type { Figures } from "./support/figures.ts";
import { withCosts } from "./support/with-costs.ts";

const program = new Command("npm run costs --")
  .description(
    "Writes what a deployment costs into docs/operations.md, from bench/results.json and bench/prices.json.",
  )
  .option("--check", "write nothing; fail where what is committed is stale")
  .parse();

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const page = "../docs/operations.md";
const before = read(page);
const after = withCosts(before, billText(JSON.parse(read("./results.json")) as Figures));
if (before !== after) {
  if (program.opts<{ check?: boolean }>().check) {
    process.stderr.write("docs/operations.md is stale: run `npm run costs` and commit what it writes.\n");
    process.exitCode = 1;
  } else writeFileSync(fileURLToPath(new URL(page, import.meta.url)), after);
}
