import { posix, win32 } from "node:path";
import { expect, test } from "vitest";
import { nameInWorkspace } from "../../cli/output/annotation.ts";

test.each([
  [posix, "/home/runner/work/a/a", "/home/runner/work/a/a/.github/zekt.yml"],
  [win32, "D:\\a\\a\\a", "D:\\a\\a\\a\\.github\\zekt.yml"],
  [win32, "D:\\a\\a\\a", "D:/a/a/a/.github/zekt.yml"],
])("a file is named as GitHub names it, whatever the runner's system (%#)", (paths, workspace, file) => {
  expect(nameInWorkspace(workspace, file, paths)).toBe(".github/zekt.yml");
});

test("a backslash in a name stays where it separates nothing", () => {
  expect(nameInWorkspace("/w", "/w/a\\b.yml", posix)).toBe("a\\b.yml");
});
