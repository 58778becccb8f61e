import fc from "fast-check";
import { expect, test } from "vitest";
import { compactJson } from "../../shared/compact-json.ts";

test("JSON loses its white space and needless escapes, and nothing else", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, "\t"), (value, space) => {
      expect(compactJson(JSON.stringify(value, null, space))).toBe(JSON.stringify(value));
    }),
  );
  expect(compactJson('{ "\\u0061" : "\\/ \\ud83d\\ude00" , "n" : [ 1.0 , 1E400 ] }')).toBe(
    '{"a":"/ 😀","n":[1.0,1E400]}',
  );
});
