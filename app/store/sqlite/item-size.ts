import { Refused } from "./turns.ts";

/** The most that an item may hold, in bytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items */
const MOST_BYTES = 409_600;

/**
 * Refuses an item that DynamoDB would not take for its size.
 *
 * @throws Refused
 */
export function requireSize(item: Readonly<Record<string, unknown>>, json: string): void {
  // A character has at most three bytes, and an item in JSON is larger than DynamoDB counts it.
  if (json.length * 3 <= MOST_BYTES || Buffer.byteLength(json) <= MOST_BYTES) return;
  if (namesAndValues(item, 0) > MOST_BYTES)
    throw new Refused("Item size has exceeded the maximum allowed size.");
}

/** The most that a key may have, in bytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys */
const MOST_OF_KEY = { hash: 2048, range: 1024 };

/**
 * Refuses a key that is longer than DynamoDB's, of a table or of an index.
 *
 * @throws Refused
 */
export function requireKeySize(name: string, value: string, kind: keyof typeof MOST_OF_KEY): void {
  const most = MOST_OF_KEY[kind];
  if (value.length * 3 > most && Buffer.byteLength(value) > most)
    throw new Refused(`${name} is a key, so it cannot have more than ${most} bytes.`);
}

/** Bytes that a list or a map has besides its elements, and that each element has besides its value. */
const CONTAINER = 3;
const ELEMENT = 1;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + ELEMENT + sizeOf(one), CONTAINER);
  if (typeof value !== "object" || value === null) return 1;
  return CONTAINER + namesAndValues(value, ELEMENT);
}

function namesAndValues(of: object, each: number): number {
  return Object.entries(of)
    .filter(([, one]) => one !== undefined)
    .reduce((sum, [name, one]) => sum + each + Buffer.byteLength(name) + sizeOf(one), 0);
}
