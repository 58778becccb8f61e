import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { shippedOf } from "./shipped.ts";
import type { Lock } from "./supply-chain-checks.ts";

/** The registry's answer about the packages that ship. */
export type Audit =
  | { is: "answered"; serious: string[] }
  /** A mirror that hands out packages and knows nothing of their faults. */
  | { is: "not offered" }
  | { is: "failed"; why: string };

/** The statuses that say that a server has no such resource, rather than that it fails at the moment. */
const NOT_OFFERED = [404, 405, 501];

interface Answer {
  vulnerabilities?: Record<string, { severity: string; nodes: string[] }>;
  statusCode?: number;
  message?: string;
}

/**
 * Asks the registry for known vulnerabilities, high or critical, of what ships.
 * https://docs.npmjs.com/cli/commands/npm-audit
 */
export async function auditOf(root: string, ...options: string[]): Promise<Audit> {
  const npm = spawn("npm", ["audit", "--json", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32",
  });
  const output = await text(npm.stdout);
  let answer: Answer;
  try {
    answer = JSON.parse(output) as Answer;
  } catch {
    return { is: "failed", why: "npm audit answered with something that is no JSON" };
  }
  const { vulnerabilities, statusCode, message = "npm audit gave no reason" } = answer;
  if (vulnerabilities) {
    const shipped = shippedOf(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock);
    const serious = Object.entries(vulnerabilities)
      .filter(([, { nodes }]) => nodes.some((path) => shipped.has(path)))
      .filter(([, { severity }]) => severity === "high" || severity === "critical")
      .map(
        ([name, { severity }]) =>
          `${name} has a vulnerability of severity ${severity}: npm audit says which.`,
      );
    return { is: "answered", serious };
  }
  if (statusCode !== undefined && NOT_OFFERED.includes(statusCode)) return { is: "not offered" };
  return { is: "failed", why: message };
}

/** Judges an audit: separates the failures of the check from mere warnings. */
export function judge(
  audit: Audit,
  { isRequired, isCi }: { isRequired: boolean; isCi: boolean },
): { wrong: string[]; told: string[] } {
  if (audit.is === "answered") return { wrong: audit.serious, told: [] };
  if (audit.is === "not offered") {
    const line = "This registry offers no audit: known vulnerabilities are NOT checked here.";
    return isRequired ? { wrong: [line], told: [] } : { wrong: [], told: [line] };
  }
  const line = `Known vulnerabilities could not be checked: ${audit.why}.`;
  return isRequired || isCi ? { wrong: [line], told: [] } : { wrong: [], told: [line] };
}
