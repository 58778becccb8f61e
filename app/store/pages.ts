import type { Page } from "./table.ts";

/** Reads page after page until there is none. */
export async function* pages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await read(cursor ?? undefined);
    yield page.items;
    cursor = page.cursor;
  } while (cursor !== null);
}
