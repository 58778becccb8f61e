import type { z } from "@hono/zod-openapi";

/**
 * A schema of the rules under the name that it has in the API's document. Made anew, since only what is
 * made once the library of documents is loaded can be named, and who loads what first is a bundle's matter.
 */
export const namedSchema = <T extends z.ZodType>(schema: T, name: string): T => schema.clone().openapi(name);
