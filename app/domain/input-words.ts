import type { z } from "zod";

const UNITS: Readonly<Record<string, string>> = { string: "characters", array: "entries" };

/**
 * Says what a value has to be, where its schema does not say it itself. Undefined where Zod's own words have to do.
 */
export function inWords(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): string | undefined {
  if (issue.code === "invalid_type" && issue.expected === "number") return "must be a number";
  if (issue.code === "invalid_type" && issue.expected === "int") return "must be a whole number";
  if (issue.code === "too_small" && issue.origin === "number") return `must be ${issue.minimum} or more`;
  if (issue.code === "too_big" && issue.origin === "number") return `must be ${issue.maximum} or less`;
  const size = sizeInWords(issue);
  if (size !== undefined) return size;
  if (issue.code === "invalid_value")
    return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
  if (issue.code === "invalid_format" && issue.format === "url")
    return "must be an address, such as https://zekt.example.com";
  return undefined;
}

/** Says how long a text or a list has to be. */
function sizeInWords(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): string | undefined {
  if (issue.code !== "too_small" && issue.code !== "too_big") return undefined;
  const unit = UNITS[issue.origin];
  if (unit === undefined || issue.exact) return undefined;
  if (issue.code === "too_big") return `must have at most ${issue.maximum} ${unit}`;
  return issue.minimum === 1 ? "must not be empty" : `must have at least ${issue.minimum} ${unit}`;
}

/** Zod's own words begin so, and those of our schemas do not. */
const ZODS_OWN = /^(?:Too (?:small|big)|Invalid (?:input|option))/;

/** Returns what is wrong by an issue: in the words of its schema, or else in ours. */
export function faultOf(issue: z.core.$ZodIssue): string {
  const { message } = issue;
  if (!ZODS_OWN.test(message)) return message;
  // What a text says nothing of is undefined.
  if (issue.code === "invalid_type" && message.endsWith("received undefined")) return "is missing";
  return (
    inWords(issue) ?? message.replace(/^Invalid input: /, "").replace("expected record", "expected object")
  );
}
