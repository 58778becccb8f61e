import { celList, celMap } from "@bufbuild/cel";
import { expect, test } from "vitest";
import { LOOP, MAX_COST, Meter, TooCostly } from "../../../app/domain/intake/filter-cost.ts";

const listOf = (size: number) => celList(Array.from({ length: size }, () => 1n));
const mapOf = (size: number) => celMap(new Map(Array.from({ length: size }, (_, n) => [`k${n}`, 1n])));
const textOf = (size: number) => "a".repeat(size);

/** Asserts that an operation costs so many units, no more and no fewer. */
function expectCost(units: number, name: string, values: readonly unknown[], messageSize = 0): void {
  const meter = new Meter(messageSize);
  meter.addOperation(name, values);
  meter.add(MAX_COST - units);
  expect(() => meter.add(1)).toThrow(TooCostly);
}

test.each<[string, number, string, unknown[]]>([
  ["numbers", 1, "_+_", [1n, 2n]],
  ["a text of one piece", 1 + 1, "size", [textOf(256)]],
  ["a text of two pieces", 1 + 2, "size", [textOf(257)]],
  ["the longest text", 1 + 4 * 4096, "size", [textOf(4 * 1024 * 1024)]],
  ["a list and an object", 1 + 1 + 2, "_+_", [listOf(16), mapOf(17)]],
  ["a loop over a list", 1 + 17, LOOP, [listOf(17)]],
  ["a loop over an object", 1 + 5, LOOP, [mapOf(5)]],
  ["text that is no pattern", 1 + 1 + 1, "contains", ["a", "a{9}"]],
])("an operation costs what it reads: %s", (_, units, name, values) => {
  expectCost(units, name, values);
});

test.each(["_==_", "_!=_", "@in"])("%s of a list may read the whole message, and costs as much", (name) => {
  expectCost(1 + 2 * (1 + 3), name, [listOf(2), mapOf(2)], 33);
  expectCost(1, name, [1n, 2n], 33);
  expectCost(1 + 1, "size", [listOf(2)], 33);
});

test.each([
  ["abc", 3],
  ["a{3}", 4 * 3],
  ["a{12}", 5 * 12],
  ["a{2,}", 5 * 2],
  ["a{2,13}", 7 * 13],
  ["a{0}", 4],
  ["(a{2}b{3})", 10 * 6],
  ["(a{50}){50}", 11 * 1000],
])("a search for the pattern %s costs as if its repetitions were written out", (pattern, length) => {
  // A text of 256 characters, and one piece more since an empty one is searched, too.
  expectCost(1 + 2 * length + 1 + 1, "matches", [textOf(256), pattern]);
});

test("what is no text and no pattern costs the operation, and longer texts are not read", () => {
  expectCost(1 + 1, "matches", [1n, "a"]);
  expectCost(1 + 1, "matches", ["a", 1n]);
  expect(() => new Meter(0).addOperation("size", [textOf(4 * 1024 * 1024 + 1)])).toThrow(TooCostly);
});
