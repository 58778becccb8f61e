// The small form of zod: this is on the way of a cold start, and says nothing of what is wrong but where.
import * as z from "zod/mini";

/** A text that Zekt keeps, and one that GitHub may leave empty. */
const word = z.string().check(z.maxLength(4096));
const wordOrNull = z.nullish(word);
const id = z.int().check(z.minimum(0));
const moment = z.iso.datetime({ offset: true });

/**
 * The fields that Zekt reads of a run, as GitHub documents them for webhooks and lists alike. Other fields
 * may hold anything. https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 */
const RUN_SHAPE = z.object({
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

const owned = z.object({ id, owner: z.object({ id }) });
const account = z.object({ id });
const installation = z.object({ id, account: z.optional(account) });
const repositories = z.array(z.object({ id }));
const paths = z.nullish(z.array(z.string()));

/**
 * The fields that Zekt reads of each webhook it subscribes to, as GitHub documents them. Other fields may
 * hold anything: GitHub adds fields at any time.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
const SHAPES = {
  workflow_run: z.object({ action: word, workflow_run: RUN_SHAPE, repository: owned }),
  ping: z.object({ hook_id: id }),
  installation: z.object({ action: word, installation: z.object({ id, account }) }),
  installation_target: z.object({ action: word, account, installation: z.optional(installation) }),
  installation_repositories: z.object({
    action: word,
    installation: z.object({ id, account }),
    repositories_added: repositories,
    repositories_removed: repositories,
  }),
  repository: z.object({
    action: word,
    changes: z.optional(z.object({})),
    installation: z.optional(installation),
    repository: owned,
  }),
  push: z.object({
    ref: word,
    after: word,
    deleted: z.optional(z.boolean()),
    forced: z.optional(z.boolean()),
    commits: z.array(z.object({ added: paths, modified: paths, removed: paths })),
    installation: z.optional(installation),
    repository: z.extend(owned, { default_branch: word }),
  }),
} as const;

type Known = keyof typeof SHAPES;

/** Returns whether Zekt subscribes to an event of this name. */
export const isSubscribedEvent = (name: string): name is Known => Object.hasOwn(SHAPES, name);

/** Returns the place where a value is not as a shape says, as a path; null where all that is read is there. */
function mismatchOf(shape: z.core.$ZodType, value: unknown): string | null {
  const issue = z.safeParse(shape, value).error?.issues[0];
  return issue ? issue.path.join(".") || "its top" : null;
}

/** Returns where a run is not as GitHub documents runs; null where all that is read is there. */
export const runMismatch = (run: unknown): string | null => mismatchOf(RUN_SHAPE, run);

/** Returns where a webhook's body is not as GitHub documents it; null where all that is read is there. */
export const firstMismatch = (name: Known, payload: object): string | null =>
  mismatchOf(SHAPES[name], payload);
