import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The files by which a step speaks to its runner. */
const STEP_FILES = ["output", "env", "path", "state", "step_summary"] as const;
type StepFile = (typeof STEP_FILES)[number];

/** Makes a step's files afresh; returns their paths, by the names they have in the `github` context. */
export function makeStepFiles(folder: string): Record<StepFile, string> {
  mkdirSync(folder, { recursive: true });
  const files = {} as Record<StepFile, string>;
  for (const name of STEP_FILES) {
    files[name] = join(folder, name);
    writeFileSync(files[name], "");
  }
  return files;
}

/** Reads a file of one value a line, as `GITHUB_PATH` is. */
export const readLines = (path: string): string[] =>
  readFileSync(path, "utf8").split(/\r?\n/).filter(Boolean);

/**
 * Reads `name=value` lines and `name<<DELIMITER` blocks.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 *
 * @throws for a line that is neither, and for a block without its end
 */
export function readPairs(path: string): Record<string, string> {
  const lines = readFileSync(path, "utf8").split("\n");
  const pairs: Record<string, string> = {};
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    if (line === "") continue;
    const [, name, sign, rest] = /^(.+?)(=|<<)(.*)$/s.exec(line) ?? [];
    if (name === undefined || rest === undefined || (sign === "<<" && rest === "")) {
      throw new Error(`Invalid format '${line}'`);
    }
    if (sign === "=") {
      pairs[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest, index + 1);
    if (end === -1) throw new Error(`Invalid value. Matching delimiter not found '${rest}'`);
    pairs[name] = lines.slice(index + 1, end).join("\n");
    index = end;
  }
  return pairs;
}
