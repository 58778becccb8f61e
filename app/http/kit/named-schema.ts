import type { z } from "@hono/zod-openapi";

/**
 * A schema of the rules under the name that it has in the API's document. It is made anew, since only a schema made
 * after the library of documents has loaded can be named. A bundle decides which loads first.
 */
export const namedSchema = <T extends z.ZodType>(schema: T, name: string): T => schema.clone().openapi(name);
