import { appendFileSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { FileProblem } from "../app/domain/zekt-yml/read-zekt-file.ts";
import { ZEKT_FILE } from "../app/domain/zekt-yml/zekt-file-path.ts";
import { checkFile, faultsInWords } from "./check-file.ts";
import { annotation } from "./output/annotation.ts";
import { visible } from "./output/visible.ts";

/*
 * The action that checks a zekt.yml in a pull request, `action/validate`. It reads one file and prints workflow
 * commands: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

const { env, stdout } = process;
const workspace = env.GITHUB_WORKSPACE ?? process.cwd();
const given = (env.INPUT_FILE ?? "").trim() || ZEKT_FILE;
const path = isAbsolute(given) ? given : join(workspace, given);
/** The file's name as annotations take it: from the workspace. */
const name = relative(workspace, path);

/** Returns the file's text; null where there is none, as in a pull request that removes it. */
function read(): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw new Error(`${name} cannot be read: ${message}.`, { cause: error });
  }
}

/** Appends to a file that the runner reads after the step, where it named one. */
function append(file: string | undefined, text: string): void {
  if (file) appendFileSync(file, text);
}

/** Returns a text as a cell of a table in Markdown, in which nothing of it is markup. */
const cell = (text: string): string =>
  visible(text).replaceAll(/[\\`*_{}[\]<>()#+!|~@&:-]/g, (one) => `&#${one.charCodeAt(0)};`);

function summary(problems: readonly FileProblem[]): string {
  const rows = problems.map(({ line, column, message }) => `| ${line} | ${column} | ${cell(message)} |`);
  return `### ${faultsInWords(problems.length)} in ${cell(name)}\n\n| line | column | fault |\n|---|---|---|\n${rows.join("\n")}\n`;
}

try {
  const text = read();
  const problems = text === null ? [] : checkFile(text);
  append(env.GITHUB_OUTPUT, `faults=${problems.length}\n`);
  for (const one of problems) stdout.write(annotation(name, one));
  if (text === null) stdout.write(`::notice::There is no ${visible(name)}, so nothing is checked.\n`);
  else if (problems.length === 0) stdout.write(`${visible(name)} is valid.\n`);
  else {
    append(env.GITHUB_STEP_SUMMARY, summary(problems));
    process.exitCode = 1;
  }
} catch (error) {
  stdout.write(`::error::${visible((error as Error).message)}\n`);
  process.exitCode = 1;
}
