import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";

/** Why GitHub refuses a workflow file, and on which line. */
export interface RefusedFile {
  line: number;
  message: string;
}

/** A place in a file that GitHub refuses. */
export class Refused extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/**
 * A workflow file as it was parsed. An alias is followed only where it is read, so that a file of many costs no more
 * than its size.
 */
export class WorkflowFile {
  readonly root: YAMLMap;
  readonly #meant: ReadonlyMap<Alias, unknown>;

  constructor(root: YAMLMap, meant: ReadonlyMap<Alias, unknown>) {
    this.root = root;
    this.#meant = meant;
  }

  /** Returns a node, or what it stands for where it is an alias. */
  resolved(node: unknown): unknown {
    return isAlias(node) ? this.#meant.get(node) : node;
  }

  /** Returns the value at a key of a mapping; undefined where there is no such key, or no mapping. */
  at(node: unknown, name: string): unknown {
    const pair = isMap(node) ? node.items.find(({ key }) => textOf(key) === name) : undefined;
    return pair && this.resolved(pair.value);
  }

  /** Returns the entries of a mapping; none of another node. */
  entries(node: unknown): [name: string, value: unknown][] {
    return isMap(node) ? node.items.map(({ key, value }) => [String(textOf(key)), this.resolved(value)]) : [];
  }

  /** Returns the items of a list; none of another node. */
  items(node: unknown): unknown[] {
    return isSeq(node) ? node.items.map((one) => this.resolved(one)) : [];
  }
}

/** Reads a workflow file; returns its value, or why GitHub would refuse the file. */
export function readWorkflow<T>(
  text: string,
  read: (file: WorkflowFile) => T,
): { value: T; refused: null } | { value: null; refused: RefusedFile } {
  const lines = new LineCounter();
  try {
    // Keys that repeat are looked for here: the library compares each with all before it.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "error",
    });
    const [error] = document.errors;
    if (error) throw new Refused(error.pos[0], error.message);
    const meant = checkKeys(document);
    if (!isMap(document.contents)) throw new Refused(0, "It is no mapping.");
    return { value: read(new WorkflowFile(document.contents, meant)), refused: null };
  } catch (error) {
    if (!(error instanceof Refused || error instanceof RangeError)) throw error;
    const at = error instanceof Refused ? error.at : 0;
    const message = error instanceof Refused ? error.message : "It is nested too deep.";
    return { value: null, refused: { line: Math.max(1, lines.linePos(at).line), message } };
  }
}

/**
 * Refuses what GitHub refuses of any mapping; returns what each alias stands for, which is the last anchor
 * of its name before it.
 */
function checkKeys(document: Document): Map<Alias, unknown> {
  const anchors = new Map<string, unknown>();
  const meant = new Map<Alias, unknown>();
  visit(document, {
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target === undefined)
        throw new Refused(offsetOf(alias), `There is no anchor &${alias.source} before this.`);
      meant.set(alias, target);
    },
    Node(_, node) {
      if (!isAlias(node) && node.anchor) anchors.set(node.anchor, node);
      if (!isMap(node)) return;
      const seen = new Set<string>();
      for (const { key } of node.items) {
        const name = textOf(key);
        if (name === null) throw new Refused(offsetOf(key), "A key is no text.");
        if (seen.has(name)) throw new Refused(offsetOf(key), `The key ${name} is there twice.`);
        if (name === "<<") throw new Refused(offsetOf(key), "GitHub knows no merge keys (<<).");
        seen.add(name);
      }
    },
  });
  return meant;
}

/** Returns a node's text; null where it is none. */
export const textOf = (node: unknown): string | null => (isScalar(node) ? String(node.value) : null);

/** Returns where a node stands in the file. */
export const offsetOf = (node: unknown, otherwise = 0): number =>
  (node as { range?: [number, number, number] } | null)?.range?.[0] ?? otherwise;
