import { z } from "zod";

/**
 * Makes the schema of a list with a limit. Zod's own limit hides every mistake inside a list that is too
 * long; by this one both are reported.
 */
export const listOf = <T extends z.ZodType>(entry: T, max: number): z.ZodArray<T> =>
  z
    .array(entry)
    .refine((list) => !Array.isArray(list) || list.length <= max, {
      error: `must have at most ${max} entries`,
      when: () => true,
    })
    .meta({ maxItems: max });
