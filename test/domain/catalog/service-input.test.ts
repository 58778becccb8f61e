import { describe, expect, test } from "vitest";
import { givesAway } from "../../../app/domain/catalog/alias.ts";
import { matchesBranch, problemOfBranchPattern } from "../../../app/domain/catalog/branch-pattern.ts";
import { serviceChange, serviceInput } from "../../../app/domain/catalog/service-input.ts";
import { parseInput, pointerOf } from "../../../app/domain/parse-input.ts";
import { Refusal } from "../../../app/domain/refusal.ts";

describe("a branch pattern", () => {
  test.each([
    "main",
    "release/*",
    "release/**",
    "v[0-9]*",
    "!main",
    "*a*b*c*d",
    "**/a/**/b/**/c",
    "feat\\(ui\\)",
    "wow!",
    "release/**/v*.*.*",
    "feature/?",
    "a@b+c",
  ])("is taken: %s", (pattern) => {
    expect(problemOfBranchPattern(pattern)).toBeNull();
  });

  test.each([
    ["", /empty/],
    ["!", /empty/],
    ["@(main|next)", /groups .*at character 2$/],
    ["feat(ui)", /groups .*at character 5$/],
    ["{main,next}", /braces .*at character 1$/],
    ["v{1..10}", /braces .*at character 2$/],
    ["release /1", /spaces, .*at character 8$/],
    ["v[!1]", /in \[ \], not !, at character 2$/],
    ["!v[^1]", /in \[ \], not \^, at character 3$/],
    ["v[1", /close the \[, at character 2$/],
    ["v1]", /open the \], at character 3$/],
    ["v[]", /characters in \[ \], at character 2$/],
    ["v[9-0]", /ranges such as a-z, A-Z and 0-9 in \[ \], not 9-0/],
    ["v[a-Z]", /not a-Z/],
    ["+v", /before \+, .*at character 1$/],
    ["*?", /before \?, .*at character 2$/],
    ["a++", /before \+, .*at character 3$/],
    ["a~1", /no branch does, at character 2$/],
    ["a\\", /character after \\, at character 2$/],
    ["x".repeat(256), /255/],
  ])("is refused: %s", (pattern, problem) => {
    expect(problemOfBranchPattern(pattern)).toMatch(problem);
  });

  test("that is taken is matched in no time, whatever the branch is called", () => {
    const worst = [`${"*a".repeat(60)}b`, `${"**/*a".repeat(40)}b`, "a+".repeat(100), "**a**a**b"];
    expect(worst.map(problemOfBranchPattern)).toEqual([null, null, null, null]);
    const branches = ["a".repeat(255), "a/".repeat(127), `${"a/".repeat(60)}${"a".repeat(130)}`];
    const startedAt = performance.now();
    for (const branch of branches) matchesBranch(branch, worst);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe("an alias", () => {
  test.each([
    ["Acme", "acme/releases"],
    ["acme corp", "acme/releases"],
    ["A-C-M-E", "acme/releases"],
    ["our releases", "acme/releases"],
    ["io", "io/x"],
  ])("gives the provider away: %s of %s", (alias, fullName) => {
    expect(givesAway(alias, fullName)).toBe(true);
  });

  test.each([
    ["Blue Heron", "acme/releases"],
    ["Station", "io/ci"],
  ])("hides the provider: %s of %s", (alias, fullName) => {
    expect(givesAway(alias, fullName)).toBe(false);
  });
});

describe("what is given", () => {
  test("is refused whole, with a pointer to each thing that is wrong", () => {
    const refused = (() => {
      try {
        return parseInput(serviceInput, { slug: "A", workflow: "b", eventTypes: ["ok", ""] });
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(Refusal);
    expect((refused as Refusal).errors.map(({ pointer }) => pointer)).toEqual([
      "/slug",
      "/workflow",
      "/eventTypes/1",
    ]);
    expect((refused as Refusal).message).toBe(
      "The input is invalid. Correct what is named here: /slug: must be lower-case letters, digits and single hyphens; /workflow: must be a path such as .github/workflows/release.yml; /eventTypes/1: must not be empty",
    );
  });

  test("may have an event type of 100 characters, however many bytes and units they take", () => {
    const given = { slug: "a", workflow: ".github/workflows/a.yml", eventTypes: ["🚀".repeat(100)] };
    expect(parseInput(serviceInput, given).eventTypes).toHaveLength(1);
    expect(() => parseInput(serviceInput, { ...given, eventTypes: ["🚀".repeat(101)] })).toThrow(
      /100 characters/,
    );
  });

  test("as a change fills nothing in, and cannot rename a service", () => {
    expect(parseInput(serviceChange, { tags: ["a"] })).toEqual({ tags: ["a"] });
    expect(() => parseInput(serviceChange, { slug: "b" } as never)).toThrow(/slug/);
  });

  test("is pointed at as RFC 6901 writes it", () => {
    expect(pointerOf(["a/b", 0, "c~d"])).toBe("/a~1b/0/c~0d");
    expect(pointerOf([])).toBe("");
  });
});
