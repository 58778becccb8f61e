import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesBranch, problemOfBranchPattern } from "../../app/domain/catalog/branch-pattern.ts";
import { visitStrings } from "../../app/domain/intake/json-strings.ts";
import { depthOf, memberText, parseExactly } from "../../app/domain/intake/json-text.ts";
import { GREATEST_WAIT, LEAST_WAIT, readWait } from "../../app/domain/wait.ts";
import { parseZektFile } from "../../app/domain/zekt-yml/read-zekt-file.ts";
import { compactJson } from "../../shared/compact-json.ts";
import { growthAtDoubling } from "../support/growth.ts";

/* Texts that strangers write: whatever they hold, a reader answers, and its answer keeps its promise. */

const RUNS = Number(process.env.ZEKT_FUZZ ?? 100);
const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, holds), { numRuns: RUNS });

const yamlish = fc
  .array(
    fc.constantFrom(
      "version: 1",
      "consumer:",
      "  - ",
      "a: ",
      "\n",
      "[",
      "]",
      "{",
      "}",
      "'",
      '"',
      "#",
      "|",
      "é",
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(""));

describe("zekt.yml", () => {
  test.each([
    ["any text", fc.string({ unit: "binary", maxLength: 300 })],
    ["text that is almost YAML", yamlish],
  ])("%s is a file, or has problems with a line each", (_, texts) => {
    check(texts, (text) => {
      const { file, problems } = parseZektFile(text);
      expect(file === null).toBe(problems.length > 0);
      for (const { line } of problems) expect(line).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length + 1);
    });
  });
});

describe("branch patterns", () => {
  const pattern = fc
    .array(fc.constantFrom("*", "**", "?", "+", "[ab]", "[a-c]", "/", "a", "b", "!", "\\*"), {
      maxLength: 40,
    })
    .map((parts) => parts.join(""));
  const name = fc
    .array(fc.constantFrom("a", "b", "c", "/"), { maxLength: 200 })
    .map((parts) => parts.join(""));

  test("each is refused with a reason, or says of any name whether it matches", () => {
    check(fc.tuple(pattern, name), ([one, branch]) => {
      const problem = problemOfBranchPattern(one);
      if (problem !== null) expect(problem.length).toBeGreaterThan(5);
      else expect(typeof matchesBranch(branch, [one])).toBe("boolean");
    });
  });

  test("a plain name matches itself alone", () => {
    const plain = fc.stringMatching(/^[a-z][a-z0-9/-]{0,40}[a-z0-9]$/);
    check(fc.tuple(plain, plain), ([one, other]) => {
      expect(matchesBranch(one, [one])).toBe(true);
      expect(matchesBranch(other, [one])).toBe(one === other);
    });
  });
});

describe("messages", () => {
  test("any JSON is compacted to the same value, with its members as they were written", () => {
    check(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.json({ maxDepth: 4 }), { maxKeys: 5 }),
      (members) => {
        const entries = Object.entries(members);
        const text = `{ ${entries.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(" , ")} }`;
        expect(JSON.parse(compactJson(text))).toEqual(JSON.parse(text));
        for (const [key, value] of entries) {
          expect(JSON.parse(memberText(compactJson(text), key) ?? "")).toEqual(JSON.parse(value));
        }
        expect(depthOf(text)).toBeGreaterThanOrEqual(1);
        expect(JSON.parse(JSON.stringify(parseExactly(text).value))).toEqual(JSON.parse(text));
      },
    );
  });
});

/** A piece of a message's JSON, which is put side by side in a list. */
const PIECES: [string, string][] = [
  ["objects", '{ "a" : 1, "b" : "text" }'],
  ["white space", `"a"${" ".repeat(40)}`],
  ["escapes", '"\\u0061\\n\\"\\\\"'],
  ["brackets", `${"[".repeat(40)}${"]".repeat(40)}`],
  ["members of one name", '{"payload":1,"payload":2}'],
  ["long numbers", "12345678901234567890.12345678901234567890"],
  ["numbers beyond a double", "1e400"],
];

test.each(PIECES)("a message of twice as many %s is read in at most twice the time", (_, piece) => {
  const messageOf = (count: number): string => `{"payload":[${Array(count).fill(piece).join(" , ")}]}`;
  const read = (text: string): void => {
    const payload = memberText(compactJson(text), "payload") ?? "";
    depthOf(payload);
    parseExactly(payload);
    visitStrings(payload, () => {});
  };
  const growth = growthAtDoubling(messageOf, 500, read, 20);
  expect(growth).toBeLessThan(2 * 1.3);
});

describe("headers that say how long to wait", () => {
  const value = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.constantFrom("", "0", "-1", "1e9", "NaN", "9".repeat(400), "Thu, 01 Jan 1970 00:00:00 GMT"),
  );

  test("whatever they hold, a wait is within its bounds, or not said", () => {
    const headers = fc.record({ retryAfter: value, remaining: value, reset: value, date: value });
    check(headers, (given) => {
      const wait = readWait(given, Date.parse("2026-11-27T00:00:00Z"));
      if (wait === null) return;
      expect(wait).toBeGreaterThanOrEqual(LEAST_WAIT);
      expect(wait).toBeLessThanOrEqual(GREATEST_WAIT);
    });
  });
});
