import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { DOCUMENTS, ROOT, readDocument } from "./documents.ts";

const OTHERS = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
const ALL = [...DOCUMENTS, ...OTHERS.map(readDocument)];

/** Anchors as GitHub makes them of headings: words in lower case, hyphens for spaces, numbered where they repeat. */
function anchorsOf(file: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = [...readDocument(file).prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
  return new Set(anchors);
}

const linksOf = (text: string): string[] => [
  ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
  ...[...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map(([, target = ""]) => target),
];

test.each(ALL.map(({ file, prose }) => [file, prose] as const))(
  "every link of %s leads somewhere",
  (file, prose) => {
    const dead = linksOf(prose).filter((link) => {
      if (/^[a-z]+:/.test(link)) return !/^https:\/\//.test(link);
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : normalize(join(dirname(file), path));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(target).has(anchor);
    });
    expect(dead).toEqual([]);
  },
);

test("the README leads to every document", () => {
  const named = linksOf(readDocument("README.md").prose);
  expect(DOCUMENTS.map(({ file }) => file).filter((file) => !named.includes(file))).toEqual(["README.md"]);
});
