import { describe, expect, test } from "vitest";
import { z } from "zod";
import { listOf } from "../../app/domain/list-of.ts";
import { invalidAt, parseInput, pointerOf } from "../../app/domain/parse-input.ts";
import { isPassing, Refusal } from "../../app/domain/refusal.ts";

const schema = z.strictObject({ name: z.string().min(2), tags: listOf(z.string().max(3), 2).default([]) });

/** Gives what an input is refused with. */
function refusalOf(input: unknown): Refusal {
  try {
    parseInput(schema, input as z.input<typeof schema>);
  } catch (error) {
    return error as Refusal;
  }
  throw new Error("It was not refused.");
}

describe("an input", () => {
  test("that fits is given with what it leaves out", () => {
    expect(parseInput(schema, { name: "ab" })).toEqual({ name: "ab", tags: [] });
    expect(parseInput(schema, { name: "ab", tags: ["a", "b"] }).tags).toEqual(["a", "b"]);
  });

  test("is refused with each place that is wrong, in a list that is too long as well", () => {
    const refusal = refusalOf({ name: "a", tags: ["a", "long", "c"] });
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal.code).toBe("invalid");
    expect(refusal.errors.map(({ pointer }) => pointer).sort()).toEqual(["/name", "/tags", "/tags/1"]);
    expect(refusal.errors.find(({ pointer }) => pointer === "/tags")?.detail).toBe(
      "must have at most 2 entries",
    );
    expect(refusal.message).toMatch(
      /^The input is invalid\. Correct what is named here: \/name: [^;]+; \/tags\/1: [^;]+; \/tags: [^;]+$/,
    );
  });

  test("that is wrong as a whole is named so", () => {
    expect(refusalOf("text").message).toContain("the whole of it: ");
    expect(refusalOf({ name: "ab", tags: "no list" }).errors.map(({ pointer }) => pointer)).toEqual([
      "/tags",
    ]);
  });
});

test("a list says in its schema how long it may be", () => {
  expect(listOf(z.string(), 7).meta()).toMatchObject({ maxItems: 7 });
});

test("a place is pointed at as RFC 6901 writes it", () => {
  expect(pointerOf(["a", 0, "b/c~d", "~/"])).toBe("/a/0/b~1c~0d/~0~1");
  expect(pointerOf([])).toBe("");
  const refusal = invalidAt(["a", 1], "must not be so");
  expect(refusal).toMatchObject({
    code: "invalid",
    message: "must not be so",
    errors: [{ pointer: "/a/1", detail: "must not be so" }],
  });
});

describe("a refusal", () => {
  test("is an error by its own name, with its cause, and says no more than it was given", () => {
    const cause = new Error("below");
    const refusal = new Refusal("gone", "It is gone.", { cause });
    expect(refusal).toMatchObject({ name: "Refusal", code: "gone", cause, errors: [], retryAfter: null });
    expect(new Refusal("limited", "Wait.", { retryAfter: 7 }).retryAfter).toBe(7);
  });

  test.each<[string, unknown, boolean]>([
    ["GitHub does not answer", new Refusal("unavailable", "x"), true],
    ["GitHub asks to wait", new Refusal("limited", "x"), true],
    ["it is forbidden", new Refusal("forbidden", "x"), false],
    ["it is an error of another kind", Object.assign(new Error("x"), { code: "limited" }), false],
    ["nothing is known", undefined, false],
  ])("passes by itself, or not, where %s", (_, error, passes) => {
    expect(isPassing(error)).toBe(passes);
  });
});
