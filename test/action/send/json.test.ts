import fc from "fast-check";
import { expect, test } from "vitest";
import { checkJson } from "../../../action/send/json.ts";

const errorOf = (text: string): string => {
  try {
    checkJson(text, "payload");
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  ["secret", "there is a mistake at line 1, column 1 (position 0)"],
  ['{"a":1,}', "there is a mistake at line 1, column 8 (position 7)"],
  ["[1,\n 2,\n  ü]", "there is a mistake at line 3, column 3 (position 10)"],
  ["{} {}", "there is a mistake at line 1, column 4 (position 3)"],
  ["nulx", "there is a mistake at line 1, column 4 (position 3)"],
  ["'single'", "there is a mistake at line 1, column 1 (position 0)"],
  ["", "it ends too early, at line 1, column 1 (position 0)"],
  ['[1, "two', "it ends too early, at line 1, column 9 (position 8)"],
  ["tru", "it ends too early, at line 1, column 4 (position 3)"],
])("of %j it is said that %s", (text, what) => expect(errorOf(text)).toBe(`payload is not JSON: ${what}.`));

const LONG = JSON.stringify(Array.from({ length: 50_000 }, (_, n) => n));
test("the place is found in a long text too", () => {
  const at = LONG.indexOf("40000");
  expect(errorOf(`${LONG.slice(0, at)}!${LONG.slice(at)}`)).toContain(`(position ${at})`);
});

test("a control character anywhere in JSON is found where it stands", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, n) => {
      const at = n % json.length;
      expect(errorOf(`${json.slice(0, at)}\u0001${json.slice(at)}`)).toContain(`(position ${at})`);
    }),
  );
});

test("JSON that breaks off is said to end too early, or to be whole", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, n) => {
      const error = errorOf(json.slice(0, n % json.length));
      expect(error === "" || error.includes("it ends too early")).toBe(true);
    }),
  );
});
