import { expect, test } from "vitest";
import { matchesBranch, problemOfBranchPattern } from "../../../app/domain/catalog/branch-pattern.ts";
import { serviceInput } from "../../../app/domain/catalog/service-input.ts";
import { growthAtDoubling } from "../../support/growth.ts";

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet */
const CHEAT_SHEET: [pattern: string, matching: string[], others: string[]][] = [
  ["feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/a/b", "feature", "my-branch"]],
  [
    "feature/**",
    ["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"],
    ["feature", "features/a"],
  ],
  ["main", ["main"], ["main2", "a/main", "Main"]],
  ["releases/mona-the-octocat", ["releases/mona-the-octocat"], ["releases/mona"]],
  ["*", ["main", "releases"], ["all/the/branches"]],
  ["**", ["all/the/branches", "every/tag", "main"], []],
  ["*feature", ["mona-feature", "feature", "ver-10-feature"], ["mona/feature", "features"]],
  ["v2*", ["v2", "v2.0", "v2.9"], ["v1", "v2/a"]],
  ["v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.10.", "v1x10x1"]],
  ["Octo*", ["Octocat", "Octo"], ["octocat"]],
  ["*.jsx?", ["page.js", "page.jsx"], ["page.jsxx", "page.j"]],
  ["[CB]at", ["Cat", "Bat"], ["Rat", "CBat"]],
  ["[1-2]00", ["100", "200"], ["300"]],
  ["[0-9a-z]", ["7", "q"], ["Q", ""]],
];

test.each(CHEAT_SHEET)(
  "the pattern %s of GitHub's page matches what the page says",
  (pattern, matching, others) => {
    expect(problemOfBranchPattern(pattern)).toBeNull();
    for (const branch of matching) expect([branch, matchesBranch(branch, [pattern])]).toEqual([branch, true]);
    for (const branch of others) expect([branch, matchesBranch(branch, [pattern])]).toEqual([branch, false]);
  },
);

test.each<[string[], string, boolean]>([
  [["releases/**", "!releases/**-alpha"], "releases/10", true],
  [["releases/**", "!releases/**-alpha"], "releases/beta/3-alpha", false],
  [["!releases/**-alpha", "releases/**"], "releases/3-alpha", true],
  [["**", "!main", "main"], "main", true],
  [["release**"], "release/1", true],
  [["release*"], "release/1", false],
  [["a\\*b"], "a*b", true],
  [["a\\*b"], "axb", false],
  [["wow!"], "wow!", true],
  [["a.c"], "abc", false],
  [["🚀?x"], "x", true],
  [["fix/[a-z]+"], "fix/abc", true],
  [["fix/[a-z]+"], "fix/ab1", false],
  [["**a"], "x/ya", true],
  [["**a"], "x/yb", false],
  [["v[12]"], "va", false],
  [["[axc]"], "x", true],
  [["[axc]"], "b", false],
])("of the patterns %j the last that matches decides: %s, %s", (patterns, branch, isLetThrough) => {
  expect(matchesBranch(branch, patterns)).toBe(isLetThrough);
});

/** https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue */
test.each<[string[], boolean]>([
  [["main"], false],
  [["*"], false],
  [["main", "release/*"], false],
  [["gh-readonly-queue/main/**"], true],
  [["**", "!gh-readonly-queue/**"], false],
])("a run in main's merge queue is no run of main: %j", (patterns, isLetThrough) => {
  const branch = "gh-readonly-queue/main/pr-104-79f7b0d1b1c3e8a2c1d4e5f60718293a4b5c6d7e";
  expect(matchesBranch(branch, patterns)).toBe(isLetThrough);
});

test("a stored pattern that is none of GitHub's lets nothing out", () => {
  expect(matchesBranch("v1", ["v[!2]", "{v1,v2}", "@(v1)"])).toBe(false);
});

test("patterns that only take branches away are refused as a whole", () => {
  const refused = serviceInput.shape.branches.safeParse(["!main"]);
  expect(refused.error?.issues[0]?.message).toMatch(/^must hold a pattern without !/);
  expect(serviceInput.shape.branches.parse(["**", "!main"])).toEqual(["**", "!main"]);
});

test("the work of a match grows with the length of the name, not with the ways through the pattern", () => {
  const pattern = [`${"**a".repeat(80)}b`];
  const growth = growthAtDoubling(
    (length) => "a".repeat(length),
    1000,
    (name) => void matchesBranch(name, pattern),
    20,
  );
  expect(growth).toBeLessThan(2 * 1.3);
});

test.each(["**a", "[a-c]", "a?", "*/"])(
  "a pattern of twice as many %s is read and matched in at most twice the time",
  (part) => {
    const names = ["a".repeat(200), "a/b".repeat(60), "c"];
    const growth = growthAtDoubling(
      (count) => part.repeat(count),
      20,
      (pattern) => {
        expect(problemOfBranchPattern(pattern)).toBeNull();
        for (const name of names) matchesBranch(name, [pattern]);
      },
      20,
    );
    expect(growth).toBeLessThan(2 * 1.3);
  },
);
