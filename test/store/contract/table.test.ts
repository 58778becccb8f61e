import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BadCursor } from "../../../app/store/cursor.ts";
import {
  absent,
  absentOrAtMost,
  type Condition,
  equals,
  exists,
  IF_ABSENT,
  IF_EXISTS,
  type Item,
  ifVersion,
  type Partition,
  type QueryOptions,
  type Table,
} from "../../../app/store/ports.ts";
import { ADAPTERS, type Opened } from "./adapters.ts";

/** In epoch seconds. */
const NOW = 1_800_000_000;
const LATER = NOW + 60;
type Any = Item<Record<string, unknown>>;

describe.each(ADAPTERS)("a table on %s", (adapter, open) => {
  /** Tests rules of DynamoDB that dynalite lacks: it counts and compares characters where DynamoDB does bytes, and takes empty and long keys of an index. */
  const testBeyondDynalite = test.skipIf(adapter === "AWS");

  let opened: Opened;
  let table: Table;
  /** A table whose indexes give whole items. */
  let catalog: Table;
  let now = NOW;
  let pk = "";
  let tests = 0;

  beforeAll(async () => {
    opened = await open();
    const clock = { now: () => now * 1000 };
    table = opened.storage.table("runs", clock);
    catalog = opened.storage.table("catalog", clock);
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    now = NOW;
    pk = `partition#${++tests}`;
  });

  const key = (sk = "a") => ({ pk, sk });
  const partition = (): Partition => ({ hash: ["pk", pk] });
  const fill = async (sks: readonly string[]) =>
    await table.putAll(sks.map((sk) => ({ ...key(sk), name: sk })));
  const sks = (items: readonly { sk: string }[]) => items.map(({ sk }) => sk);
  /** Reads page after page, of as many items as the limit says. */
  const pagesOf = async (of: Partition, options: QueryOptions): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | null | undefined;
    do {
      const page = await table.page<object>(of, { ...options, cursor: cursor ?? undefined });
      pages.push(sks(page.items));
      cursor = page.cursor;
    } while (cursor !== null);
    return pages;
  };

  describe("items", () => {
    test("an item is read as it was written, whatever JSON it holds", async () => {
      const item = {
        ...key(),
        text: 'ä 𝄞 \u0000 "',
        empty: "",
        zero: 0,
        negative: -1.5,
        large: Number.MAX_SAFE_INTEGER,
        yes: true,
        nothing: null,
        list: [1, "two", [null, {}]],
        map: { a: { b: [] } },
      };
      expect(await table.put(item)).toBe(true);
      expect(await table.get(key())).toEqual(item);
    });

    test("a service's types are read as they were written, in their order, whatever numbers and names they hold", async () => {
      const schema = JSON.parse(
        '{"z": 18446744073709551615, "a": -1e300, "least": 5e-324, "": "\\ud800", "__proto__": {"type": "string"}, "b": {"y": 1, "x": 2}}',
      ) as object;
      for (const types of [[], [{ name: "built", example: schema, schema }]]) {
        const item = { ...key(), consumerPk: pk, consumerSk: "a", types };
        expect(await catalog.put(item)).toBe(true);
        const [listed] = await catalog.all<{ types: unknown }>({
          index: "byConsumer",
          hash: ["consumerPk", pk],
          range: "consumerSk",
        });
        const read = await catalog.get<{ types: unknown }>(key());
        for (const one of [read, listed]) expect(JSON.stringify(one?.types)).toBe(JSON.stringify(types));
      }
    });

    test("an item that was never written reads as null", async () => {
      expect(await table.get(key())).toBeNull();
      expect(await table.getEvenExpired(key())).toBeNull();
    });

    test("an attribute that is undefined is not stored", async () => {
      await table.put({ ...key(), gone: undefined, map: { gone: undefined, n: 1 } });
      const item = await table.get<Record<string, unknown>>(key());
      expect(Object.keys(item ?? {}).sort()).toEqual(["map", "pk", "sk"]);
      expect(item?.map).toEqual({ n: 1 });
    });

    test("a second write replaces the whole item", async () => {
      await table.put({ ...key(), a: 1, b: 2 });
      await table.put({ ...key(), a: 3 });
      expect(await table.get(key())).toEqual({ ...key(), a: 3 });
    });

    test("the same write twice has the effect of one", async () => {
      for (let time = 0; time < 2; time++) await table.put({ ...key(), a: 1 });
      expect(await table.all(partition())).toEqual([{ ...key(), a: 1 }]);
    });

    test("an item changed by its reader stays as it is stored", async () => {
      await table.put({ ...key(), list: [1] });
      const item = await table.get<{ list: number[] }>(key());
      item?.list.push(2);
      expect(await table.get(key())).toEqual({ ...key(), list: [1] });
    });

    test("keys with separators, quotes and wildcards are different keys", async () => {
      const odd = ["a#b", "a#", "a/b", "a~b", "a'b", 'a"b', "a%", "a_", "a\u0000b", "A", "a", "ä", "𝄞"];
      await fill(odd);
      for (const sk of odd) expect(await table.get(key(sk))).toEqual({ ...key(sk), name: sk });
      expect(await table.all(partition())).toHaveLength(odd.length);
    });

    test("an item of another table is another item", async () => {
      await table.put({ ...key(), a: 1 });
      expect(await catalog.get(key())).toBeNull();
    });

    test("many items are read in the order of their keys, without those that are not there", async () => {
      await fill(["a", "b", "c"]);
      const items = await table.getMany([key("c"), key("nowhere"), key("a"), key("c")]);
      expect(sks(items)).toEqual(["c", "a", "c"]);
    });

    test("no keys read as no items, and write none", async () => {
      expect(await table.getMany([])).toEqual([]);
      await table.putAll([]);
      await table.deleteAll([]);
    });

    test.each(["pk", "sk"])("an empty %s is refused", async (attribute) => {
      await expect(table.put({ ...key(), [attribute]: "" })).rejects.toThrow();
    });
  });

  describe("a key", () => {
    const long = (bytes: number) => "x".repeat(bytes);

    test("has 2,048 bytes at most, and its place 1,024", async () => {
      const item = { pk: pk.padEnd(2048, "x"), sk: long(1024) };
      await table.put(item);
      expect(await table.get(item)).toEqual(item);
      for (const longer of [{ pk: `${item.pk}x` }, { sk: `${item.sk}x` }])
        await expect(table.put({ ...item, ...longer })).rejects.toThrow(/1024 bytes|2048 bytes/);
    });

    testBeyondDynalite("is counted in bytes, of an index too", async () => {
      const item = { ...key(), consumerPk: long(2048), consumerSk: long(1024) };
      await catalog.put(item);
      for (const longer of [
        { pk: "ä".repeat(1025) },
        { sk: "ä".repeat(513) },
        { consumerPk: long(2049) },
        { consumerSk: long(1025) },
      ])
        await expect(catalog.put({ ...item, ...longer })).rejects.toThrow("cannot have more than");
    });
  });

  describe("size", () => {
    /** An item whose names and texts have so many bytes. */
    const sized = (bytes: number): Any => {
      const item = { ...key(), text: "" };
      const taken = Buffer.byteLength(`pk${item.pk}sk${item.sk}text`);
      return { ...item, text: "x".repeat(bytes - taken) };
    };

    test("an item of exactly 400 KB is stored", async () => {
      await table.put(sized(409_600));
      expect(await table.get(key())).toEqual(sized(409_600));
    });

    test("an item of one byte more is refused, and what stood stays", async () => {
      await table.put({ ...key(), a: 1 });
      await expect(table.put(sized(409_601))).rejects.toThrow(/[Ii]tem size/);
      expect(await table.get(key())).toEqual({ ...key(), a: 1 });
    });

    testBeyondDynalite("size is counted in bytes, not in characters", async () => {
      await expect(table.put({ ...key(), text: "ä".repeat(205_000) })).rejects.toThrow(/[Ii]tem size/);
      await table.put({ ...key(), text: "ä".repeat(204_000) });
    });

    test("an update that makes an item too large is refused, and what stood stays", async () => {
      await table.put(sized(300_000));
      await expect(table.update(key(), { more: "y".repeat(120_000) })).rejects.toThrow(/[Ii]tem size/);
      expect(await table.get(key())).toEqual(sized(300_000));
    });
  });

  describe("conditions", () => {
    const STORED = { version: 3, at: "2026-01-05", owner: "o-1" };
    const CASES: [name: string, condition: Condition, onStored: boolean, onNothing: boolean][] = [
      ["exists", [exists], true, false],
      ["IF_EXISTS", IF_EXISTS, true, false],
      ["IF_ABSENT", IF_ABSENT, false, true],
      ["absent of an attribute it has", [absent("owner")], false, true],
      ["absent of an attribute it has not", [absent("other")], true, true],
      ["equals of the same text", [equals("owner", "o-1")], true, false],
      ["equals of another text", [equals("owner", "o-2")], false, false],
      ["equals of the same number", [equals("version", 3)], true, false],
      ["equals of the number as a text", [equals("version", "3")], false, false],
      ["equals of an attribute it has not", [equals("other", "x")], false, false],
      ["ifVersion of what is stored", ifVersion(3), true, false],
      ["ifVersion of what was stored before", ifVersion(2), false, false],
      ["absentOrAtMost a later text", [absentOrAtMost("at", "2026-01-06")], true, true],
      ["absentOrAtMost the same text", [absentOrAtMost("at", "2026-01-05")], true, true],
      ["absentOrAtMost an earlier text", [absentOrAtMost("at", "2026-01-04")], false, true],
      ["absentOrAtMost a greater number", [absentOrAtMost("version", 10)], true, true],
      ["absentOrAtMost a smaller number", [absentOrAtMost("version", 2)], false, true],
      ["absentOrAtMost of another type", [absentOrAtMost("version", "9")], false, true],
      ["absentOrAtMost of an attribute it has not", [absentOrAtMost("other", 1)], true, true],
      ["two that hold", [exists, equals("version", 3)], true, false],
      ["the first of two that does not hold", [equals("version", 4), exists], false, false],
      ["the second of two that does not hold", [exists, equals("version", 4)], false, false],
      ["three of each kind", [absent("other"), absentOrAtMost("at", "2027"), exists], true, false],
      ["two of one attribute", [absentOrAtMost("version", 3), equals("version", 3)], true, false],
      ["none", [], true, true],
    ];

    test.each(CASES)("a put asks %s", async (_name, condition, onStored, onNothing) => {
      expect(await table.put({ ...key("new"), a: 1 }, condition)).toBe(onNothing);
      expect(await table.get(key("new"))).toEqual(onNothing ? { ...key("new"), a: 1 } : null);
      await table.put({ ...key(), ...STORED });
      expect(await table.put({ ...key(), a: 1 }, condition)).toBe(onStored);
      expect(await table.get(key())).toEqual({ ...key(), ...(onStored ? { a: 1 } : STORED) });
    });

    test.each(CASES)("an update asks %s", async (_name, condition, onStored, onNothing) => {
      const onNew = onNothing ? { ...key("new"), a: 1 } : null;
      expect(await table.update(key("new"), { a: 1 }, condition)).toEqual(onNew);
      expect(await table.get(key("new"))).toEqual(onNew);
      await table.put({ ...key(), ...STORED });
      const onOld = { ...key(), ...STORED, a: 1 };
      expect(await table.update(key(), { a: 1 }, condition)).toEqual(onStored ? onOld : null);
      expect(await table.get(key())).toEqual(onStored ? onOld : { ...key(), ...STORED });
    });

    test.each(CASES)("a delete asks %s", async (_name, condition, onStored, onNothing) => {
      expect(await table.delete(key("new"), condition)).toBe(onNothing);
      await table.put({ ...key(), ...STORED });
      expect(await table.delete(key(), condition)).toBe(onStored);
      expect(await table.get(key())).toEqual(onStored ? null : { ...key(), ...STORED });
    });

    test("a null attribute is not absent", async () => {
      await table.put({ ...key(), a: null });
      expect(await table.put({ ...key(), b: 1 }, [absent("a")])).toBe(false);
      expect(await table.put({ ...key(), b: 1 }, [absentOrAtMost("a", "z")])).toBe(false);
    });

    testBeyondDynalite("texts compare by their bytes", async () => {
      await table.put({ ...key(), a: "\uffee" });
      expect(await table.put({ ...key(), a: "\uffee" }, [absentOrAtMost("a", "𝄞")])).toBe(true);
      expect(await table.put({ ...key(), a: "b" }, [absentOrAtMost("a", "\uff00")])).toBe(false);
    });

    test("of writers at once on one condition a single one wins", async () => {
      const wins = await Promise.all(
        Array.from({ length: 20 }, (_one, n) => table.put({ ...key(), n }, IF_ABSENT)),
      );
      expect(wins.filter(Boolean)).toHaveLength(1);
      const item = await table.get<{ n: number }>(key());
      expect(wins[item?.n ?? -1]).toBe(true);
    });

    test("of updates at once on one version a single one wins", async () => {
      await table.put({ ...key(), version: 1 });
      const wins = await Promise.all(
        Array.from({ length: 20 }, (_one, n) => table.update(key(), { version: 2, n }, ifVersion(1))),
      );
      expect(wins.filter((item) => item !== null)).toHaveLength(1);
    });
  });

  describe("an item past its TTL", () => {
    beforeEach(async () => {
      await table.put({ ...key(), a: 1, n: 5, expiresAt: LATER });
      await table.put({ ...key("b"), a: 2 });
    });

    test("is read until that second, and not in it", async () => {
      now = LATER - 1;
      expect(await table.get(key())).toMatchObject({ a: 1 });
      now = LATER;
      expect(await table.get(key())).toBeNull();
    });

    test("is still read by one who asks for it though it be expired", async () => {
      now = LATER;
      expect(await table.getEvenExpired(key())).toMatchObject({ a: 1 });
    });

    test("is left out where many are read, and of a page, where it counts", async () => {
      now = LATER;
      expect(sks(await table.getMany([key(), key("b")]))).toEqual(["b"]);
      expect(sks(await table.all(partition()))).toEqual(["b"]);
      const page = await table.page(partition(), { limit: 1 });
      expect(page.items).toEqual([]);
      expect(sks((await table.page(partition(), { cursor: page.cursor ?? "" })).items)).toEqual(["b"]);
    });

    test("gives way to one that is put if absent", async () => {
      now = LATER - 1;
      expect(await table.put({ ...key(), a: 3 }, IF_ABSENT)).toBe(false);
      now = LATER;
      expect(await table.put({ ...key(), a: 3 }, IF_ABSENT)).toBe(true);
      expect(await table.get(key())).toEqual({ ...key(), a: 3 });
    });

    test("counts as stored for any other condition of a put or a delete", async () => {
      now = LATER;
      expect(await table.put({ ...key(), a: 3, expiresAt: LATER }, [equals("a", 1)])).toBe(true);
      expect(await table.delete(key(), [equals("a", 1)])).toBe(false);
      expect(await table.delete(key(), [exists])).toBe(true);
    });

    test.each([
      ["without a condition", undefined],
      ["on a condition that its attributes meet", [equals("a", 1)]],
      ["if it exists", IF_EXISTS],
    ])("is not updated %s", async (_name, condition) => {
      now = LATER;
      expect(await table.update(key(), { b: 1 }, condition)).toBeNull();
      expect(await table.getEvenExpired(key())).toEqual({ ...key(), a: 1, n: 5, expiresAt: LATER });
    });

    test("has its counter begin anew, and nothing else stays of it", async () => {
      now = LATER;
      expect(await table.add(key(), "n", 2, LATER + 60)).toBe(2);
      expect(await table.get(key())).toEqual({ ...key(), n: 2, expiresAt: LATER + 60 });
    });

    test("lives on where an update puts its end off", async () => {
      await table.update(key(), { expiresAt: LATER + 60 });
      now = LATER;
      expect(await table.get(key())).toMatchObject({ a: 1 });
    });

    test("lives for ever where an update removes its end", async () => {
      await table.update(key(), { expiresAt: undefined });
      now = LATER;
      expect(await table.get(key())).toEqual({ ...key(), a: 1, n: 5 });
    });
  });

  describe("updates", () => {
    test("set, replace and remove attributes, and leave the others", async () => {
      await table.put({ ...key(), a: 1, b: 2, c: { d: 3 } });
      const after = { ...key(), a: 9, c: { d: 3 }, e: [1] };
      expect(await table.update(key(), { a: 9, b: undefined, e: [1] })).toEqual(after);
      expect(await table.get(key())).toEqual(after);
    });

    test("make the item where there is none", async () => {
      expect(await table.update(key(), { a: 1, b: undefined })).toEqual({ ...key(), a: 1 });
      expect(await table.get(key())).toEqual({ ...key(), a: 1 });
    });

    test("may name attributes that are words of the database", async () => {
      const words = { name: 1, status: 2, value: 3, group: 4, "with.dot": 5, "with space": 6 };
      expect(await table.update(key(), words)).toEqual({ ...key(), ...words });
    });

    test("made at once on different attributes are all in", async () => {
      await Promise.all(Array.from({ length: 20 }, (_one, n) => table.update(key(), { [`a${n}`]: n })));
      expect(Object.keys((await table.get(key())) ?? {})).toHaveLength(22);
    });
  });

  describe("counters", () => {
    test("begin at zero and return each sum", async () => {
      expect(await table.add(key(), "n", 3, LATER)).toBe(3);
      expect(await table.add(key(), "n", -1, LATER + 1)).toBe(2);
      expect(await table.get(key())).toEqual({ ...key(), n: 2, expiresAt: LATER + 1 });
    });

    test("leave the item's other attributes", async () => {
      await table.put({ ...key(), a: 1 });
      await table.add(key(), "n", 1, LATER);
      expect(await table.get(key())).toEqual({ ...key(), a: 1, n: 1, expiresAt: LATER });
    });

    test("counted at once give each caller a sum of its own", async () => {
      const sums = await Promise.all(Array.from({ length: 30 }, () => table.add(key(), "n", 1, LATER)));
      expect(sums.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_one, n) => n + 1));
    });
  });

  describe("removal", () => {
    test("of an item that is there, or is not, is true without a condition", async () => {
      await table.put({ ...key(), a: 1 });
      for (let time = 0; time < 2; time++) expect(await table.delete(key())).toBe(true);
      expect(await table.get(key())).toBeNull();
    });

    test("of many takes those and no others", async () => {
      await fill(["a", "b", "c"]);
      await table.deleteAll([key("a"), key("nowhere"), key("c")]);
      expect(sks(await table.all(partition()))).toEqual(["b"]);
    });
  });

  describe("batches", () => {
    const many = Array.from({ length: 260 }, (_, n) => String(n).padStart(4, "0"));

    test("larger than DynamoDB's limits are written, read and removed whole", async () => {
      await fill(many);
      expect(sks(await table.getMany(many.map(key)))).toEqual(many);
      await table.deleteAll(many.map(key));
      expect(await table.all(partition())).toEqual([]);
    });

    test("of items too large for one answer are read whole", async () => {
      const text = "x".repeat(300_000);
      const large = many.slice(0, 60);
      await Promise.all(large.map((sk) => table.put({ ...key(sk), text })));
      expect(sks(await table.getMany(large.map(key)))).toEqual(large);
      expect(sks(await table.all(partition()))).toEqual(large);
      expect((await table.page(partition())).items.length).toBeLessThan(large.length);
    });

    test("with one key twice store the last of them", async () => {
      await table.putAll([{ ...key(), a: 1 } as Item<object>, { ...key(), a: 2 } as Item<object>]);
      expect(await table.get(key())).toEqual({ ...key(), a: 2 });
    });

    test("one that is refused fails none of the same moment", async () => {
      const empty = { ...key(), sk: "" };
      const [refused, written] = await Promise.allSettled([
        table.putAll([{ ...empty, a: 1 } as Item<object>]),
        table.putAll([{ ...key(), a: 2 } as Item<object>]),
      ]);
      expect([refused.status, written.status]).toEqual(["rejected", "fulfilled"]);
      const [, read] = await Promise.allSettled([table.get({ ...key(), sk: 1 } as never), table.get(key())]);
      expect(read).toEqual({ status: "fulfilled", value: { ...key(), a: 2 } });
    });
  });

  describe("pages", () => {
    const letters = ["a", "b", "c", "d", "e", "f", "g"];

    test("come in the order of the sort keys' bytes", async () => {
      await fill(["b", "a", "B", "ä", "\uffee", "𝄞", "a#", "a!", "10", "9"]);
      expect(sks(await table.all(partition()))).toEqual([
        "10",
        "9",
        "B",
        "a",
        "a!",
        "a#",
        "b",
        "ä",
        "\uffee",
        "𝄞",
      ]);
    });

    test("of a partition have nothing of one whose name begins alike", async () => {
      await table.put({ pk: `${pk}x`, sk: "a" });
      await table.put({ pk: `${pk}#`, sk: "a" });
      await fill(["a"]);
      expect(await table.all(partition())).toEqual([{ ...key(), name: "a" }]);
    });

    test("of nothing are one empty page", async () => {
      expect(await table.page(partition())).toEqual({ items: [], cursor: null });
    });

    test("go on where the one before ended", async () => {
      await fill(letters);
      expect((await pagesOf(partition(), { limit: 3 })).flat()).toEqual(letters);
      expect((await pagesOf(partition(), { limit: 3 }))[0]).toEqual(["a", "b", "c"]);
    });

    test("go backwards likewise", async () => {
      await fill(letters);
      const pages = await pagesOf(partition(), { limit: 3, descending: true });
      expect(pages.flat()).toEqual([...letters].reverse());
      expect(pages[1]).toEqual(["d", "c", "b"]);
    });

    test.each([false, true])(
      "go on though the item they ended at was removed (descending: %s)",
      async (descending) => {
        await fill(letters);
        const { items, cursor } = await table.page<object>(partition(), { limit: 3, descending });
        await table.deleteAll(items.map(({ sk }) => key(sk)));
        const rest = await table.page<object>(partition(), { cursor: cursor ?? "", descending });
        expect(sks(rest.items)).toEqual(descending ? ["d", "c", "b", "a"] : ["d", "e", "f", "g"]);
      },
    );

    test("have what was written meanwhile where it comes after, and not where it comes before", async () => {
      await fill(["b", "d", "f"]);
      const { cursor } = await table.page(partition(), { limit: 2 });
      await fill(["a", "e"]);
      expect(sks((await table.page<object>(partition(), { cursor: cursor ?? "" })).items)).toEqual([
        "e",
        "f",
      ]);
    });

    test.each([
      ["that begin so", { beginsWith: "b#" }, ["b#", "b#1", "b#2", "b#\uffee"]],
      ["that begin so, backwards", { beginsWith: "b#", descending: true }, ["b#\uffee", "b#2", "b#1", "b#"]],
      [
        "between two, both included",
        { between: ["b#1", "c"] as const },
        ["b#1", "b#2", "b#\uffee", "b$", "c"],
      ],
      ["between two, backwards", { between: ["b#1", "b#2"] as const, descending: true }, ["b#2", "b#1"]],
      ["between one and itself", { between: ["c", "c"] as const }, ["c"]],
      ["between one and another before it, which is none", { between: ["c", "b"] as const }, []],
      ["that begin so, where none does", { beginsWith: "x" }, []],
    ])("have only the keys %s", async (_name, options, wanted) => {
      await fill(["a", "b", "b!", "b#", "b#1", "b#2", "b#\uffee", "b$", "c", "d"]);
      expect(sks(await table.all<object>(partition(), options))).toEqual(wanted);
      expect((await pagesOf(partition(), { ...options, limit: 2 })).flat()).toEqual(wanted);
    });

    test("begin after a key that is given, be it there or not", async () => {
      await fill(["a", "c", "e"]);
      const rest = async (sk: string, descending = false) =>
        sks((await table.page<object>(partition(), { startAfter: key(sk), descending })).items);
      expect(await rest("a")).toEqual(["c", "e"]);
      expect(await rest("b")).toEqual(["c", "e"]);
      expect(await rest("d", true)).toEqual(["c", "a"]);
    });

    const encoded = (place: unknown) => Buffer.from(JSON.stringify(place)).toString("base64url");
    test.each([
      ["is no base64", () => "%%%"],
      ["is no JSON", () => Buffer.from("{").toString("base64url")],
      ["is no object", () => encoded("a")],
      ["is null", () => encoded(null)],
      ["is a list", () => encoded(["a"])],
      ["lacks a part of the key", () => encoded({ pk })],
      ["has no text for a key", () => encoded({ pk, sk: 1 })],
      ["has an empty key", () => encoded({ pk, sk: "" })],
      ["is of another partition", () => encoded({ pk: "other", sk: "a" })],
    ])("refuse a cursor that %s", async (_name, cursor) => {
      await fill(["a", "b"]);
      await expect(table.page(partition(), { cursor: cursor() })).rejects.toThrow(BadCursor);
    });

    test("refuse a cursor that lies beyond the bounds of the list", async () => {
      await fill(["a", "b", "c"]);
      const cursor = encoded(key("z"));
      await expect(table.page(partition(), { between: ["a", "b"], cursor })).rejects.toThrow(BadCursor);
      await expect(table.page(partition(), { between: ["b", "a"], cursor })).rejects.toThrow(BadCursor);
    });
  });

  describe("indexes", () => {
    const byConsumer = (): Partition => ({
      index: "byConsumer",
      hash: ["consumerPk", pk],
      range: "consumerSk",
    });
    const put = async (name: string, place: Record<string, unknown>) =>
      await catalog.put({ pk: `${pk}#${name}`, sk: "item", name, ...place });
    const names = async (options: QueryOptions = {}) =>
      (await catalog.all<{ name: string }>(byConsumer(), options)).map(({ name }) => name);

    test("give whole items in the order of the index", async () => {
      await put("second", { consumerPk: pk, consumerSk: "b" });
      await put("first", { consumerPk: pk, consumerSk: "a" });
      expect(await names()).toEqual(["first", "second"]);
      expect(await names({ descending: true })).toEqual(["second", "first"]);
    });

    test("leave out items without both of their attributes", async () => {
      await put("neither", {});
      await put("hash", { consumerPk: pk });
      await put("range", { consumerSk: "a" });
      await put("both", { consumerPk: pk, consumerSk: "a" });
      expect(await names()).toEqual(["both"]);
    });

    testBeyondDynalite("refuse an attribute that is empty, and write nothing", async () => {
      await expect(put("bad", { consumerPk: pk, consumerSk: "" })).rejects.toThrow();
      expect(await catalog.get({ pk: `${pk}#bad`, sk: "item" })).toBeNull();
    });

    test.each([
      ["null", null],
      ["a number", 1],
    ])("refuse an attribute that is %s, and write nothing", async (_name, consumerSk) => {
      await expect(put("bad", { consumerPk: pk, consumerSk })).rejects.toThrow();
      expect(await catalog.get({ pk: `${pk}#bad`, sk: "item" })).toBeNull();
    });

    test("follow an item that is moved, replaced, updated or removed", async () => {
      await put("one", { consumerPk: pk, consumerSk: "a" });
      await put("two", { consumerPk: pk, consumerSk: "b" });
      const one = { pk: `${pk}#one`, sk: "item" };
      await catalog.update(one, { consumerSk: "c" });
      expect(await names()).toEqual(["two", "one"]);
      await catalog.update(one, { consumerPk: undefined });
      expect(await names()).toEqual(["two"]);
      await put("one", { consumerPk: pk, consumerSk: "0" });
      expect(await names()).toEqual(["one", "two"]);
      await catalog.delete(one);
      expect(await names()).toEqual(["two"]);
    });

    test("have items of one place each, page by page, both ways", async () => {
      for (const name of ["a", "b", "c", "d", "e"]) await put(name, { consumerPk: pk, consumerSk: "same" });
      for (const descending of [false, true]) {
        const seen: string[] = [];
        let cursor: string | null | undefined;
        do {
          const page = await catalog.page<{ name: string }>(byConsumer(), {
            limit: 2,
            descending,
            cursor: cursor ?? undefined,
          });
          seen.push(...page.items.map(({ name }) => name));
          cursor = page.cursor;
        } while (cursor !== null);
        expect(seen.sort()).toEqual(["a", "b", "c", "d", "e"]);
      }
    });

    test("go on after an item that was moved away meanwhile", async () => {
      for (const name of ["a", "b", "c", "d"]) await put(name, { consumerPk: pk, consumerSk: name });
      const { cursor } = await catalog.page(byConsumer(), { limit: 2 });
      await catalog.update({ pk: `${pk}#b`, sk: "item" }, { consumerSk: "z" });
      expect(await names({ cursor: cursor ?? "" })).toEqual(["c", "d", "b"]);
    });

    test.each([
      ["that begin so", { beginsWith: "b" }, ["b", "bb"]],
      ["between two", { between: ["b", "c"] as const }, ["b", "bb", "c"]],
    ])("have only places %s", async (_name, options, wanted) => {
      for (const name of ["a", "b", "bb", "c", "d"]) await put(name, { consumerPk: pk, consumerSk: name });
      expect(await names(options)).toEqual(wanted);
    });

    test("begin after a whole key that is given", async () => {
      for (const name of ["a", "b", "c"]) await put(name, { consumerPk: pk, consumerSk: name });
      const startAfter = { pk: `${pk}#b`, sk: "item", consumerPk: pk, consumerSk: "b" };
      expect(await names({ startAfter })).toEqual(["c"]);
    });

    test("refuse a cursor of the table itself", async () => {
      await put("a", { consumerPk: pk, consumerSk: "a" });
      const cursor = Buffer.from(JSON.stringify({ pk: `${pk}#a`, sk: "item" })).toString("base64url");
      await expect(catalog.page(byConsumer(), { cursor })).rejects.toThrow(BadCursor);
    });

    test("leave out what is past its TTL", async () => {
      await put("gone", { consumerPk: pk, consumerSk: "a", expiresAt: LATER });
      await put("stays", { consumerPk: pk, consumerSk: "b" });
      now = LATER;
      expect((await catalog.page<{ name: string }>(byConsumer())).items.map(({ name }) => name)).toEqual([
        "stays",
      ]);
    });

    test("of keys alone give keys and their own attributes", async () => {
      await table.put({ ...key(), dueShard: pk, dueAt: "2026", name: "more", expiresAt: LATER });
      const due = await table.all<object>({ index: "due", hash: ["dueShard", pk], range: "dueAt" });
      expect(due).toEqual([{ ...key(), dueShard: pk, dueAt: "2026" }]);
    });
  });
});
