import { QUOTE, stringEnd } from "../../../shared/compact-json.ts";

const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [COLON, COMMA] = [0x3a, 0x2c];

/**
 * Finds the text of an object's member; null where there is none. Of keys that repeat the last counts, as
 * in a parser.
 *
 * @param text - a JSON object as `compactJson` returns it
 */
export function memberText(text: string, name: string): string | null {
  const wanted = JSON.stringify(name);
  let found: string | null = null;
  let depth = 0;
  let isWanted = false;
  let from = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at) - 1;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth += 1;
    else if (code === COLON && depth === 1) {
      isWanted = text.slice(from, at) === wanted;
      from = at + 1;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT || code === COMMA) {
      if (depth === 1) {
        if (isWanted) found = text.slice(from, at);
        from = at + 1;
      }
      if (code !== COMMA) depth -= 1;
    }
  }
  return found;
}

/** Returns how deep lists and objects of JSON are nested. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at) - 1;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) deepest = Math.max(deepest, ++depth);
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
  }
  return deepest;
}

/**
 * Describes how well a workflow can read the numbers of a text. `rounded`: some have more digits than GitHub's runner
 * writes into a text. `infinite`: one is beyond a double's range.
 */
export type Exactness = "exact" | "rounded" | "infinite";

/** Reads JSON so that `JSON.stringify` writes its numbers as they were written. */
export function parseExactly(text: string): { value: unknown; exactness: Exactness } {
  let exactness: Exactness = "exact";
  const exactly = (_key: string, value: unknown, { source }: { source: string }): unknown => {
    if (typeof value !== "number" || isKept(value, source)) return value;
    if (!Number.isFinite(value)) exactness = "infinite";
    else if (exactness === "exact") exactness = "rounded";
    return rawJSON(source);
  };
  const value: unknown = (JSON.parse as ParseWithSource)(text, exactly);
  return { value, exactness };
}

/** A double is written with at most so many characters. Finding the digits of a longer text may take long. */
const MAX_WRITTEN = 25;

/** The runner's expressions write a number by .NET's format "G15": actions/runner, `ExpressionConstants.cs`. */
const MAX_DIGITS = 15;

/** Returns whether a number has all digits that it was written with, also in what the runner writes of it. */
function isKept(value: number, source: string): boolean {
  if (source.length > MAX_WRITTEN) return false;
  const digits = digitsOf(source);
  return digits.length <= MAX_DIGITS && digits === digitsOf(String(value));
}

/** Returns a number's digits, without the zeros at both ends. */
const digitsOf = (written: string): string =>
  written
    .replace(/e.*/i, "")
    .replace(/[-.]/g, "")
    .replace(/^0+|0+$/g, "");

// https://github.com/tc39/proposal-json-parse-with-source, in Node since 22. Lists and objects have no source.
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { source: string }) => unknown,
) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
