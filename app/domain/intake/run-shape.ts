// The small form of zod: this is on the way of a cold start, and says nothing of what is wrong but where.
import * as z from "zod/mini";

/** A text that Zekt keeps, and one that GitHub may leave empty. */
export const word = z.string().check(z.maxLength(4096));
export const wordOrNull = z.nullish(word);
export const id = z.int().check(z.minimum(0));
const moment = z.iso.datetime({ offset: true });

/**
 * The fields that Zekt reads of a run, as GitHub documents them for webhooks and lists alike. Other fields
 * may hold anything. https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 */
export const RUN_SHAPE = z.object({
  id,
  run_attempt: z.int().check(z.minimum(1), z.maximum(99_999)),
  name: z.nullish(z.string()),
  path: word,
  event: word,
  status: wordOrNull,
  conclusion: wordOrNull,
  head_branch: wordOrNull,
  head_sha: word,
  html_url: word,
  actor: z.nullish(z.object({ login: word })),
  // GitHub's own schema does not require it.
  display_title: z.nullish(z.string()),
  created_at: moment,
  run_started_at: moment,
  updated_at: moment,
  head_repository: z.nullish(z.object({ id })),
});

/** Returns the place where a value is not as a shape says, as a path; null where all that is read is there. */
export function mismatchOf(shape: z.core.$ZodType, value: unknown): string | null {
  const issue = z.safeParse(shape, value).error?.issues[0];
  return issue ? issue.path.join(".") || "its top" : null;
}

/** Returns where a run is not as GitHub documents runs; null where all that is read is there. */
export const runMismatch = (run: unknown): string | null => mismatchOf(RUN_SHAPE, run);
