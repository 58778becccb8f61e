import fc from "fast-check";
import { expect, test } from "vitest";
import { depthOf, memberText, parseExactly } from "../../../app/domain/intake/json-text.ts";

test("a member is found wherever it stands in an object, and only there", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (object, value) => {
      const text = JSON.stringify({
        ...object,
        nested: { wanted: 0 },
        list: ["wanted", { wanted: 1 }],
        wanted: value,
      });
      expect(memberText(text, "wanted")).toBe(JSON.stringify(value));
    }),
  );
  expect(memberText('{"a":{"wanted":1},"b":"wanted"}', "wanted")).toBeNull();
  expect(memberText("{}", "wanted")).toBeNull();
  expect(memberText('{"wanted":1,"wanted":[2]}', "wanted")).toBe("[2]");
});

test.each([
  ["900719925474099", "exact"],
  ["9007199254740991", "rounded"],
  ["9007199254740993", "rounded"],
  ["0.8333333333333334", "rounded"],
  ["[0.1,1e21,-0,0,1.50,100000000000000000000]", "exact"],
  ["0.12345678901234567890123", "rounded"],
  ["1e-400", "rounded"],
  // Its double is written with the same digits but one zero.
  ["6.02631123499286005", "rounded"],
  // The longest text that a double is written with, and one beyond it.
  ["-0.00000123456789012345", "exact"],
  ["-0.0000012345678901234567", "rounded"],
  ["1.000000000000000000000000", "rounded"],
  ["[0.0000001,1.500,1.5e3]", "exact"],
  ["[1e400,9007199254740993]", "infinite"],
  ['"1e400"', "exact"],
])("of %s it is known that it is %s in a workflow", (text, exactness) => {
  const read = parseExactly(text);
  expect(read.exactness).toBe(exactness);
  if (exactness !== "exact") expect(JSON.stringify(read.value)).toBe(text);
  else expect(read.value).toEqual(JSON.parse(text));
});

test("how deep JSON is nested is counted without recursion, and brackets in strings do not count", () => {
  expect(depthOf('{"a":[[1],"[[[["]}')).toBe(3);
  expect(depthOf(`${"[".repeat(5000)}${"]".repeat(5000)}`)).toBe(5000);
  expect(depthOf("1")).toBe(0);
  expect(depthOf("[[1],[2],[3],{},{}]")).toBe(2);
  expect(depthOf('{"a":{},"b":{},"c":[]}')).toBe(2);
});
