import { setImmediate } from "node:timers/promises";
import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { creator as recommended } from "@secretlint/secretlint-rule-preset-recommend";

/** A range of a text that looks like a credential, and of which kind. */
export interface Credential {
  from: number;
  to: number;
  kind: string;
}

/** The characters of a text that rules search at once, and those that one search shares with the next. */
const WINDOW = 64 * 1024;
const OVERLAP = 16 * 1024;

/**
 * The recommended rules without the one that lets comments of a text switch others off: any sender could.
 */
const RULES = {
  id: "@secretlint/secretlint-rule-preset-recommend",
  rule: recommended,
  rules: [{ id: "@secretlint/secretlint-rule-filter-comments", disabled: true }],
};

// It would record each search for ever.
secretLintProfiler.setEnabled(false);

/**
 * Finds what looks like a credential by the recommended rules of secretlint. They search a window at a time, so that
 * their time grows with the text alone; a credential is shorter than what windows share.
 * https://github.com/secretlint/secretlint
 */
export async function findCredentials(text: string): Promise<Credential[]> {
  const found: Credential[] = [];
  for (let at = 0; at === 0 || at + OVERLAP < text.length; at += WINDOW - OVERLAP) {
    // Others have their turn between two windows.
    if (at > 0) await setImmediate();
    const { messages } = await lintSource({
      source: {
        filePath: "message.txt",
        ext: ".txt",
        contentType: "text",
        content: text.slice(at, at + WINDOW),
      },
      options: { config: { rules: [RULES] }, noPhysicFilePath: true },
    });
    for (const { range, messageId: kind } of messages) {
      const [from, to] =
        kind === "AWSSecretAccessKey" ? awsKeyAt(text, at + range[0]) : range.map((one) => at + one);
      found.push({ from: from as number, to: to as number, kind });
    }
  }
  return found;
}

/** Returns the range of the key itself. The rule's range has the key's length, but begins at the name before it. */
function awsKeyAt(text: string, from: number): [from: number, to: number] {
  const pattern = /[A-Za-z0-9/+=]{40}/g;
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match ? [match.index, match.index + match[0].length] : [from, text.length];
}
