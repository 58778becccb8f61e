import fc from "fast-check";
import { expect, test } from "vitest";
import { oneLine } from "../../../action/shared/one-line.ts";

test.each([
  ["a plain sentence: it stays :: as it is", "a plain sentence: it stays :: as it is"],
  ["one\r\ntwo\u2028three\u0000four", "one two three four"],
  ["  ::error::no", ": :error::no"],
  ["see ##[add-mask]no", "see ## [add-mask]no"],
])("%j is written as %j", (text, line) => expect(oneLine(text)).toBe(line));

test("no text is taken for a workflow command", () => {
  const part = fc.constantFrom("::", "##[", "#", "[", ":", "\n", "\r", " ", "\u0085", "error", "]");
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
      const line = oneLine(parts.join(""));
      expect(line.split(/[\r\n\u0085\u2028\u2029]/).length).toBe(1);
      expect(line.trimStart().startsWith("::") || line.includes("##[")).toBe(false);
    }),
  );
});
