import type { z } from "zod";
import { faultOf } from "./input-words.ts";
import { type FieldError, Refusal } from "./refusal.ts";

/** A place in JSON as RFC 6901 writes it. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** A refusal of one value, told with the place it stands at. */
export const invalidAt = (path: readonly PropertyKey[], detail: string): Refusal =>
  new Refusal("invalid", detail, { errors: [{ pointer: pointerOf(path), detail }] });

/** The most unknown fields of one object that are named. */
const MAX_UNKNOWN = 20;

/** Returns the places where an input is wrong: what is missing and what is unknown, each at its own. */
export const fieldErrorsOf = (issues: readonly z.core.$ZodIssue[]): FieldError[] =>
  issues.flatMap((issue) => {
    const at = (path: readonly PropertyKey[], detail: string) => ({ pointer: pointerOf(path), detail });
    if (issue.code === "unrecognized_keys")
      return issue.keys
        .slice(0, MAX_UNKNOWN)
        .map((key) => at([...issue.path, key], "there is no such field"));
    return [at(issue.path, faultOf(issue))];
  });

/**
 * Checks what somebody gave against its schema and fills in what it leaves out.
 *
 * @throws Refusal invalid that names each place where it is wrong
 */
export function parseInput<T extends z.ZodType>(schema: T, given: z.input<T>): z.output<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const errors = fieldErrorsOf(result.error.issues);
  const said = errors.map(({ pointer, detail }) => `${pointer || "the whole of it"}: ${detail}`);
  throw new Refusal("invalid", `The input is invalid. Correct what is named here: ${said.join("; ")}`, {
    errors,
  });
}
