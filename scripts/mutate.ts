import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";

/*
 * `npm run mutate -- app/domain/delivery`: changes the code in every small way that Stryker knows, one at a time,
 * and counts the changes that the tests notice. It works on a copy in a temporary folder and installs Stryker
 * there, so nobody who runs the tests has to. Not in CI: a room takes minutes. Results are in docs/proof.md.
 */

const STRYKER = ["@stryker-mutator/core@10.1.1", "@stryker-mutator/vitest-runner@10.1.1"];
const ROOT = fileURLToPath(new URL("..", import.meta.url));

const program = new Command("npm run mutate --")
  .description("Measures how many small changes of the code the tests notice.")
  .argument("<path>", "a file, or a folder whose files are changed: app/domain/delivery")
  .option("--tests <glob>", "tests that have to notice", "test/domain/**/*.test.ts")
  .option("--all", "list each change that no test noticed")
  .parse();
const [path = ""] = program.args;
const { tests, all } = program.opts<{ tests: string; all?: true }>();

interface Mutant {
  status: string;
  mutatorName: string;
  replacement?: string;
  location: { start: { line: number } };
}
interface Report {
  files: Record<string, { mutants: Mutant[] }>;
}

const folder = mkdtempSync(join(tmpdir(), "mutate-"));
try {
  process.stderr.write("Copying the project and installing Stryker …\n");
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" });
  for (const file of tracked.split("\0").filter(Boolean)) {
    if (/^(?:docs|findings|bench)\//.test(file)) continue;
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  }
  cpSync(join(ROOT, "node_modules"), join(folder, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...options, ...STRYKER], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  writeFileSync(
    join(folder, "vitest.mutate.ts"),
    `export default { test: { include: [${JSON.stringify(tests)}], pool: "threads", maxWorkers: 1 } };\n`,
  );
  const report = join(folder, "report.json");
  writeFileSync(
    join(folder, "stryker.json"),
    JSON.stringify({
      testRunner: "vitest",
      plugins: ["@stryker-mutator/vitest-runner"],
      vitest: { configFile: "vitest.mutate.ts" },
      mutate: [path.endsWith(".ts") ? path : `${path}/**/*.ts`],
      coverageAnalysis: "perTest",
      concurrency: 2,
      timeoutMS: 20_000,
      inPlace: true,
      reporters: ["progress-append-only", "json"],
      jsonReporter: { fileName: report },
    }),
  );
  const bin = join(folder, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const { status } = spawnSync(process.execPath, [bin, "run", "stryker.json"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    env,
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status}.`);
  print(JSON.parse(readFileSync(report, "utf8")) as Report);
} finally {
  rmSync(folder, { recursive: true });
}

/** Prints how many changes of each file were noticed, as a table in Markdown. */
function print({ files }: Report): void {
  const rows = Object.entries(files).map(([name, { mutants }]) => ({ name, ...countOf(mutants) }));
  const total = {
    name: "all",
    noticed: sum(rows.map((row) => row.noticed)),
    made: sum(rows.map((row) => row.made)),
  };
  process.stdout.write("\n| file | changes | noticed | share |\n|---|---|---|---|\n");
  for (const { name, noticed, made } of [...rows, total])
    process.stdout.write(
      `| ${name} | ${made} | ${noticed} | ${made ? Math.round((noticed / made) * 100) : 100} % |\n`,
    );
  if (!all) return;
  for (const [name, { mutants }] of Object.entries(files))
    for (const { status, mutatorName, replacement, location } of mutants)
      if (status === "Survived" || status === "NoCoverage")
        process.stdout.write(
          `${name}:${location.start.line} ${mutatorName}: ${replacement?.replaceAll(/\s+/g, " ")}\n`,
        );
}

function countOf(mutants: readonly Mutant[]): { noticed: number; made: number } {
  const count = (...statuses: string[]): number =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  const noticed = count("Killed", "Timeout");
  return { noticed, made: noticed + count("Survived", "NoCoverage") };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
