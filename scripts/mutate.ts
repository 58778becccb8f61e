import { execFileSync, fork } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Command } from "commander";
import type { Coverage, Mutant, Outcome, Report, WorkerConfig } from "./mutate/worker.ts";

/*
 * `npm run mutate -- app/domain/delivery`: changes the code in every small way that Stryker knows, one at a time,
 * and counts the changes that the tests notice. It works on a copy in a temporary folder and installs Stryker there,
 * so nobody who runs the tests has to. Stryker makes the changes, or `mutate/conditions.ts` does with `--conditions`;
 * the tests run within one process, which takes a minute for a thousand changes of rules. Not in CI. Results are in docs/proof.md.
 */

const STRYKER = "@stryker-mutator/core@10.1.1";
const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** A change that hangs is given up after so long, in milliseconds. */
const MOST_TIME = 12_000;

const program = new Command("npm run mutate --")
  .description("Measures how many small changes of the code the tests notice.")
  .argument("<paths...>", "files, or folders whose files are changed: app/domain/delivery")
  .option("--tests <globs...>", "tests that have to notice", ["test/domain/**/*.test.ts"])
  .option("--without <pattern>", "leaves out tests whose title fits: slow ones, which measure time")
  .option("--conditions", "change only the conditions of writes, and what steps are told of them")
  .option("--all", "list each change that no test noticed, or that was noticed by its time")
  .parse();
const { tests, without, all, conditions } = program.opts<{
  tests: string[];
  without?: string;
  all?: true;
  conditions?: true;
}>();

const folder = mkdtempSync(join(tmpdir(), "mutate-"));
try {
  process.stderr.write("Copying the project and installing Stryker …\n");
  copyProject();
  const inCopy = (pattern: string): string[] => globSync(pattern, { cwd: folder }).sort();
  const mutate = program.args.flatMap((path) => inCopy(path.endsWith(".ts") ? path : `${path}/**/*.ts`));
  const instrumenter = join(folder, "node_modules/@stryker-mutator/instrumenter/dist/src/index.js");
  const config = {
    root: folder,
    instrumenter: pathToFileURL(instrumenter).href,
    parser: conditions ? pathToFileURL(join(folder, "node_modules/@babel/parser/lib/index.js")).href : null,
    mutate,
    tests: tests.flatMap(inCopy),
    without: without ?? null,
    coverage: join(folder, "coverage.json"),
  };
  const outcomes = await tryAll(config);
  const { mutants } = JSON.parse(readFileSync(config.coverage, "utf8")) as Coverage;
  print(mutants, outcomes);
} finally {
  rmSync(folder, { recursive: true });
}

function copyProject(): void {
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" });
  for (const file of tracked.split("\0").filter(Boolean))
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  cpSync(join(ROOT, "node_modules"), join(folder, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const stdio = ["ignore", "ignore", "inherit"] as const;
  execFileSync("npm", ["install", ...options, STRYKER], { cwd: folder, stdio: [...stdio] });
}

/** Starts workers until all changes are tried; returns what came of each. */
async function tryAll(config: Omit<WorkerConfig, "from">): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (;;) {
    const from = outcomes.length;
    const isDone = await work({ ...config, from }, outcomes);
    if (isDone) return outcomes;
    if (outcomes.length === from)
      throw new Error("A worker ended before its first change; its error is above.");
    process.stderr.write(`${outcomes.length} changes tried …\n`);
  }
}

/** Runs one worker to its end, which may come before the last change; returns whether it tried that. */
function work(config: WorkerConfig, outcomes: Outcome[]): Promise<boolean> {
  const worker = fork(join(folder, "scripts/mutate/worker.ts"), [JSON.stringify(config)], { cwd: folder });
  let isDone = false;
  let at: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  worker.on("message", (message: Report) => {
    clearTimeout(timer);
    if ("isDone" in message) isDone = true;
    else if (message.outcome) {
      outcomes[message.at] = message.outcome;
      at = null;
    } else {
      at = message.at;
      timer = setTimeout(() => worker.kill("SIGKILL"), MOST_TIME);
    }
  });
  return new Promise((resolve) => {
    worker.on("exit", () => {
      clearTimeout(timer);
      // A worker that ends within a change, or is ended, has noticed it.
      if (at !== null) outcomes[at] = "timeout";
      resolve(isDone);
    });
  });
}

/** Prints how many changes of each file were noticed, as a table in Markdown. */
function print(mutants: readonly Mutant[], outcomes: readonly Outcome[]): void {
  const nameOf = ({ fileName }: Mutant): string => fileName.slice(folder.length + 1);
  const isNoticed = (at: number): boolean => outcomes[at] === "killed" || outcomes[at] === "timeout";
  const tried = mutants.map((mutant, at) => ({
    name: nameOf(mutant),
    mutant,
    isNoticed: isNoticed(at),
    isTimeout: outcomes[at] === "timeout",
  }));
  process.stdout.write("\n| file | changes | noticed | share |\n|---|---|---|---|\n");
  const files = Map.groupBy(tried, ({ name }) => name);
  for (const [name, of] of [...files, ["all", tried] as const]) {
    const noticed = of.filter((one) => one.isNoticed).length;
    const share = of.length > 0 ? Math.round((noticed / of.length) * 100) : 100;
    process.stdout.write(`| ${name} | ${of.length} | ${noticed} | ${share} % |\n`);
  }
  if (!all) return;
  for (const { name, mutant, isNoticed, isTimeout } of tried)
    if (!isNoticed || isTimeout)
      process.stdout.write(
        `${name}:${mutant.location.start.line + 1}:${mutant.location.start.column + 1} ${mutant.mutatorName}${isTimeout ? " (never ended)" : ""}: ${mutant.replacement.replaceAll(/\s+/g, " ")}\n`,
      );
}
