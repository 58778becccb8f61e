import { QUOTE, stringEnd } from "../../../shared/compact-json.ts";

const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const COMMA = 0x2c;

/** A string of JSON: its place in the text, quotes included, and whether it is an object's key. */
export interface JsonString {
  start: number;
  end: number;
  isKey: boolean;
}

/** One step of a place in JSON: an index of a list, or a key by its place in the text, -1 before the first. */
export type JsonStep = { index: number } | { keyStart: number };

/** A list or an object that is open: where it has come to. */
type Frame = { index: number } | { keyStart: number; wantsKey: boolean };

/**
 * Visits each string of JSON in order: values and keys, and of keys that repeat each one. The place is that of the
 * value, or of the object that has the key; it changes after the visit.
 *
 * @param text - JSON as `compactJson` returns it
 */
export function visitStrings(
  text: string,
  visit: (one: JsonString, place: readonly JsonStep[]) => void,
): void {
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const frame = frames.at(-1);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      const isKey = frame !== undefined && "wantsKey" in frame && frame.wantsKey;
      visit({ start: at, end, isKey }, frames);
      if (isKey) Object.assign(frame, { keyStart: at, wantsKey: false });
      at = end - 1;
    } else if (code === OPEN_LIST) frames.push({ index: 0 });
    else if (code === OPEN_OBJECT) frames.push({ keyStart: -1, wantsKey: true });
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) frames.pop();
    else if (code === COMMA && frame) {
      if ("index" in frame) frame.index += 1;
      else frame.wantsKey = true;
    }
  }
}

/** Returns what a string of JSON says. */
export const decoded = (text: string, { start, end }: Pick<JsonString, "start" | "end">): string =>
  JSON.parse(text.slice(start, end)) as string;
