import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { FileProblem } from "../app/domain/zekt-yml/read-zekt-file.ts";
import { ZEKT_FILE } from "../app/domain/zekt-yml/zekt-file-path.ts";
import { baseHasFaults, baseOfFile, type Checked, checkFile, faultsInWords } from "./check-file.ts";
import { annotation, nameInWorkspace } from "./output/annotation.ts";
import { visible } from "./output/visible.ts";

/*
 * The action that checks a zekt.yml in a pull request, `action/validate`. It reads one file, and another to compare
 * it with where one is named, and prints workflow commands:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

const { env, stdout } = process;
const workspace = env.GITHUB_WORKSPACE ?? process.cwd();
const inWorkspace = (file: string): string => (isAbsolute(file) ? file : join(workspace, file));
const path = inWorkspace((env.INPUT_FILE ?? "").trim() || ZEKT_FILE);
/** The file's name as annotations take it: from the workspace. */
const name = nameInWorkspace(workspace, path);

/** Returns a file's text; null where there is none, as in a pull request that removes it. */
function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw new Error(`${nameInWorkspace(workspace, path)} cannot be read: ${message}.`, { cause: error });
  }
}

/** Appends to a file that the runner reads after the step, where it named one. */
function append(file: string | undefined, text: string): void {
  if (file) appendFileSync(file, text);
}

/** Returns a text as a cell of a table in Markdown, in which nothing of it is markup. */
const cell = (text: string): string =>
  visible(text).replaceAll(/[\\`*_{}[\]<>()#+!|~@&:-]/g, (one) => `&#${one.charCodeAt(0)};`);

function table(title: string, column: string, rows: readonly FileProblem[]): string {
  if (rows.length === 0) return "";
  const lines = rows.map(({ line, column, message }) => `| ${line} | ${column} | ${cell(message)} |`);
  return `### ${title}\n\n| line | column | ${column} |\n|---|---|---|\n${lines.join("\n")}\n`;
}

/** Compares with the base where one is named; one that is not there offered nothing. */
async function check(text: string, named: string): Promise<Checked> {
  const base = named === "" ? null : baseOfFile(read(inWorkspace(named)) ?? "");
  if (named !== "" && base === null) stdout.write(`::notice::${visible(baseHasFaults(named))}\n`);
  return await checkFile(text, base);
}

async function run(): Promise<void> {
  const breaking = (env.INPUT_BREAKING ?? "").trim() || "warn";
  if (breaking !== "warn" && breaking !== "fail")
    throw new Error(`breaking must be warn or fail, not ${breaking}.`);
  const base = (env.INPUT_BASE ?? "").trim();
  // No error: a workflow may compare in pull requests, and check alone elsewhere.
  if (breaking === "fail" && base === "")
    stdout.write("::warning::breaking is fail, but base is empty, so nothing is compared.\n");
  const text = read(path);
  if (text === null && readdirSync(workspace).length === 0)
    throw new Error(
      "The workspace is empty, so there is nothing to check: put the step actions/checkout before this one.",
    );
  // A file that is removed leaves all that it offered as it is.
  const { problems, changes } = text === null ? { problems: [], changes: [] } : await check(text, base);
  const broken = changes.filter(({ verdict }) => verdict === "breaks");
  append(env.GITHUB_OUTPUT, `faults=${problems.length}\nbreaking=${broken.length}\n`);
  for (const one of problems) stdout.write(annotation(name, one));
  for (const one of changes) {
    const isError = breaking === "fail" && one.verdict === "breaks";
    stdout.write(annotation(name, one, isError ? "error" : "warning"));
  }
  append(
    env.GITHUB_STEP_SUMMARY,
    table(`${faultsInWords(problems.length)} in ${cell(name)}`, "fault", problems) +
      table(`What subscribers of ${cell(name)} are to know`, "change", changes),
  );
  if (text === null) stdout.write(`::notice::There is no ${visible(name)}, so nothing is checked.\n`);
  else if (problems.length === 0) stdout.write(`${visible(name)} is valid.\n`);
  if (problems.length > 0 || (breaking === "fail" && broken.length > 0)) process.exitCode = 1;
}

void run().catch((error: Error) => {
  stdout.write(`::error::${visible(error.message)}\n`);
  process.exitCode = 1;
});
