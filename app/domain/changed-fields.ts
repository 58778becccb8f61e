import { isDeepStrictEqual } from "node:util";

/** Hears of a change that was made, with the names of the fields that have other values since. */
export type OnChanged = (fields: readonly string[]) => void;

/** Returns the names of the fields to which a change gives other values. */
export const changedFields = <T extends object>(before: T, change: Partial<T>): string[] =>
  Object.keys(change).filter((name) => !isDeepStrictEqual(before[name as keyof T], change[name as keyof T]));
