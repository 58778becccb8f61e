import { expect, test } from "vitest";
import { z } from "zod";
import { faultOf, inWords } from "../../app/domain/input-words.ts";

const says = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(faultOf) ?? [];

test.each<[string, z.ZodType, unknown, string]>([
  ["nothing", z.object({ a: z.string() }), {}, "is missing"],
  ["a text for a number", z.number(), "7", "must be a number"],
  ["a fraction for a whole number", z.number().int(), 1.5, "must be a whole number"],
  ["a number that is too small", z.number().min(60), 5, "must be 60 or more"],
  ["a number that is too large", z.number().max(20), 99, "must be 20 or less"],
  ["an empty text", z.string().min(1), "", "must not be empty"],
  ["a text that is too short", z.string().min(3), "a", "must have at least 3 characters"],
  ["a text that is too long", z.string().max(3), "abcd", "must have at most 3 characters"],
  ["an empty list", z.array(z.string()).min(1), [], "must not be empty"],
  ["one of none", z.enum(["a", "b"]), "c", "must be one of a, b"],
  ["another than the only one", z.literal(1), 2, "must be 1"],
  ["a number for an object", z.record(z.string(), z.unknown()), 7, "expected object, received number"],
  ["a number for a text", z.string(), 7, "expected string, received number"],
])("%s is told in plain words", (_, schema, value, words) => {
  expect(says(schema, value)).toEqual([words]);
});

test("a schema's own words stay, and Zod's where there are none of ours", () => {
  expect(says(z.number().min(60, { error: "Too little for a wait" }), 5)).toEqual(["Too little for a wait"]);
  expect(says(z.string().length(3), "a")).toEqual([
    "Too small: expected string to have exactly 3 characters",
  ]);
  expect(inWords({ code: "custom", path: [], message: "x", input: 1 })).toBeUndefined();
});
