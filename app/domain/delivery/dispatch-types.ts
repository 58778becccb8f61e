import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
} from "yaml";

/** Why GitHub refuses a workflow file, and on which line. */
export interface RefusedFile {
  line: number;
  message: string;
}

/** A workflow file's listening to `repository_dispatch`. */
export interface ReadFile {
  /** The event types it listens to: null for any, an empty list where it does not listen. */
  types: string[] | null;
  /** Why GitHub would not run it; null where nothing is wrong with what starts it. */
  refused: RefusedFile | null;
}

/** Facts of a workflow file that tracking needs besides. */
export interface FileMarks {
  /** True where it uses the confirm or the complete action, or their addresses. */
  speaks: boolean;
  /** True where its run-name holds the delivery id. */
  namesDelivery: boolean;
}

/** Reads {@link FileMarks} from a workflow file, by its lines without comments. */
export function readMarks(text: string): FileMarks {
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  return {
    speaks: lines.some((line) =>
      /\baction\/(confirm|complete)\b|\bevent-delivery\/(confirm|complete)\b/.test(line),
    ),
    namesDelivery: lines.some((line) => line.startsWith("run-name:") && line.includes("deliveryId")),
  };
}

/** A place in a file that GitHub refuses. */
class Refused extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/**
 * Reads the event types that a workflow file listens to by `repository_dispatch`, as GitHub does. Only
 * what starts the workflow is unfolded, so that aliases elsewhere cost nothing.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#repository_dispatch
 */
export function readDispatchTypes(text: string): ReadFile {
  const lines = new LineCounter();
  try {
    // Keys that repeat are looked for here: the library compares each with all before it.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "error",
    });
    return { types: typesOf(document), refused: null };
  } catch (error) {
    if (!(error instanceof Refused || error instanceof RangeError)) throw error;
    const at = error instanceof Refused ? error.at : 0;
    const message = error instanceof Refused ? error.message : "It is nested too deep.";
    return { types: [], refused: { line: Math.max(1, lines.linePos(at).line), message } };
  }
}

/** Returns the event types alone; none of a file that GitHub refuses. */
export const dispatchTypesOf = (text: string): string[] | null => readDispatchTypes(text).types;

function typesOf(document: Document): string[] | null {
  const [error] = document.errors;
  if (error) throw new Refused(error.pos[0], error.message);
  const meant = checkKeys(document);
  const resolved = (node: unknown): unknown => (isAlias(node) ? meant.get(node) : node);
  const root = document.contents;
  if (!isMap(root)) throw new Refused(0, "It is no mapping.");
  const pairOf = (name: string): Pair | undefined => root.items.find(({ key }) => nameOf(key) === name);
  const on = pairOf("on");
  if (!on) {
    const odd = root.items.find(({ key }) => nameOf(key) === "true");
    throw new Refused(
      odd ? offsetOf(odd.key) : 0,
      odd ? "The key true is none; write on." : "It has no key on.",
    );
  }
  const jobs = pairOf("jobs");
  if (!jobs || !isMap(resolved(jobs.value))) {
    throw new Refused(jobs ? offsetOf(jobs.key) : 0, "It has no jobs.");
  }
  return typesBy(resolved(on.value), resolved);
}

function typesBy(on: unknown, resolved: (node: unknown) => unknown): string[] | null {
  if (isScalar(on)) return on.value === "repository_dispatch" ? null : [];
  if (isSeq(on)) return on.items.some((one) => nameOf(resolved(one)) === "repository_dispatch") ? null : [];
  if (!isMap(on)) return [];
  const dispatch = on.items.find(({ key }) => nameOf(key) === "repository_dispatch");
  if (!dispatch) return [];
  const settings = resolved(dispatch.value);
  if (settings === null || (isScalar(settings) && settings.value === null)) return null;
  if (!isMap(settings)) throw new Refused(offsetOf(dispatch.key), "repository_dispatch holds no mapping.");
  const odd = settings.items.find(({ key }) => nameOf(key) !== "types");
  if (odd) throw new Refused(offsetOf(odd.key), `repository_dispatch knows no key ${nameOf(odd.key)}.`);
  const types = resolved(settings.items[0]?.value ?? null);
  if (types === null || (isScalar(types) && types.value === null)) return null;
  const listed = isSeq(types) ? types.items.map(resolved) : [types];
  return listed.map((one) => {
    if (isScalar(one) && one.value !== null) return String(one.value);
    throw new Refused(offsetOf(one, offsetOf(types)), "An event type is no text.");
  });
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
        const name = nameOf(key);
        if (name === null) throw new Refused(offsetOf(key), "A key is no text.");
        if (seen.has(name)) throw new Refused(offsetOf(key), `The key ${name} is there twice.`);
        if (name === "<<") throw new Refused(offsetOf(key), "GitHub knows no merge keys (<<).");
        seen.add(name);
      }
    },
  });
  return meant;
}

const nameOf = (node: unknown): string | null => (isScalar(node) ? String(node.value) : null);

const offsetOf = (node: unknown, otherwise = 0): number =>
  (node as { range?: [number, number, number] } | null)?.range?.[0] ?? otherwise;

/** Returns whether a dispatch of this type starts a workflow that listens to these types. */
export const listensTo = (types: readonly string[] | null, eventType: string): boolean =>
  types === null || types.includes(eventType);
