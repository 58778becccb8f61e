import type { z } from "zod";
import type { GitHubParts } from "../context.ts";
import type { HookDelivery, Repository, Run } from "../state.ts";
import type { World } from "../world.ts";
import type { accountControl } from "./accounts.ts";
import { lookups } from "./lookups.ts";
import { commit, type repositoryControl } from "./repositories.ts";
import { RUN } from "./schemas.ts";

/** A run as the control API answers it: with what its steps need. */
export interface RunAnswer {
  run_id: number;
  run_attempt: number;
  status: string;
  conclusion: string | null;
  env: Record<string, string>;
}

type Makers = ReturnType<typeof accountControl> & ReturnType<typeof repositoryControl>;

/** The repository that a fork's branch is in; made where it is not there. */
function forkOf(world: World, makers: Makers, repository: Repository, fork: boolean | string) {
  if (fork === false) return undefined;
  const given =
    typeof fork === "string" ? fork : `fork-of-${world.owner(repository).login}/${repository.name}`;
  const known = world.repository(given);
  if (known) return known;
  const [owner = "", name = ""] = given.split("/");
  makers.createAccount({ login: owner });
  const files = Object.fromEntries(world.head(repository)?.files ?? []);
  return makers.createRepository({ owner, name, default_branch: repository.defaultBranch, files }, true);
}

/** Workflow runs that are started by hand. */
export function runControl({ world, runs }: GitHubParts, makers: Makers) {
  const find = lookups(world);
  return {
    /** Starts a run, which is in progress then, or executed to its end. A branch, tag or commit that is not there is made. */
    async startRun(input: z.input<typeof RUN>): Promise<Run> {
      const wanted = RUN.parse(input);
      const repository = find.repository(wanted.repository);
      const head = forkOf(world, makers, repository, wanted.fork) ?? repository;
      const branch = wanted.head_branch ?? head.defaultBranch;
      const at = wanted.head_sha ?? head.branches.get(head.defaultBranch);
      if (wanted.tag && at && !head.tags.has(wanted.tag)) head.tags.set(wanted.tag, at);
      const known = wanted.head_sha ? head.commits.has(wanted.head_sha) : head.branches.has(branch);
      if (!known) {
        const files = (world.head(head, branch) ?? world.head(head))?.files ?? new Map();
        const author = world.owner(head);
        commit(world, head, branch, files, { message: `Work on ${branch}`, author, sha: wanted.head_sha });
      }
      const run = await runs.start({
        repository,
        head,
        workflow: wanted.workflow,
        event: wanted.event,
        headBranch: wanted.tag ?? branch,
        ofTag: wanted.tag !== undefined,
        idToken: wanted.id_token,
        queued: wanted.execute,
        ...(wanted.head_sha ? { headSha: wanted.head_sha } : {}),
        ...(wanted.display_title ? { displayTitle: wanted.display_title } : {}),
        ...(wanted.actor ? { actor: find.account(wanted.actor) } : {}),
      });
      if (wanted.execute) await runs.execute(run);
      return run;
    },

    /** Returns the state of a run, with the environment that its steps need when somebody else executes them. */
    runAnswer(run: Run): RunAnswer {
      const { attempt, status, conclusion } = runs.latest(run);
      return { run_id: run.id, run_attempt: attempt, status, conclusion, env: runs.environment(run) };
    },

    /** Finishes a run; answers how the webhooks that told of it went. */
    async completeRun(id: number, conclusion: string): Promise<(HookDelivery | null)[]> {
      return await runs.complete(runs.find(id), conclusion);
    },

    /** Runs a finished run again, and executes it where that is asked. */
    async rerun(id: number, options: { failed_only?: boolean; execute?: boolean } = {}): Promise<Run> {
      const run = runs.find(id);
      await runs.rerun(run, options.execute);
      if (options.execute) await runs.execute(run, options.failed_only);
      return run;
    },
  };
}
