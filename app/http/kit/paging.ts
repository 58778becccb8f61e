import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { BadCursor } from "../../store/cursor.ts";
import type { Portion, PortionQuery } from "../../store/pages.ts";

/** The query parameters of a paged list. */
export const pageQuery = {
  cursor: z
    .string()
    .max(1000)
    .optional()
    .describe("Where the page before ended, as its cursor says; left out for the first page"),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(30)
    .describe("How many at most; where there is a filter a page may hold fewer though it is not the last"),
};

export interface PageQuery {
  cursor?: string | undefined;
  limit: number;
}

/** A page of a list as it is answered. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item).describe("This page of the list"),
    cursor: z
      .string()
      .nullable()
      .meta({ description: "Ask for the next page with it; null at the end", example: null }),
  });

/** A list that is read in the order of its keys. */
export interface Listing<T> {
  /** Distinguishes it from every other list, so that no cursor of another is taken. */
  name: string;
  read(from: PortionQuery): Promise<Portion<T>>;
}

/** Items looked through for one page at most. */
const MAX_EXAMINED = 1000;
/** Items read at once where some may not match. */
const PORTION = 100;

const tagOf = (name: string): string => createHash("sha256").update(name).digest("base64url").slice(0, 8);

/** Reads a page of what matches, or of everything. */
export async function readPage<T>(
  listing: Listing<T>,
  { cursor, limit }: PageQuery,
  filter: ((item: T) => boolean) | null = null,
): Promise<{ items: T[]; cursor: string | null }> {
  const tag = tagOf(listing.name);
  const items: T[] = [];
  let after = cursor === undefined ? null : decode(tag, cursor);
  for (let examined = 0; examined < MAX_EXAMINED; examined += PORTION) {
    const portion = await listing.read({ after, count: filter === null ? limit : PORTION });
    const matching = portion.items.filter(([, item]) => filter === null || filter(item));
    const taken = matching.slice(0, limit - items.length);
    items.push(...taken.map(([, item]) => item));
    // What matches and has no room left begins the next page.
    after = taken.length < matching.length ? (taken.at(-1)?.[0] ?? after) : portion.next;
    if (items.length === limit || after === null) break;
  }
  return { items, cursor: after === null ? null : encode(tag, after) };
}

/**
 * Reads a page of what a search selects, item by item, as far as the search goes.
 *
 * @param select - returns null where the search is over, so that the next page begins with the item
 */
export async function searchPage<T>(
  listing: Listing<T>,
  { cursor, limit }: PageQuery,
  select: (item: T) => Promise<boolean | null>,
): Promise<{ items: T[]; cursor: string | null }> {
  const tag = tagOf(listing.name);
  const items: T[] = [];
  let after = cursor === undefined ? null : decode(tag, cursor);
  const page = () => ({ items, cursor: after === null ? null : encode(tag, after) });
  for (let examined = 0; examined < MAX_EXAMINED; examined += PORTION) {
    const portion = await listing.read({ after, count: PORTION });
    for (const [key, item] of portion.items) {
      const isSelected = await select(item);
      if (isSelected === null) return page();
      after = key;
      if (isSelected && items.push(item) === limit) return page();
    }
    after = portion.next;
    if (after === null) break;
  }
  return page();
}

/** A list that is in memory already. */
export function listingOf<T>(name: string, items: readonly T[], keyOf: (item: T) => string): Listing<T> {
  const sorted = items
    .map((item) => [keyOf(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    name,
    async read({ after, count }) {
      const rest = after === null ? sorted : sorted.filter(([key]) => key > after);
      const portion = rest.slice(0, count);
      return { items: portion, next: rest.length > count ? (portion.at(-1)?.[0] ?? null) : null };
    },
  };
}

const encode = (tag: string, key: string): string => Buffer.from(`${tag}${key}`).toString("base64url");

function decode(tag: string, cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString();
  if (!text.startsWith(tag)) throw new BadCursor();
  return text.slice(tag.length);
}
