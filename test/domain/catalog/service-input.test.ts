import { describe, expect, test } from "vitest";
import { z } from "zod";
import { givesAway } from "../../../app/domain/catalog/alias.ts";
import { matchesBranch, problemOfBranchPattern } from "../../../app/domain/catalog/branch-pattern.ts";
import { serviceChange, serviceInput } from "../../../app/domain/catalog/service-input.ts";
import { serviceName } from "../../../app/domain/catalog/service-name.ts";
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
    "v[A-Z]",
    "v[a-a]",
    "x".repeat(255),
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
    ["v[A-z]", /not A-z/],
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
    ["c00l corp", "cool/x"],
    ["Cool", "c00l/x"],
    ["Pixel", "acme/p1xe1"],
    ["P!xe1 lab", "acme/pxel"],
  ])("gives the provider away: %s of %s", (alias, fullName) => {
    expect(givesAway(alias, fullName)).toBe(true);
  });

  test.each([
    ["Blue Heron", "acme/releases"],
    ["Station", "io/ci"],
    ["Blue Heron", "-/..."],
    ["...", "-/acme"],
  ])("hides the provider: %s of %s", (alias, fullName) => {
    expect(givesAway(alias, fullName)).toBe(false);
  });
});

test.each([
  ["Blue Heron", { fullName: "acme/x" }, "Blue Heron/releases"],
  [null, { fullName: "acme/x" }, "acme/x/releases"],
  [null, null, "/releases"],
])("a service with the alias %s, of %j, is called %s", (alias, repository, name) => {
  expect(serviceName({ alias, slug: "releases" }, repository)).toBe(name);
});

const fields = serviceInput.shape;
/** Returns what is said of a value that a field does not take; nothing where it takes it. */
const saidOf = (field: { safeParse: typeof fields.types.safeParse }, value: unknown): string[] =>
  field.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

test("each mistake in a service's fields is said in words for its provider", () => {
  expect(saidOf(fields.workflow as never, "dynamic/pages/pages-build-deployment")).toEqual([
    "names a workflow of GitHub's own, which has no file and whose runs cannot leave",
  ]);
  expect(saidOf(fields.alias as never, "-a")).toEqual([
    "must be 1 to 64 letters, digits, spaces, dots and hyphens",
  ]);
  expect(saidOf(fields.branches as never, ["main", "a b"])).toEqual([
    "must not hold spaces, as no branch has any, at character 2",
  ]);
  expect(saidOf(fields.branches as never, ["!a"])).toEqual([expect.stringMatching(/^must hold a pattern/)]);
  expect(saidOf(fields.branches as never, [])).toEqual([]);
});

test("a change's field says of itself what the service's says", () => {
  const { properties } = z.toJSONSchema(serviceChange, { io: "input" });
  const service = z.toJSONSchema(serviceInput, { io: "input" }).properties;
  for (const name of ["tags", "alias", "shield"] as const) {
    expect(service?.[name]).toMatchObject({ description: expect.stringMatching(/\w/) });
    expect(properties?.[name]).toMatchObject({ description: Object(service?.[name]).description });
  }
});

/** Returns a list in lists, so many deep. */
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

describe("declared types", () => {
  const TOO_DEEP = "must not be nested deeper than 20 lists and objects";
  test.each<[string, object[], string[]]>([
    ["an example as deep as may be", [{ name: "a", example: nested(20) }], []],
    ["an example too deep", [{ name: "a", example: nested(21) }], [TOO_DEEP]],
    ["a schema as deep as may be", [{ name: "a", schema: { enum: nested(19) } }], []],
    ["a schema too deep", [{ name: "a", schema: { enum: nested(20) } }], [TOO_DEEP]],
    ["the run's own type", [{ name: "zekt-workflow-completed" }], ["zekt-workflow-completed has no message"]],
    ["a version of two numbers", [{ name: "a", version: "1.0" }], ["must be a version such as 1.0.0"]],
    ["a type twice", [{ name: "a" }, { name: "a" }], ["must not declare an event type twice"]],
    ["two types", [{ name: "a" }, { name: "b" }], []],
  ])("of which there is %s are taken, or not: %#", (_, types, said) => {
    expect(saidOf(fields.types, types)).toEqual(said);
  });

  test("may have 32 KiB of JSON together", () => {
    const typesOf = (characters: number) => [{ name: "a", example: "x".repeat(characters) }];
    const [declared] = fields.types.parse(typesOf(0));
    const most = 32 * 1024 - JSON.stringify([declared]).length;
    expect(saidOf(fields.types, typesOf(most))).toEqual([]);
    expect(saidOf(fields.types, typesOf(most + 1))).toEqual([
      "must have at most 32768 bytes of JSON together",
    ]);
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
