import { z } from "zod";

const id = z.int().min(0);
const word = z.string().max(4096);
const wordOrNull = word.nullish();
const moment = z.iso.datetime({ offset: true });
const owned = z.object({ id, owner: z.object({ id }) });
const account = z.object({ id });
const installation = z.object({ id, account: account.optional() });
const repositories = z.array(z.object({ id }));
const paths = z.array(z.string()).nullish();

const run = z.object({
  id,
  run_attempt: z.int().min(1).max(99_999),
  name: z.string().nullish(),
  path: word,
  event: word,
  status: wordOrNull,
  conclusion: wordOrNull,
  head_branch: wordOrNull,
  head_sha: word,
  html_url: word,
  actor: z.object({ login: word }).nullish(),
  display_title: z.string(),
  created_at: moment,
  run_started_at: moment,
  updated_at: moment,
  head_repository: account.nullish(),
});

/**
 * What is read of each webhook that anything here listens to, as GitHub documents it. Whatever else a
 * body holds is let pass: GitHub adds fields at any time.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
const SHAPES = {
  workflow_run: z.object({ action: word, workflow_run: run, repository: owned }),
  ping: z.object({ hook_id: id }),
  installation: z.object({ action: word, installation: z.object({ id, account }) }),
  installation_target: z.object({ action: word, account, installation: installation.optional() }),
  installation_repositories: z.object({
    action: word,
    installation: z.object({ id, account }),
    repositories_added: repositories,
    repositories_removed: repositories,
  }),
  repository: z.object({
    action: word,
    changes: z.object({}).optional(),
    installation: installation.optional(),
    repository: owned,
  }),
  push: z.object({
    ref: word,
    after: word,
    deleted: z.boolean().optional(),
    forced: z.boolean().optional(),
    commits: z.array(z.object({ added: paths, modified: paths, removed: paths })),
    installation: installation.optional(),
    repository: owned.extend({ default_branch: word }),
  }),
} as const;

type Known = keyof typeof SHAPES;

/** Whether anything here listens to an event of this name. */
export const isHeard = (name: string): name is Known => Object.hasOwn(SHAPES, name);

/** Where a webhook's body is not as GitHub documents it, as a path; null where all that is read is there. */
export function oddPlace(name: Known, payload: object): string | null {
  const issue = SHAPES[name].safeParse(payload).error?.issues[0];
  return issue ? issue.path.join(".") || "its top" : null;
}
