import { setImmediate } from "node:timers/promises";
import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { rules as recommended } from "@secretlint/secretlint-rule-preset-recommend";

/** A range of a text that looks like a credential, and of which kind. */
export interface Credential {
  from: number;
  to: number;
  kind: string;
}

/** The characters of a text that rules search at once, and those that one search shares with the next. */
const WINDOW = 64 * 1024;
const OVERLAP = 16 * 1024;

/** The rule by which comments of a text switch others off: any sender could. */
const BY_COMMENTS = "@secretlint/secretlint-rule-filter-comments";

/** The recommended rules, one by one: of a preset's rule `disabled` is ignored. */
const RULES = recommended
  .filter(({ meta }) => meta.id !== BY_COMMENTS)
  .map((rule) => ({ id: rule.meta.id, rule }));

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
        contentType: "text",
        // A byte order mark at the beginning would be cut off, and ranges begin behind it.
        content: text.slice(at, at + WINDOW).replace("\uFEFF", " "),
      },
      options: { config: { rules: RULES } },
    });
    for (const { range, messageId: kind, data } of messages) {
      const [start, end] = range.map((one) => at + one) as [number, number];
      // The range of such a key has its length, but begins at the name before it.
      const from = kind === "AWSSecretAccessKey" ? text.indexOf((data as { KEY: string }).KEY, start) : start;
      found.push({ from, to: from + end - start, kind });
    }
  }
  return found;
}
