import { expect, test } from "vitest";
import { type Listing, listingOf, readPage } from "../../../app/http/kit/paging.ts";
import { BadCursor } from "../../../app/store/cursor.ts";

const numbers = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => String(n).padStart(5, "0"));

/** A list that counts how often it is read. */
function counted(items: readonly string[]): Listing<string> & { reads: number } {
  const listing = listingOf("numbers", items, (item) => item);
  const counting = {
    name: listing.name,
    reads: 0,
    read: (from: Parameters<typeof listing.read>[0]) => {
      counting.reads += 1;
      return listing.read(from);
    },
  };
  return counting;
}

async function everyPage(listing: Listing<string>, limit: number, filter?: (item: string) => boolean) {
  const pages: string[][] = [];
  let cursor: string | null | undefined;
  do {
    const page = await readPage(listing, { limit, cursor: cursor ?? undefined }, filter ?? null);
    pages.push(page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return pages;
}

test.each([0, 1, 4, 5, 6, 10, 11])("%i items come once each and in order, by five", async (count) => {
  const pages = await everyPage(counted(numbers(count)), 5);
  expect(pages.flat()).toEqual(numbers(count));
  expect(pages).toHaveLength(Math.max(1, Math.ceil(count / 5)));
});

test("a page of what matches is full though the matches are far apart", async () => {
  const listing = counted(numbers(950));
  const matches = (item: string) => Number(item) % 150 === 0;
  expect(await everyPage(listing, 4, matches)).toEqual([
    ["00000", "00150", "00300", "00450"],
    ["00600", "00750", "00900"],
  ]);
  expect(listing.reads).toBeLessThan(12);
});

test("a search through much ends its page early rather than take long, and goes on from there", async () => {
  const listing = counted(numbers(2500));
  const pages = await everyPage(listing, 5, (item) => item === "02400");
  expect(pages).toEqual([[], [], ["02400"]]);
  expect(listing.reads).toBe(25);
});

test("no cursor of another list is taken, and none that was made up", async () => {
  const { cursor } = await readPage(listingOf("letters", ["a", "b"], String), { limit: 1 });
  for (const foreign of [cursor as string, "rubbish", "%%%", ""]) {
    await expect(readPage(counted(numbers(3)), { limit: 1, cursor: foreign })).rejects.toThrow(BadCursor);
  }
});
