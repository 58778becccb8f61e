import { z } from "zod";
import { MAX_EVENT_TYPE_CHARACTERS } from "../limits.ts";

/** An event type; its characters are counted as GitHub counts them, by code point. */
export const eventTypeSchema = z
  .string()
  .min(1, { error: "must not be empty" })
  .refine((type) => [...type].length <= MAX_EVENT_TYPE_CHARACTERS, {
    error: `must have at most ${MAX_EVENT_TYPE_CHARACTERS} characters`,
  })
  .meta({ maxLength: MAX_EVENT_TYPE_CHARACTERS, example: "release-published" });
