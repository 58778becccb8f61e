import { isCelList, isCelMap } from "@bufbuild/cel";

/** Units that one judgement may cost: a step of a loop, an operation, or 256 characters that one reads. */
export const MAX_COST = 1_000_000;

/** The longest text that an operation may read or make, in UTF-16 units. */
const MAX_TEXT = 4 * 1024 * 1024;

/** Characters of a text that are read for one unit, and entries of a list or an object. */
const CHARACTERS = 256;
const ENTRIES = 16;

/** The operation of an entry into a loop, over what it runs. Each entry of that counts as a step. */
export const LOOP = "@zekt_loop";

/** A filter cost more than it may. */
export class TooCostly extends Error {
  constructor() {
    super("it takes too many steps for this message");
  }
}

/** Counts the cost of one judgement, so that the same filter and message always end alike, on any machine. */
export class Meter {
  #left = MAX_COST;
  readonly #messageCost: number;

  /** @param messageSize - the message's UTF-16 units: comparing objects may read all of it */
  constructor(messageSize: number) {
    this.#messageCost = Math.ceil(messageSize / ENTRIES);
  }

  /** @throws TooCostly where nothing is left */
  add(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new TooCostly();
  }

  /** Charges a search for a pattern: each character of the text may be compared with each of the pattern. */
  #addMatch(values: readonly unknown[]): void {
    const [text, pattern] = values;
    if (typeof text !== "string" || typeof pattern !== "string") return;
    this.add(Math.ceil(((text.length + CHARACTERS) * lengthOfPattern(pattern)) / CHARACTERS));
  }

  /** Charges an operation for what it reads. */
  addOperation(name: string, values: readonly unknown[]): void {
    this.add(1);
    if (name === "matches") this.#addMatch(values);
    for (const value of values) {
      if (typeof value === "string") {
        if (value.length > MAX_TEXT) throw new TooCostly();
        this.add(Math.ceil(value.length / CHARACTERS));
      } else if (isCelList(value) || isCelMap(value)) {
        this.add(name === LOOP ? value.size : Math.ceil(value.size / ENTRIES));
        if (DEEP.has(name)) this.add(this.#messageCost);
      }
    }
  }
}

/** A counted repetition of a pattern, which stands for as many copies of what it repeats. */
const REPEATED = /\{(\d+)(?:,(\d*))?\}/g;

/** The most copies that the engine of patterns allows. */
const MAX_COPIES = 1000;

/** Returns about how long a pattern is with its repetitions written out; never less. */
function lengthOfPattern(pattern: string): number {
  let copies = 1;
  for (const [, least, most = least] of pattern.matchAll(REPEATED))
    copies = Math.min(MAX_COPIES, copies * Math.max(1, Number(least), Number(most)));
  return pattern.length * copies;
}

/** Operations that compare lists and objects as wholes. */
const DEEP: ReadonlySet<string> = new Set(["_==_", "_!=_", "@in"]);
