import { OldData } from "./errors.ts";

/** An attribute's value, under the name of its type as DynamoDB has it: `{ "S": "text" }`. */
export type StoredValue = Record<string, unknown>;
export type StoredItem = Record<string, StoredValue>;

/**
 * Returns an item whose attributes have DynamoDB's types as a plain object.
 *
 * @throws OldData where one has a type or a number that this version never wrote
 */
export const itemOf = (stored: StoredItem): Record<string, unknown> =>
  Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, plainOf(value)]));

function plainOf(stored: StoredValue): unknown {
  const [type = "", value] = Object.entries(stored)[0] ?? [];
  switch (type) {
    case "S":
    case "BOOL":
      return value;
    case "NULL":
      return null;
    case "N":
      return numberOf(value as string);
    case "L":
      return (value as StoredValue[]).map(plainOf);
    case "M":
      return itemOf(value as StoredItem);
    default:
      throw new OldData(`it holds an attribute of type ${type}`);
  }
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number)))
    throw new OldData(`it holds the number ${text}, which is beyond what this version stores`);
  return number;
}
