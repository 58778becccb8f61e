import { readFileSync } from "node:fs";

interface Security {
  released: string;
  fixed: Record<string, string>;
}

const { released, fixed } = JSON.parse(
  readFileSync(new URL("./node-security.json", import.meta.url), "utf8"),
) as Security;

/** Returns whether a version of Node, such as 24.22.1, has the fixes of its newest security release. */
export function isFixedNode(version: string): boolean {
  const first = fixed[version.split(".", 1)[0] ?? ""];
  return first !== undefined && first.localeCompare(version, "en", { numeric: true }) <= 0;
}

/**
 * Judges the pinned packages of Node. A version without the fixes is a warning. It is wrong where the newest are
 * required and npm offers one for its platform. What npm publishes today must not break yesterday's commit.
 * `offered` returns the versions on npm, or null where npm gives no answer.
 */
export function judgeNode(
  pinned: Readonly<Record<string, string>>,
  offered: (name: string) => readonly string[] | null,
  { isRequired }: { isRequired: boolean },
): { wrong: string[]; told: string[] } {
  const verdict: { wrong: string[]; told: string[] } = { wrong: [], told: [] };
  for (const [name, version] of Object.entries(pinned)) {
    if (!name.startsWith("node-") || isFixedNode(version)) continue;
    const line = `${name} ${version} lacks the fixes of Node's security release of ${released}`;
    const better = offered(name)?.find(isFixedNode);
    if (better) verdict[isRequired ? "wrong" : "told"].push(`${line}: move to ${better}.`);
    else verdict.told.push(`${line}, and npm offers none that has them.`);
  }
  return verdict;
}
