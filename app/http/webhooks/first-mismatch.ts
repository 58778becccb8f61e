// The small form of zod: this is on the way of a cold start, and says nothing of what is wrong but where.
import * as z from "zod/mini";
import { id, mismatchOf, RUN_SHAPE, word } from "../../domain/intake/run-shape.ts";

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

/** Where a webhook's body is not as GitHub documents it, as a path; null where all that is read is there. */
export const firstMismatch = (name: Known, payload: object): string | null =>
  mismatchOf(SHAPES[name], payload);
