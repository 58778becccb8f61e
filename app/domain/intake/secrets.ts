import { stringEnd } from "../../../shared/compact-json.ts";
import { pointerOf } from "../parse-input.ts";
import { findCredentials } from "./credential-rules.ts";
import { decoded, type JsonStep, type JsonString, visitStrings } from "./json-strings.ts";

/** Something in a message that looks like a credential: where, and of which kind; never the value. */
export interface SecretFinding {
  /** The place as a JSON pointer; of a key the object that has it. */
  pointer: string;
  kind: string;
  isKey: boolean;
}

/** The findings in a message, and the message with each of them masked. */
export interface ScannedMessage {
  findings: SecretFinding[];
  masked: string;
}

/** A string of the message within the text that is searched. */
interface Piece extends JsonString {
  from: number;
  text: string;
}

/** The kind of credential that a string holds, and the ranges of its text to mask. */
interface Found {
  text: string;
  kind: string;
  ranges: [from: number, to: number][];
}

const MASK = "***";

/**
 * Finds what looks like a credential in a message. All strings are searched as they read, escapes resolved and each
 * beside its key, since some credentials are known by their name alone. Takes time in proportion to the message.
 *
 * @param json - the message as `compactJson` returns it
 */
export async function scanMessage(json: string): Promise<ScannedMessage> {
  const { pieces, text } = searchedText(json);
  const found = new Map<number, Found>();
  for (const { from, to, kind } of await findCredentials(text)) {
    for (const piece of touchedBy(pieces, from, to)) {
      const known = found.get(piece.start) ?? { text: piece.text, kind, ranges: [] };
      known.ranges.push([Math.max(0, from - piece.from), Math.min(piece.text.length, to - piece.from)]);
      found.set(piece.start, known);
    }
  }
  return found.size === 0 ? { findings: [], masked: json } : withFound(json, found);
}

/** Lays out a message's strings for the search: a value ends its line, and a key stands before its value. */
function searchedText(json: string): { pieces: Piece[]; text: string } {
  const pieces: Piece[] = [];
  const parts: string[] = [];
  let length = 0;
  const add = (part: string): void => {
    parts.push(part);
    length += part.length;
  };
  visitStrings(json, (one) => {
    const text = decoded(json, one);
    pieces.push({ ...one, from: length, text });
    add(text);
    add(one.isKey ? ": " : "\n");
  });
  return { pieces, text: parts.join("") };
}

/** Returns the pieces that a range of the searched text touches. */
function touchedBy(pieces: readonly Piece[], from: number, to: number): Piece[] {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { from: at, text } = pieces[middle] as Piece;
    if (at + text.length <= from) low = middle + 1;
    else high = middle;
  }
  const touched: Piece[] = [];
  for (let at = low; at < pieces.length && (pieces[at] as Piece).from < to; at++)
    touched.push(pieces[at] as Piece);
  return touched;
}

/** Lists what was found by its place, and masks it. */
function withFound(json: string, found: ReadonlyMap<number, Found>): ScannedMessage {
  const findings: SecretFinding[] = [];
  const parts: string[] = [];
  let at = 0;
  // A key that is a credential itself is not shown either.
  const partOf = (step: JsonStep): PropertyKey => {
    if ("index" in step) return step.index;
    if (found.has(step.keyStart)) return MASK;
    return decoded(json, { start: step.keyStart, end: stringEnd(json, step.keyStart) });
  };
  visitStrings(json, ({ start, end, isKey }, place) => {
    const one = found.get(start);
    if (!one) return;
    const steps = isKey ? place.slice(0, -1) : place;
    findings.push({ pointer: pointerOf(steps.map(partOf)), kind: one.kind, isKey });
    parts.push(json.slice(at, start), JSON.stringify(maskRanges(one.text, one.ranges)));
    at = end;
  });
  return { findings, masked: parts.join("") + json.slice(at) };
}

function maskRanges(text: string, ranges: readonly [from: number, to: number][]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (from >= at) parts.push(text.slice(at, from), MASK);
    at = Math.max(at, to);
  }
  return parts.join("") + text.slice(at);
}
