import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DAY } from "../../../app/domain/clock.ts";
import { openStore, type Store } from "../../../app/store/store.ts";
import { ADAPTERS, type Opened } from "./adapters.ts";

const SMALL = JSON.stringify({ body: "x".repeat(1_700) });
const LARGE = JSON.stringify({ body: "x".repeat(1_900) });

describe.each(ADAPTERS)("payloads on %s", (_adapter, open) => {
  let opened: Opened;
  let store: Store;
  let now = Date.now();
  let prefix: string;
  let repositories = 0;

  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    now = Date.now();
    // A new store has nothing in its caches.
    store = openStore(opened.storage, { now: () => now });
    prefix = `events/${++repositories}/`;
  });

  const reopen = () => openStore(opened.storage, { now: () => now }).archive;
  const pagesOf = async (): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await store.archive.list(prefix, cursor);
      pages.push(page.items);
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
    return pages;
  };

  test("a small payload is no object of the archive, and is read, listed and removed like a large one", async () => {
    const [small, large] = [`${prefix}1/a/event.json`, `${prefix}1/a/message.json`];
    await store.archive.put(small, SMALL);
    await store.archive.put(large, LARGE);
    await store.archive.put("events/9999/1/a/event.json", SMALL);
    expect((await opened.storage.archive.list(prefix)).items).toEqual([large]);
    expect([await reopen().get(small), await reopen().get(large)]).toEqual([SMALL, LARGE]);
    expect(await pagesOf()).toEqual([[small], [large]]);
    await store.archive.removeAll([small, large]);
    expect([await reopen().get(small), await reopen().get(large)]).toEqual([null, null]);
    expect(await pagesOf()).toEqual([[]]);
  });

  test("what was read and is removed is read no more", async () => {
    for (const [key, text] of [
      [`${prefix}1/a/event.json`, SMALL],
      [`${prefix}1/a/message.json`, LARGE],
    ] as const) {
      await store.archive.put(key, text);
      expect(await store.archive.get(key)).toBe(text);
      await store.archive.removeAll([key]);
      expect(await store.archive.get(key)).toBeNull();
    }
  });

  test("a small payload that a version before archived is read, listed and removed", async () => {
    const key = `${prefix}1/a/event.json`;
    await opened.storage.archive.put(key, SMALL);
    expect(await store.archive.get(key)).toBe(SMALL);
    expect(await pagesOf()).toEqual([[key]]);
    await store.archive.removeAll([key]);
    expect(await reopen().get(key)).toBeNull();
  });

  test("many small payloads are listed in pages, before the large one, each once", async () => {
    const keys = Array.from({ length: 501 }, (_, n) => `${prefix}${String(n).padStart(4, "0")}/event.json`);
    for (let n = 0; n < keys.length; n += 100)
      await Promise.all(keys.slice(n, n + 100).map((key) => store.archive.put(key, "{}")));
    await store.archive.put(`${prefix}0000/message.json`, LARGE);
    expect(await pagesOf()).toEqual([keys.slice(0, 500), keys.slice(500), [`${prefix}0000/message.json`]]);
  });

  test("a small payload is read for 90 days after it was last stored", async () => {
    const key = `${prefix}1/a/event.json`;
    await store.archive.put(key, SMALL);
    now += 89 * DAY;
    expect(await reopen().get(key)).toBe(SMALL);
    await store.archive.put(key, SMALL);
    now += 2 * DAY;
    expect(await reopen().get(key)).toBe(SMALL);
    now += 89 * DAY;
    expect(await reopen().get(key)).toBeNull();
  });
});
