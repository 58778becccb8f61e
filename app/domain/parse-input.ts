import type { z } from "zod";
import { type FieldError, Refusal } from "./refusal.ts";

/** A place in JSON as RFC 6901 writes it. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** A refusal of one value, told with the place it stands at. */
export const invalidAt = (path: readonly PropertyKey[], detail: string): Refusal =>
  new Refusal("invalid", detail, { errors: [{ pointer: pointerOf(path), detail }] });

/**
 * Checks what somebody gave against its schema and fills in what it leaves out.
 *
 * @throws Refusal invalid that names each place where it is wrong
 */
export function parseInput<T extends z.ZodType>(schema: T, given: z.input<T>): z.output<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const errors = result.error.issues.map(
    ({ path, message }): FieldError => ({ pointer: pointerOf(path), detail: message }),
  );
  const said = errors.map(({ pointer, detail }) => `${pointer || "the whole of it"}: ${detail}`);
  throw new Refusal("invalid", `The input is invalid. Correct what is named here: ${said.join("; ")}`, {
    errors,
  });
}
