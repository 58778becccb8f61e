import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { type ZektFile, zektFileSchema } from "./zekt-file.ts";

/** Something wrong in the file, and on which line. */
export interface FileProblem {
  line: number;
  message: string;
}

/** Something wrong in the file, and at which place. */
export interface PlacedProblem {
  path: readonly PropertyKey[];
  message: string;
}

export interface ParsedFile {
  /** Null where anything is wrong with it. */
  file: ZektFile | null;
  problems: FileProblem[];
  /** Finds the line of what is wrong. */
  place(problem: PlacedProblem): FileProblem;
}

/** One mistake in the YAML makes the parser stumble on; what comes after so many is noise. */
const MAX_SYNTAX_PROBLEMS = 10;

/** Reads the file; whatever is wrong comes back with its line, and then there is no file. */
export function parseZektFile(text: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const place = ({ path, message }: PlacedProblem): FileProblem => ({
    line: lineAt(offsetOf(document, path)),
    message: path.length > 0 ? `${written(path)}: ${message}` : message,
  });
  const syntax = syntaxProblems(document).map(({ at, message }) => ({ line: lineAt(at), message }));
  if (syntax.length > 0) return { file: null, problems: syntax.slice(0, MAX_SYNTAX_PROBLEMS), place };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return { file: null, problems: [{ line: 1, message: (error as Error).message }], place };
  }
  const result = zektFileSchema.safeParse(value);
  if (result.success) return { file: result.data, problems: [], place };
  return { file: null, problems: result.error.issues.flatMap(flatten).map(place), place };
}

/** What YAML itself, or this file's strictness, objects to, by offset. */
function syntaxProblems(document: Document): { at: number; message: string }[] {
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    at: pos[0],
    message: code === "MULTIPLE_DOCS" ? "The file must hold one document; remove the second ---." : message,
  }));
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      problems.push({
        at: alias.range?.[0] ?? 0,
        message: `There is no anchor &${alias.source} before this.`,
      });
    },
  });
  return problems;
}

/** Where the entry at a path begins: at its key, or where it stands in its list; else what would hold it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (!pair || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** A path as people write it: `provider.services[0].slug`. */
const written = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");

/** One problem for each thing to mend: unknown keys one by one, and of alternatives the one that was meant. */
function flatten(issue: z.core.$ZodIssue): PlacedProblem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: "there is no such key" }));
  }
  if (issue.code === "invalid_union") {
    const meant = issue.errors.find((issues) =>
      issues.every((one) => one.code !== "invalid_type" || one.path.length > 0),
    );
    if (!meant) return [{ path, message: "must be true, false or settings" }];
    return meant.flatMap((one) => flatten({ ...one, path: [...path, ...one.path] }));
  }
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) {
    return [{ path, message: "is missing" }];
  }
  return [{ path, message: issue.message.replace(/^Invalid input: /, "") }];
}
