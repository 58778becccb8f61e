import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DAY } from "../../../app/domain/clock.ts";
import type { Archive } from "../../../app/store/ports.ts";
import { ADAPTERS, type Opened } from "./adapters.ts";

describe.each(ADAPTERS)("an archive on %s", (adapter, open) => {
  let opened: Opened;
  let archive: Archive;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2027-01-01T00:00:00Z") });
    opened = await open();
    archive = opened.storage.archive;
  });
  afterEach(async () => {
    await opened.close();
    vi.useRealTimers();
  });

  const keys = async (prefix: string): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await archive.list(prefix, cursor);
      pages.push(page.items);
      cursor = page.cursor ?? undefined;
    } while (cursor);
    return pages;
  };

  test.each([
    ["a text", '{"a":1}'],
    ["an empty one", ""],
    ["one of all alphabets", 'ä 𝄞 "\n\u0000'],
    ["one of 5 MB", "x".repeat(5_000_000)],
  ])("gives %s as it was put", async (_name, text) => {
    await archive.put("events/1/a.json", text);
    expect((await archive.get("events/1/a.json"))?.text).toBe(text);
  });

  test("gives null where there is nothing", async () => {
    await archive.put("events/1/a.json", "a");
    expect(await archive.get("events/1/a")).toBeNull();
    expect(await archive.get("events/1/a.json.json")).toBeNull();
  });

  test("says when a text was archived", async () => {
    await archive.put("a", "text");
    const at = Date.now();
    vi.setSystemTime(at + DAY);
    expect(await archive.get("a")).toEqual({ text: "text", at });
  });

  test("has a text once, of the later date, that was put twice", async () => {
    await archive.put("a", "text");
    vi.setSystemTime(Date.now() + DAY);
    await archive.put("a", "text");
    expect(await archive.get("a")).toEqual({ text: "text", at: Date.now() });
    expect(await keys("")).toEqual([["a"]]);
  });

  test("lists the keys that begin so, and no others", async () => {
    const wanted = ["b/1", "b/2", "b/_", "b/%", "b/ä", "b/𝄞"];
    for (const key of [...wanted, "a/1", "b", "B/1", "c/1"]) await archive.put(key, "text");
    expect(new Set((await keys("b/")).flat())).toEqual(new Set(wanted));
  });

  // fauxqs sorts as people do, S3 by bytes.
  test.skipIf(adapter === "AWS")("lists keys in the order of their bytes", async () => {
    for (const key of ["b/2", "b/1", "a/1", "b", "c/1", "b/ä", "b/𝄞", "b/\uffee", "b/_", "b/%"])
      await archive.put(key, "text");
    expect(await keys("b/")).toEqual([["b/%", "b/1", "b/2", "b/_", "b/ä", "b/\uffee", "b/𝄞"]]);
    expect(await keys("nothing")).toEqual([[]]);
  });

  test("lists more than a thousand in pages, and removes them a page at a time", async () => {
    const all = Array.from({ length: 1203 }, (_one, n) => `owner/${String(n).padStart(5, "0")}`);
    for (let start = 0; start < all.length; start += 100)
      await Promise.all(all.slice(start, start + 100).map((key) => archive.put(key, "x")));
    await archive.put("other", "x");
    const pages = await keys("owner/");
    expect(pages.map(({ length }) => length)).toEqual([1000, 203]);
    expect(pages.flat()).toEqual(all);
    for (const page of pages) await archive.removeAll(page);
    expect(await keys("")).toEqual([["other"]]);
  });

  test("goes on with a list though the key that a page ended at was removed", async () => {
    const all = Array.from({ length: 1002 }, (_one, n) => `owner/${String(n).padStart(5, "0")}`);
    for (let start = 0; start < all.length; start += 100)
      await Promise.all(all.slice(start, start + 100).map((key) => archive.put(key, "x")));
    const { items, cursor } = await archive.list("owner/");
    await archive.removeAll(items);
    expect((await archive.list("owner/", cursor ?? "")).items).toEqual(all.slice(1000));
  });

  test("removes what is named, and takes what is gone as removed", async () => {
    for (const key of ["a", "ab", "b"]) await archive.put(key, "text");
    for (let time = 0; time < 2; time++) await archive.removeAll(["a", "nothing"]);
    await archive.removeAll([]);
    expect(await keys("")).toEqual([["ab", "b"]]);
    expect(await archive.get("a")).toBeNull();
  });

  test("joins texts in the order they are given, large and small ones", async () => {
    const digits = Array.from({ length: 15 }, (_, n) => String(n % 10).repeat(n % 4 ? 900_000 : 5_300_000));
    const texts = ["[", "ä".repeat(3_000_000), ",", "x".repeat(6_000_000), "𝄞", ...digits, "]"];
    const parts = texts.map((_, n) => `parts/${99 - n}`);
    for (const [n, text] of texts.entries()) await archive.put(parts[n] as string, text);
    await archive.join("whole", parts);
    const whole = await archive.get("whole");
    expect(whole?.text === texts.join("")).toBe(true);
    expect(whole?.at).toBe(Date.now());
    expect(await keys("parts/")).toEqual([expect.arrayContaining(parts)]);
  });

  test("joins nothing where a part is missing", async () => {
    await archive.put("parts/1", "a");
    await expect(archive.join("whole", ["parts/1", "parts/2"])).rejects.toThrow("not archived");
    expect(await archive.get("whole")).toBeNull();
  });

  test("gives a text to whoever has its link, if it can be read from elsewhere", async () => {
    await archive.put("exports/1/a.json", '"größe"');
    const link = await archive.linkTo("exports/1/a.json", "zekt.json", 300);
    expect(link === null).toBe(adapter !== "AWS");
    if (link === null) return;
    const answer = await fetch(link);
    expect([answer.status, await answer.text()]).toEqual([200, '"größe"']);
  });
});
