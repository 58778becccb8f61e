import type { Page } from "./ports.ts";

/** A part of a list that is read in the order of its keys. */
export interface Portion<T> {
  /** Each with its key. */
  items: (readonly [key: string, item: T])[];
  /** The key after which to go on; null at the end. */
  next: string | null;
}

/** Where to go on in a list and how much of it to read. */
export interface PortionQuery {
  /** Only what comes after this key; null for the beginning. */
  after: string | null;
  count: number;
}

/** The sort keys with a prefix that come after one of them. What follows a text at once is the text and U+0000. */
export const keysAfter = (prefix: string, after: string | null): readonly [string, string] => [
  after === null ? prefix : `${prefix}${after}\u0000`,
  `${prefix}\uffff`,
];

/** Reads page after page until there is none. */
export async function* pages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await read(cursor ?? undefined);
    yield page.items;
    cursor = page.cursor;
  } while (cursor !== null);
}

/**
 * Reads page after page until so many items are found. What is past its TTL counts in a page and is left out of it:
 * one page alone may show nothing of what stands behind.
 */
export async function firstItems<T>(
  limit: number,
  read: (cursor: string | undefined) => Promise<Page<T>>,
): Promise<T[]> {
  const found: T[] = [];
  for await (const items of pages(read)) {
    found.push(...items);
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
