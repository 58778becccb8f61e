import { parse } from "yaml";
import { type ConcurrencyGroup, ConcurrencyGroups } from "./concurrency-groups.ts";
import { GitHubError, invalid, notFound } from "./errors.ts";
import { type Oidc, refOf } from "./oidc.ts";
import { runJson } from "./payloads/run.ts";
import { RunEnvironments } from "./run-environment.ts";
import { dispatchEvent, startedEvent, workflowDispatchEvent } from "./run-event.ts";
import { runRequest, workflowText } from "./run-request.ts";
import { concurrencyOf, readWorkflow, runNameOf, workflowListens } from "./runner/read-workflow.ts";
import { runWorkflow } from "./runner/run-workflow.ts";
import type { WorkflowRunRequest } from "./runner/types.ts";
import { Slots } from "./slots.ts";
import type {
  Account,
  Dispatch,
  HookDelivery,
  Installation,
  Repository,
  Run,
  RunAttemptState,
  WorkflowDispatch,
} from "./state.ts";
import type { Webhooks } from "./webhooks.ts";
import type { World } from "./world.ts";

export interface StartRun {
  repository: Repository;
  /** Path of the workflow file. */
  workflow: string;
  event: string;
  headBranch?: string;
  /** Makes `headBranch` the name of a tag. */
  ofTag?: boolean;
  headSha?: string;
  /** The repository a fork's branch is in. */
  head?: Repository;
  actor?: Account;
  displayTitle?: string;
  /** Leaves it queued. */
  queued?: boolean;
  /** The event as its steps see it. */
  payload?: Record<string, unknown>;
  idToken?: boolean;
}

const WORKFLOW_FILE = /^\.github\/workflows\/[^/]+\.ya?ml$/;
/** Workflows of GitHub's own, such as `dynamic/pages/pages-build-deployment`, have no file in the repository. */
const isDynamic = (path: string): boolean => path.startsWith("dynamic/");

/** https://docs.github.com/en/actions/reference/limits */
const MAX_RERUNS = 50;

/** Workflow runs: starting, executing their files, finishing and running again. */
export class Runs {
  readonly #world: World;
  readonly #webhooks: Webhooks;
  readonly #oidc: Oidc;
  readonly #slots: Slots;
  readonly #groups = new ConcurrencyGroups();
  readonly #environments: RunEnvironments;
  readonly #busy = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();

  constructor(world: World, webhooks: Webhooks, oidc: Oidc) {
    this.#world = world;
    this.#webhooks = webhooks;
    this.#oidc = oidc;
    this.#slots = new Slots(() => world.settings.runners);
    this.#environments = new RunEnvironments(world, oidc);
  }

  /** Resolves once nothing is executing. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.allSettled(this.#busy);
  }

  /** Ends what is executing and removes files made for others. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.idle();
    this.#environments.clean();
  }

  /** A run by its id, or GitHub's 404. */
  find(id: number): Run {
    const run = this.#world.runs.get(id);
    if (!run) throw notFound();
    return run;
  }

  latest(run: Run): RunAttemptState {
    return run.attempts.at(-1) as RunAttemptState;
  }

  json(run: Run, attempt = this.latest(run)): Record<string, unknown> {
    return runJson(this.#world, run, attempt);
  }

  /** Returns the environment for a step of a run that somebody else executes. */
  environment(run: Run): Record<string, string> {
    return this.#environments.of(run, this.latest(run));
  }

  /** Paths and texts of the workflow files on a repository's default branch. */
  workflowFiles(repository: Repository): (readonly [path: string, text: string])[] {
    return [...(this.#world.head(repository)?.files ?? [])].filter(([path]) => WORKFLOW_FILE.test(path));
  }

  /** Starts a run; its webhooks tell that it was requested and, unless it is left queued, in progress. */
  async start(options: StartRun): Promise<Run> {
    const run = this.#make(options);
    this.#world.runs.set(run.id, run);
    await this.#request(run);
    if ((await this.#refused(run)) || (await this.#held(run))) return run;
    if (!options.queued) await this.begin(run);
    return run;
  }

  /** Finishes a run's latest attempt and tells of it; answers how the webhooks went. */
  async complete(run: Run, conclusion: string): Promise<(HookDelivery | null)[]> {
    const attempt = this.latest(run);
    if (attempt.status === "completed") throw invalid("This attempt is completed already.");
    // https://github.com/actions/runner/issues/4035
    if (this.#world.settings.earlyCompleted) await this.#webhooks.workflowRun(run, attempt, "completed");
    attempt.status = "completed";
    attempt.conclusion = conclusion;
    attempt.updatedAt = this.#world.clock.now();
    return await this.#webhooks.workflowRun(run, attempt, "completed");
  }

  /** Runs a finished run again: the next attempt of the same run id. */
  async rerun(run: Run, queued = false): Promise<void> {
    if (this.latest(run).status !== "completed") throw invalid("This workflow is already running");
    if (run.attempts.length > MAX_RERUNS)
      throw new GitHubError(
        403,
        "Unable to re-run this workflow run because it has reached the limit of 50 re-runs",
      );
    await this.#request(run);
    if (!(await this.#refused(run)) && !queued) await this.begin(run);
  }

  /** Executes the file of a run's latest attempt, once a runner is free, and completes it with what comes of it. */
  execute(run: Run, failedOnly = false): Promise<void> {
    const alone = (cancelled?: AbortSignal) =>
      this.#slots.run(() => this.#execute(run, failedOnly, cancelled));
    return this.track(this.#inTurn(run, alone));
  }

  /** Executes a run in its concurrency group, or cancels it there before it began. */
  async #inTurn(run: Run, task: (cancelled?: AbortSignal) => Promise<void>): Promise<void> {
    const group = this.#groupOf(run);
    if (group === null) return await task();
    const cancel = async (): Promise<void> => void (await this.complete(run, "cancelled"));
    await this.#groups.run(keyOf(run, group), group, task, cancel);
  }

  /** Executes a job in its own concurrency group, which the run's must not be: neither would ever begin. */
  #jobInTurn(run: Run): NonNullable<WorkflowRunRequest["inGroup"]> {
    const own = this.#groupOf(run);
    return async (group, task, cancel) =>
      own?.name === group.name
        ? await cancel()
        : await this.#groups.run(keyOf(run, group), group, task, cancel);
  }

  #groupOf(run: Run): ConcurrencyGroup | null {
    const request = runRequest(this.#world, this.#oidc, run, this.latest(run));
    try {
      return concurrencyOf(run.workflowPath, request.workflow.text, request);
    } catch {
      // A file that cannot be read fails where it is executed.
      return null;
    }
  }

  /** Starts and executes, for a dispatch, every workflow on the default branch that listens to its type. */
  async dispatched(
    repository: Repository,
    dispatch: Dispatch,
    sender: Account,
    installation: Installation | undefined,
  ): Promise<void> {
    const payload = dispatchEvent(this.#world, repository, dispatch, sender, installation);
    const listening = this.workflowFiles(repository).filter(
      ([path, text]) => !repository.disabledWorkflows.has(path) && listens(path, text, dispatch.eventType),
    );
    await Promise.all(
      listening.map(async ([workflow]) => {
        const run = await this.start({
          repository,
          workflow,
          event: "repository_dispatch",
          actor: sender,
          payload,
          queued: true,
        });
        dispatch.runIds.push(run.id);
        await this.execute(run);
      }),
    );
  }

  /**
   * Makes the run of a `workflow_dispatch`, whose id is known before anything of it happens. Where workflows
   * are not run it stays queued.
   */
  dispatchedWorkflow(
    repository: Repository,
    dispatch: WorkflowDispatch,
    ref: Pick<Run, "headBranch" | "ofTag">,
    sender: Account,
    installation: Installation | undefined,
  ): Run {
    const payload = workflowDispatchEvent(
      this.#world,
      repository,
      dispatch,
      refOf(ref),
      sender,
      installation,
    );
    const run = this.#make({
      repository,
      workflow: dispatch.workflow,
      event: "workflow_dispatch",
      ...ref,
      actor: sender,
      payload,
    });
    this.#world.runs.set(run.id, run);
    const requested = this.#request(run).then(async () => void (await this.#refused(run)));
    const begun = this.#world.settings.runWorkflows ? requested.then(() => this.execute(run)) : requested;
    void this.track(begun).catch((error: unknown) => {
      process.stderr.write(`A dispatched run failed: ${error instanceof Error ? error.stack : error}\n`);
    });
    return run;
  }

  /** Makes `idle` wait for a task that nobody else does. */
  track<T>(task: Promise<T>): Promise<T> {
    this.#busy.add(task);
    void task.catch(() => {}).finally(() => this.#busy.delete(task));
    return task;
  }

  #make(options: StartRun): Run {
    const { repository, workflow, event } = options;
    const world = this.#world;
    const { headBranch = repository.defaultBranch, ofTag = false } = options;
    const ref = refOf({ headBranch, ofTag });
    const head = options.head ?? repository;
    const commit = options.headSha
      ? head.commits.get(options.headSha)
      : (world.commit(head, ref) ?? world.head(head));
    const text = isDynamic(workflow)
      ? `name: ${workflow.split("/").at(-1)}\non: push\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: "true"}]}}\n`
      : workflowText(world, repository, workflow, ref);
    if (text === undefined) throw invalid(`${workflow} is not in ${world.fullName(repository)}.`);
    if (!commit) throw invalid(`No commit found for SHA: ${options.headSha}`);
    const earlier = [...world.runs.values()].filter(
      (one) => one.repositoryId === repository.id && one.workflowPath === workflow,
    );
    const run: Run = {
      id: world.bigId(),
      repositoryId: repository.id,
      workflowPath: workflow,
      name: readWorkflow(workflow, text).name,
      event,
      headBranch,
      ofTag,
      headSha: commit.sha,
      headRepositoryId: head.id,
      actorId: (options.actor ?? world.owner(repository)).id,
      displayTitle: options.displayTitle ?? titleOf(options, commit.message),
      runNumber: earlier.length + 1,
      suiteId: world.bigId(),
      createdAt: world.clock.now(),
      attempts: [],
      payload: {},
      idToken: options.idToken ?? true,
    };
    run.payload = options.payload ?? startedEvent(world, run);
    if (options.displayTitle === undefined) {
      const request = runRequest(world, this.#oidc, run, newAttempt(1, run.createdAt));
      // Without a name of its own a run that was started by hand is called as its workflow.
      const standard = event === "workflow_dispatch" ? run.name : run.displayTitle;
      run.displayTitle = runNameOf(workflow, text, request)?.trim() || standard;
    }
    return run;
  }

  async #request(run: Run): Promise<void> {
    const attempt = newAttempt(run.attempts.length + 1, this.#world.clock.now());
    run.attempts.push(attempt);
    // https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
    if (attempt.attempt === 1) await this.#webhooks.workflowRun(run, attempt, "requested");
  }

  /** Begins a queued run and sends its webhook. */
  async begin(run: Run): Promise<void> {
    const attempt = this.latest(run);
    attempt.status = "in_progress";
    attempt.updatedAt = this.#world.clock.now();
    await this.#webhooks.workflowRun(run, attempt, "in_progress");
  }

  /** Ends a run that an Actions policy or a lock file does not allow, before any job; the reason is on the run's page alone. */
  async #refused(run: Run): Promise<boolean> {
    const reason = policyRefusal(this.#world, run) ?? lockRefusal(this.#world, run);
    if (reason === null) return false;
    this.latest(run).log.push(reason);
    await this.complete(run, "startup_failure");
    return true;
  }

  /**
   * Ends the first attempt of a fork's run that a maintainer has to approve, without a job. Approved, it runs again as
   * its next attempt: https://github.com/microsoft/BCApps/pull/8929
   */
  async #held(run: Run): Promise<boolean> {
    const isForks = run.event === "pull_request" && run.headRepositoryId !== run.repositoryId;
    if (!isForks || !this.#world.settings.forkApproval) return false;
    await this.complete(run, "action_required");
    return true;
  }

  async #execute(run: Run, failedOnly: boolean, cancelled?: AbortSignal): Promise<void> {
    if (this.#stop.signal.aborted || !this.#world.runs.has(run.id)) return;
    const attempt = this.latest(run);
    if (attempt.status === "completed") return;
    // Cancelled while it waited for a runner, it never begins.
    if (cancelled?.aborted) return void (await this.complete(run, "cancelled"));
    if (attempt.status === "queued") await this.begin(run);
    const previous = run.attempts.at(-2)?.jobs ?? {};
    const failed = Object.values(previous).filter(({ conclusion }) => conclusion !== "success");
    const request: WorkflowRunRequest = {
      ...runRequest(this.#world, this.#oidc, run, attempt),
      ...(failedOnly ? { jobs: failed.map(({ id }) => id), previous } : {}),
      onLog: (line) => attempt.log.push(line),
      inGroup: this.#jobInTurn(run),
      signal: cancelled ? AbortSignal.any([this.#stop.signal, cancelled]) : this.#stop.signal,
    };
    let conclusion = "failure";
    try {
      const result = await runWorkflow(request);
      attempt.jobs = Object.fromEntries(result.jobs.map((job) => [job.id, job]));
      conclusion = result.conclusion;
    } catch (error) {
      attempt.log.push(String(error));
    }
    if (!this.#stop.signal.aborted) await this.complete(run, conclusion);
  }
}

const keyOf = (run: Run, group: ConcurrencyGroup): string => `${run.repositoryId} ${group.name}`;

/** Returns why an Actions policy stops a run; null where none does. */
function policyRefusal(world: World, run: Run): string | null {
  const policy = world.repositories.get(run.repositoryId)?.actionsPolicy;
  const login = world.accounts.get(run.actorId)?.login ?? "";
  const file = `Workflow file: '${run.workflowPath}'.`;
  if (policy?.events && !policy.events.includes(run.event))
    return `Event '${run.event}' is not allowed to trigger Actions workflows. ${file}`;
  if (policy?.actors && !policy.actors.includes(login))
    return `Actor '${login}' is not allowed to trigger Actions workflows. ${file}`;
  return null;
}

/**
 * Returns why the repository's lock file stops a run; null where none does. A workflow that the file names may use
 * only what it holds.
 * https://docs.github.com/en/actions/concepts/security/workflow-dependency-lockfiles
 */
function lockRefusal(world: World, run: Run): string | null {
  const repository = world.repositories.get(run.repositoryId);
  const files = repository && world.commit(repository, refOf(run))?.files;
  const lock = files?.get(".github/workflows/actions.lock");
  if (lock === undefined) return null;
  const { workflows } = parse(lock) as { workflows: Record<string, string[]> };
  const held = workflows[run.workflowPath];
  const used = (files?.get(run.workflowPath) ?? "").matchAll(
    /uses: *["']?([\w.-]+\/[\w.-]+)[\w./-]*(@[\w.-]+)/g,
  );
  const missing = [...used]
    .map(([, name, version]) => `${name}${version}`)
    .find((one) => held?.includes(one) === false);
  return missing ? `The lockfile does not contain '${missing}'. Workflow file: '${run.workflowPath}'.` : null;
}

/** Returns the title of a run whose workflow gives none: a dispatch's event type, else the commit's first line. */
const titleOf = ({ event, payload }: StartRun, message: string): string =>
  event === "repository_dispatch" && typeof payload?.action === "string"
    ? payload.action
    : (message.split("\n", 1)[0] as string);

const newAttempt = (attempt: number, now: number): RunAttemptState => ({
  attempt,
  status: "queued",
  conclusion: null,
  startedAt: now,
  updatedAt: now,
  jobs: {},
  log: [],
});

function listens(path: string, text: string, eventType: string): boolean {
  try {
    return workflowListens(readWorkflow(path, text), "repository_dispatch", eventType);
  } catch {
    // GitHub does not start what it cannot read.
    return false;
  }
}
