import { isDeepStrictEqual } from "node:util";

/** Hears of a change that was made, with the names of the fields that have other values since. */
export type OnChanged = (fields: readonly string[]) => void;

/**
 * Returns the names of the fields to which a change gives other values. Of settings that were there and still are,
 * those are named that differ, such as `durable.maxAttempts`.
 */
export const changedFields = <T extends object>(before: T, change: Partial<T>): string[] =>
  Object.entries(change).flatMap(([name, after]) => {
    const was: unknown = before[name as keyof T];
    if (isDeepStrictEqual(was, after)) return [];
    return isSettings(was) && isSettings(after)
      ? changedFields(was, after).map((part) => `${name}.${part}`)
      : [name];
  });

const isSettings = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
