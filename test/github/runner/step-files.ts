import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The files by which a step speaks to its runner. */
export const STEP_FILES = ["output", "env", "path", "state", "summary"] as const;
export type StepFile = (typeof STEP_FILES)[number];

/** Makes a step's files afresh; returns their paths. */
export function makeStepFiles(folder: string): Record<StepFile, string> {
  const files = {} as Record<StepFile, string>;
  for (const name of STEP_FILES) {
    files[name] = join(folder, `_${name}`);
    writeFileSync(files[name], "");
  }
  return files;
}

/**
 * Reads `name=value` lines and `name<<DELIMITER` blocks.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
export function readPairs(path: string): Record<string, string> {
  const lines = readFileSync(path, "utf8").split(/\r?\n/);
  const pairs: Record<string, string> = {};
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (heredoc > 0 && (equals === -1 || heredoc < equals)) {
      const end = lines.indexOf(line.slice(heredoc + 2), i + 1);
      if (end === -1)
        throw new Error(`Invalid value. Matching delimiter not found '${line.slice(heredoc + 2)}'`);
      pairs[line.slice(0, heredoc)] = lines.slice(i + 1, end).join("\n");
      i = end;
    } else if (equals > 0) pairs[line.slice(0, equals)] = line.slice(equals + 1);
    else throw new Error(`Invalid format '${line}'`);
  }
  return pairs;
}
