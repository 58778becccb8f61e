import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { z } from "zod";
import { faultOf } from "../input-words.ts";
import { isItMeant } from "../nearest-name.ts";
import { type ZektFile, zektFileSchema } from "./zekt-file.ts";

/** Something wrong in the file, and where. Lines and columns begin at 1; columns count UTF-16 units, as editors do. */
export interface FileProblem {
  line: number;
  column: number;
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
  /** Finds the line and the column of what is wrong. */
  place(problem: PlacedProblem): FileProblem;
}

/** The file's size limit, in UTF-8 bytes: a hundred services fit in many times over. */
const MAX_BYTES = 128 * 1024;

/** One mistake in the YAML makes the parser stumble on; what comes after so many is noise. */
const MAX_SYNTAX_PROBLEMS = 10;

const START = { line: 1, column: 1 };

/** Reads the file; whatever is wrong comes back with its place, and then there is no file. */
export function parseZektFile(text: string): ParsedFile {
  const unreadable = whyUnreadable(text);
  if (unreadable !== null) {
    return {
      file: null,
      problems: [{ ...START, message: unreadable }],
      place: ({ message }) => ({ ...START, message }),
    };
  }
  const lines = new LineCounter();
  // Keys that repeat are looked for below: the library compares each with all before it. Nor is it to warn
  // on the server's stderr of what somebody else wrote.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: "error",
  });
  const placeAt = (offset: number): Omit<FileProblem, "message"> => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const place = ({ path, message }: PlacedProblem): FileProblem => ({
    ...placeAt(offsetOf(document, path)),
    message: path.length > 0 ? `${written(path)}: ${message}` : message,
  });
  const syntax = syntaxProblems(document).map(({ at, message }) => ({ ...placeAt(at), message }));
  if (syntax.length > 0) return { file: null, problems: syntax.slice(0, MAX_SYNTAX_PROBLEMS), place };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return { file: null, problems: [{ ...START, message: (error as Error).message }], place };
  }
  if (value === null) {
    const message = "The file is empty; it has at least the line version: 1.";
    return { file: null, problems: [{ ...START, message }], place };
  }
  const result = zektFileSchema.safeParse(value);
  if (result.success) return { file: result.data, problems: [], place };
  return { file: null, problems: inOrder(result.error.issues.flatMap(flatten).map(place)), place };
}

/** Says why a text is not looked into at all; null where it is. */
function whyUnreadable(text: string): string | null {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) return `The file must have at most ${MAX_BYTES} bytes; it has ${bytes}.`;
  if (text.includes("\0"))
    return "The file is not UTF-8: it may be UTF-16, as > of Windows PowerShell writes it. Write it as UTF-8.";
  return null;
}

/** Sorts problems by their place in the file. */
export const inOrder = (problems: readonly FileProblem[]): FileProblem[] =>
  problems.toSorted((a, b) => a.line - b.line || a.column - b.column);

/** Lists the objections of YAML itself and of this file's strictness, by offset. */
function syntaxProblems(document: Document): { at: number; message: string }[] {
  const tooDeep = document.errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  // What the reader gave up on is not to be walked through either.
  if (tooDeep) return [{ at: tooDeep.pos[0], message: "The file must not be nested so deeply." }];
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    at: pos[0],
    message: code === "MULTIPLE_DOCS" ? "The file must hold one document; remove the second ---." : message,
  }));
  const anchors = new Set<string>();
  visit(document, {
    Alias(_, { source, range }) {
      const message = anchors.has(source)
        ? `The file must not use aliases such as *${source}; write out what it stands for.`
        : `There is no anchor &${source} before this.`;
      problems.push({ at: range?.[0] ?? 0, message });
      return visit.BREAK;
    },
    Map(_, map) {
      if (map.anchor) anchors.add(map.anchor);
      problems.push(...repeatedKeys(map));
    },
    Seq(_, { anchor }) {
      if (anchor) anchors.add(anchor);
    },
    Scalar(_, { anchor }) {
      if (anchor) anchors.add(anchor);
    },
  });
  return problems.sort((a, b) => a.at - b.at);
}

/** Returns the keys that a mapping has had before, each with where it stands. */
function repeatedKeys({ items }: YAMLMap): { at: number; message: string }[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const name = String(key.value);
    if (seen.has(name))
      return [
        { at: key.range?.[0] ?? 0, message: `The key ${name} is there already; remove one of the two.` },
      ];
    seen.add(name);
    return [];
  });
}

const pairsByKey = new WeakMap<YAMLMap, Map<string, Pair>>();

/** Finds a mapping's entry without walking through the others each time. */
function pairOf(map: YAMLMap, key: string): Pair | undefined {
  let pairs = pairsByKey.get(map);
  if (!pairs) {
    pairs = new Map(
      map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])),
    );
    pairsByKey.set(map, pairs);
  }
  return pairs.get(key);
}

/** Where the entry at a path begins: at its key, or where it stands in its list; else what would hold it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = pairOf(node, String(part));
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

/**
 * Says that a key is not known, and which may be meant. One that may be the API's, which writes `eventTypes`, is
 * answered with how keys are written.
 */
function noSuchKey(key: string, path: readonly PropertyKey[]): string {
  const form = /^\w*[A-Z_]\w*$/.test(key) ? "; keys are written in lower case, with hyphens" : "";
  const hint = isItMeant(key, keysAt(path));
  return `there is no such key${form}${hint && `.${hint}`}`;
}

/** Lists the keys that the settings at a path may have. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schemas = within(zektFileSchema);
  for (const part of path) {
    schemas = schemas.flatMap((one) => {
      if (one instanceof z.ZodArray) return within(one.element);
      return one instanceof z.ZodObject ? within(one.shape[String(part)]) : [];
    });
  }
  return schemas.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
}

/** Lists the kinds of value that a schema takes: what it may be left out, be null or be changed by is taken off. */
function within(schema: unknown): unknown[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(within);
  if (schema instanceof z.ZodPipe) return within(schema.in);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return within(schema.unwrap());
  return [schema];
}

/** One problem for each thing to mend: unknown keys one by one, and of alternatives the one that was meant. */
function flatten(issue: z.core.$ZodIssue): PlacedProblem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: noSuchKey(key, path) }));
  }
  if (issue.code === "invalid_union") {
    const meant = issue.errors.find((issues) =>
      issues.every((one) => one.code !== "invalid_type" || one.path.length > 0),
    );
    if (!meant) return [{ path, message: "must be true, false or settings" }];
    return meant.flatMap((one) => flatten({ ...one, path: [...path, ...one.path] }));
  }
  return [{ path, message: kindFault(issue) ?? faultOf(issue) }];
}

/** The words for each kind of value that has to be there, as people write it in YAML. */
const KINDS: Readonly<Record<string, string>> = {
  boolean: "must be true or false",
  string: "must be a text",
  array: "must be a list, each entry after a hyphen",
  object: "must be a section with keys of its own",
};

/** Says which kind of value has to be there, as people write it in YAML; undefined where another thing is wrong. */
function kindFault(issue: z.core.$ZodIssue): string | undefined {
  // In the words of its schema, where it has any.
  const [, received] = /^Invalid input: expected \w+, received (\w+)$/.exec(issue.message) ?? [];
  if (issue.code !== "invalid_type" || received === undefined || received === "undefined") return undefined;
  const { expected, path } = issue;
  if (path.length === 0)
    return "The file must be keys with their values, beginning with the line version: 1.";
  const kind = KINDS[expected];
  if (kind === undefined) return undefined;
  if (received === "null") return `${kind}, and has no value`;
  const isPlain = received === "number" || received === "boolean";
  return expected === "string" && isPlain ? "must be a text: put it in quotes" : kind;
}
