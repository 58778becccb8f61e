import { Command } from "commander";
import { type Figures, keep, tableOf } from "./support/figures.ts";

type Bench = (say: (line: string) => void) => Promise<Figures>;

const BENCHES: Record<string, () => Promise<Bench>> = {
  ingest: async () => (await import("./ingest.ts")).ingest,
  "end-to-end": async () => (await import("./end-to-end.ts")).endToEnd,
  faults: async () => (await import("./faults.ts")).faults,
  scale: async () => (await import("./scale.ts")).scale,
  disk: async () => (await import("./disk.ts")).disk,
  cost: async () => (await import("./cost.ts")).cost,
  "cold-start": async () => (await import("./cold-start.ts")).coldStart,
  sustained: async () => (await import("./sustained.ts")).sustained,
  growth: async () => (await import("./growth.ts")).growth,
  small: async () => (await import("./small.ts")).small,
  "exact-run": async () => (await import("./exact-run.ts")).exactRun,
  actions: async () => (await import("./actions.ts")).actions,
  contracts: async () => (await import("./contracts.ts")).contracts,
  earlier: async () => (await import("./earlier.ts")).earlier,
  profile: async () => (await import("./profile.ts")).profile,
  quick: async () => (await import("./quick.ts")).quick,
};

/** Benches that run only when named: without figures that are kept, or where an earlier checkout is needed. */
const APART = new Set(["profile", "earlier", "quick"]);

const program = new Command("npm run bench --")
  .description(
    "Measures Zekt against what a team would use instead, prints a table and keeps bench/results.json.",
  )
  .argument(
    "[names...]",
    `which: ${Object.keys(BENCHES).join(", ")}; all but ${[...APART].join(" and ")} without`,
  )
  .option("--quick", "the main ratios alone, in two minutes; keeps nothing")
  .parse();

const { quick: isQuick = false } = program.opts<{ quick?: boolean }>();
if (isQuick && program.args.length > 0) program.error("--quick takes no names.");
const named =
  program.args.length > 0 ? program.args : Object.keys(BENCHES).filter((name) => !APART.has(name));
const names = isQuick ? ["quick"] : named;
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0)
  program.error(`There is no ${unknown.join(", ")}; there is ${Object.keys(BENCHES).join(", ")}.`);
let failed = false;
for (const name of names) {
  const say = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
  try {
    const figures = await (await BENCHES[name]?.())?.(say);
    if (!figures) continue;
    if (name !== "quick") keep(figures);
    process.stdout.write(`\n${tableOf(figures)}\n`);
  } catch (error) {
    failed = true;
    process.stderr.write(`${name} failed: ${(error as Error).stack}\n`);
  }
}
process.exit(failed ? 1 : 0);
