import fc from "fast-check";
import { expect, test } from "vitest";
import { isJsonType, readBearer, readLength, readNextPage } from "../../app/domain/headers.ts";
import { growthAtDoubling } from "../support/growth.ts";

/* Every header is read by one reader, whatever it holds. */

test.each([
  ["Bearer a.b.c", "a.b.c"],
  ["bearer ghu_x", "ghu_x"],
  ["BEARER   x ", "x"],
  ["Bearer", null],
  ["Bearer ", null],
  ["Basic eDp5", null],
  ["token x", null],
  [`Bearer ${"a".repeat(70_000)}`, null],
  [undefined, null],
])("a token is read from an authorization of %s", (header, token) => {
  expect(readBearer(header)).toBe(token);
});

test.each([
  ["application/json", true],
  ["application/json;", true],
  ["application/json ; charset=utf-8", true],
  ["APPLICATION/JSON", true],
  ["application/vnd.github.v3+json", true],
  ["application/vnd.github.raw+json; charset=utf-8", true],
  ["application/problem+json", true],
  ["text/html; profile=json", false],
  ["application/jsonp", false],
  ["application/+json", false],
  ["x-application/json", false],
  ["text/json", false],
  ["", false],
])("whether a content-type names JSON: %s", (type, expected) => {
  expect(isJsonType(type)).toBe(expected);
});

test.each([
  ["0", 0],
  ["26214400", 26_214_400],
  ["", null],
  ["-1", null],
  ["1e3", null],
  ["0x10", null],
  ["10, 10", null],
  ["9".repeat(20), null],
  [undefined, null],
])("a content-length of %s is %s bytes", (text, bytes) => {
  expect(readLength(text)).toBe(bytes);
});

const NEXT = "https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_7";

test.each([
  [`<${NEXT}>; rel="next"`, NEXT],
  [`<https://api.github.com/a?page=1>; rel="prev", <${NEXT}>; rel="next"`, NEXT],
  [`<${NEXT}>;rel=next`, NEXT],
  [`<${NEXT}>; title="a"; rel="next"`, NEXT],
  [`<${NEXT}>; rel="prev"`, null],
  [`<${NEXT}>; rel="nextish"`, null],
  ['<not an address>; rel="next"', null],
  [`<${NEXT}; rel="next"`, null],
  [`${NEXT}>; rel="next"`, null],
  ['<https://api.github.com/a;rel=next>; rel="prev"', null],
  ["", null],
  [undefined, null],
])("a link header's next page: %s", (link, next) => {
  expect(readNextPage(link)?.href ?? null).toBe(next);
});

test.each<[string, string, number, (text: string) => unknown, unknown]>([
  ["authorization", "Bearer a", 64 * 1024, (text) => readBearer(text)?.trim(), "a"],
  ["content-type", "application/json", 1024, isJsonType, true],
  ["link", `<${NEXT}>; rel="next"`, 8 * 1024, (text) => readNextPage(text)?.href, NEXT],
])("%s is read up to its longest, and no longer one", (_, text, most, read, expected) => {
  expect(read(text.padEnd(most))).toBe(expected);
  expect(read(text.padEnd(most + 1))).toEqual(read(""));
});

/** Readers, each with a beginning that it reads on from, and a length that it does not refuse at once. */
const READERS: [string, string, number, (text: string) => unknown][] = [
  ["authorization", "Bearer ", 4000, readBearer],
  ["content-type", "application/", 500, isJsonType],
  ["content-length", "1", 4000, readLength],
  ["link", "<https://api.github.com/", 4000, readNextPage],
];

test.each(READERS)("%s is read whatever it holds", (_, start, _size, read) => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 }));
  fc.assert(
    fc.property(text, fc.boolean(), (any, isBegun) => {
      read(isBegun ? start + any : any);
    }),
  );
});

test.each(READERS)("a %s of twice the length takes at most twice the time", (_, start, size, read) => {
  const pieces = ["a", " ", "1", ";", ", ", "<", "a+"];
  const textsOf = (length: number) => pieces.map((piece) => start + piece.repeat(length / piece.length));
  const growth = growthAtDoubling(textsOf, size, (texts) => texts.map(read), 20);
  expect(growth).toBeLessThan(2 * 1.3);
});
