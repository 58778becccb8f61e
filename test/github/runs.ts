import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invalid, notFound } from "./errors.ts";
import type { Oidc } from "./oidc.ts";
import { accountJson, repositoryJson, runJson } from "./payloads.ts";
import { readWorkflow, workflowListens } from "./runner/read-workflow.ts";
import { runWorkflow } from "./runner/run-workflow.ts";
import type { WorkflowRunRequest } from "./runner/types.ts";
import type {
  Account,
  App,
  Dispatch,
  HookDelivery,
  Repository,
  Run,
  RunAttemptState,
  World,
} from "./state.ts";
import type { Webhooks } from "./webhooks.ts";

export interface StartRun {
  repository: Repository;
  workflow: string;
  event: string;
  headBranch?: string;
  headSha?: string;
  /** The repository a fork's branch is in. */
  head?: Repository;
  actor?: Account;
  displayTitle?: string;
  payload?: Record<string, unknown>;
}

/** Workflow runs: starting, running their files, finishing and running again. */
export class Runs {
  readonly #world: World;
  readonly #webhooks: Webhooks;
  readonly #oidc: Oidc;
  readonly #executing = new Set<Promise<unknown>>();

  constructor(world: World, webhooks: Webhooks, oidc: Oidc) {
    this.#world = world;
    this.#webhooks = webhooks;
    this.#oidc = oidc;
  }

  /** Resolves once no workflow is executing. */
  async idle(): Promise<void> {
    while (this.#executing.size > 0) await Promise.allSettled(this.#executing);
  }

  latest(run: Run): RunAttemptState {
    return run.attempts.at(-1) as RunAttemptState;
  }

  /** Starts a run; GitHub tells of it as requested and in progress. */
  async start(options: StartRun): Promise<Run> {
    const { repository, workflow } = options;
    const text = repository.files.get(workflow);
    if (text === undefined) throw invalid(`${workflow} is not in ${this.#world.fullName(repository)}.`);
    const summary = readWorkflow(workflow, text);
    const now = this.#world.clock.now();
    const id = this.#world.bigId();
    const actor = options.actor ?? this.#world.owner(repository);
    const run: Run = {
      id,
      repositoryId: repository.id,
      workflowPath: workflow,
      name: summary.name,
      event: options.event,
      headBranch: options.headBranch ?? repository.defaultBranch,
      headSha: options.headSha ?? repository.headSha,
      headRepositoryId: (options.head ?? repository).id,
      actorId: actor.id,
      displayTitle: options.displayTitle ?? `Commit ${(options.headSha ?? repository.headSha).slice(0, 7)}`,
      runNumber:
        [...this.#world.runs.values()].filter(
          (one) => one.repositoryId === repository.id && one.workflowPath === workflow,
        ).length + 1,
      createdAt: now,
      attempts: [],
      payload: options.payload ?? {
        repository: repositoryJson(this.#world, repository),
        sender: accountJson(this.#world, actor),
      },
    };
    if (summary.runName !== null && options.displayTitle === undefined) {
      run.displayTitle = await this.#runName(run, text);
    }
    this.#world.runs.set(id, run);
    await this.#begin(run);
    return run;
  }

  async #begin(run: Run): Promise<void> {
    const now = this.#world.clock.now();
    const attempt: RunAttemptState = {
      attempt: run.attempts.length + 1,
      status: "queued",
      conclusion: null,
      startedAt: now,
      updatedAt: now,
      jobs: {},
      log: [],
    };
    run.attempts.push(attempt);
    await this.#webhooks.workflowRun(run, attempt, "requested");
    attempt.status = "in_progress";
    await this.#webhooks.workflowRun(run, attempt, "in_progress");
  }

  /** Finishes a run's latest attempt and tells of it; answers how the webhooks went. */
  async complete(run: Run, conclusion: string): Promise<(HookDelivery | null)[]> {
    const attempt = this.latest(run);
    if (attempt.status === "completed") throw invalid("This attempt is completed already.");
    attempt.status = "completed";
    attempt.conclusion = conclusion;
    attempt.updatedAt = this.#world.clock.now();
    return await this.#webhooks.workflowRun(run, attempt, "completed");
  }

  /** Runs a finished run again: a new attempt with the same run id. */
  async rerun(run: Run): Promise<void> {
    if (this.latest(run).status !== "completed") throw invalid("This workflow is already running");
    await this.#begin(run);
  }

  /** Executes the workflow file of a run's latest attempt and completes it with what comes of it. */
  async execute(run: Run, failedOnly = false): Promise<void> {
    const task = this.#execute(run, failedOnly);
    this.#executing.add(task);
    void task.finally(() => this.#executing.delete(task)).catch(() => {});
    await task;
  }

  async #execute(run: Run, failedOnly: boolean): Promise<void> {
    const attempt = this.latest(run);
    const previous = run.attempts.at(-2)?.jobs ?? {};
    const failed = Object.values(previous).filter(({ conclusion }) => conclusion !== "success");
    const request: WorkflowRunRequest = {
      ...this.#request(run, attempt),
      ...(failedOnly ? { jobs: failed.map(({ id }) => id), previous } : {}),
      onLog: (line) => attempt.log.push(line),
    };
    let conclusion = "failure";
    try {
      const result = await runWorkflow(request);
      attempt.jobs = Object.fromEntries(result.jobs.map((job) => [job.id, job]));
      conclusion = result.conclusion === "skipped" ? "skipped" : result.conclusion;
    } catch (error) {
      attempt.log.push(String(error));
    }
    await this.complete(run, conclusion);
  }

  #request(run: Run, attempt: RunAttemptState): WorkflowRunRequest {
    const world = this.#world;
    const repository = world.repositories.get(run.repositoryId) as Repository;
    const owner = world.owner(repository);
    const actor = world.accounts.get(run.actorId) as Account;
    const { ref, sha } = this.#oidc.claims(run, attempt.attempt) as { ref: string; sha: string };
    return {
      workflow: { path: run.workflowPath, text: repository.files.get(run.workflowPath) ?? "" },
      eventName: run.event,
      event: run.payload,
      github: {
        repository: world.fullName(repository),
        repositoryId: String(repository.id),
        repositoryOwner: owner.login,
        repositoryOwnerId: String(owner.id),
        runId: String(run.id),
        runAttempt: attempt.attempt,
        runNumber: run.runNumber,
        sha,
        ref,
        refName: ref.replace(/^refs\/(heads|pull)\//, ""),
        actor: actor.login,
        actorId: String(actor.id),
        serverUrl: world.url,
        apiUrl: world.url,
      },
      localActions: world.localActions,
      variables: repository.variables,
      secrets: repository.secrets,
      idToken: () => this.#oidc.variables(run, attempt.attempt),
    };
  }

  async #runName(run: Run, text: string): Promise<string> {
    const { runNameOf } = await import("./runner/read-workflow.ts");
    const attempt = {
      attempt: 1,
      status: "queued",
      conclusion: null,
      startedAt: 0,
      updatedAt: 0,
      jobs: {},
      log: [],
    } as const;
    return (
      runNameOf(run.workflowPath, text, this.#request(run, { ...attempt, jobs: {}, log: [] })) ??
      run.displayTitle
    );
  }

  /** What a step of a run that somebody else executes needs in its environment. */
  environment(run: Run): Record<string, string> {
    const attempt = this.latest(run);
    const { github } = this.#request(run, attempt);
    const folder = mkdtempSync(join(tmpdir(), "run-"));
    const file = (name: string, text = ""): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const claims = this.#oidc.claims(run, attempt.attempt) as Record<string, string>;
    const idToken = this.#oidc.variables(run, attempt.attempt);
    return {
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_ACTOR: github.actor,
      GITHUB_ACTOR_ID: github.actorId,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_SERVER_URL: github.serverUrl,
      GITHUB_EVENT_NAME: run.event,
      GITHUB_EVENT_PATH: file("event.json", JSON.stringify(run.payload)),
      GITHUB_REF: github.ref,
      GITHUB_REF_NAME: github.refName,
      GITHUB_REPOSITORY: github.repository,
      GITHUB_REPOSITORY_ID: github.repositoryId,
      GITHUB_REPOSITORY_OWNER: github.repositoryOwner,
      GITHUB_REPOSITORY_OWNER_ID: github.repositoryOwnerId,
      GITHUB_RUN_ATTEMPT: String(github.runAttempt),
      GITHUB_RUN_ID: github.runId,
      GITHUB_RUN_NUMBER: String(github.runNumber),
      GITHUB_SHA: github.sha,
      GITHUB_WORKFLOW: run.name,
      GITHUB_WORKFLOW_REF: claims.workflow_ref as string,
      GITHUB_WORKFLOW_SHA: github.sha,
      GITHUB_JOB: "job",
      GITHUB_OUTPUT: file("output"),
      GITHUB_ENV: file("env"),
      GITHUB_PATH: file("path"),
      GITHUB_STATE: file("state"),
      GITHUB_STEP_SUMMARY: file("summary"),
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: folder,
      RUNNER_OS: "Linux",
      RUNNER_ARCH: "X64",
      ...(idToken
        ? { ACTIONS_ID_TOKEN_REQUEST_URL: idToken.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken.token }
        : {}),
    };
  }

  /** Starts, for a dispatch, a run of each workflow on the default branch that listens to its type. */
  async dispatched(repository: Repository, dispatch: Dispatch, app: App | null): Promise<void> {
    const actor = (app && this.#world.accounts.get(app.botId)) ?? this.#world.owner(repository);
    const payload = {
      action: dispatch.eventType,
      branch: repository.defaultBranch,
      client_payload: dispatch.clientPayload,
      repository: repositoryJson(this.#world, repository),
      sender: accountJson(this.#world, actor),
    };
    const listening = [...repository.files].filter(([path, text]) => {
      if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return false;
      try {
        return workflowListens(readWorkflow(path, text), "repository_dispatch", dispatch.eventType);
      } catch {
        return false;
      }
    });
    await Promise.all(
      listening.map(async ([workflow]) => {
        const run = await this.start({ repository, workflow, event: "repository_dispatch", actor, payload });
        dispatch.runIds.push(run.id);
        await this.execute(run);
      }),
    );
  }

  /** Keeps a dispatch's runs from holding up its answer. */
  background(task: Promise<unknown>): void {
    this.#executing.add(task);
    void task.catch(() => {}).finally(() => this.#executing.delete(task));
  }

  /** Finds a run or refuses. */
  find(id: number): Run {
    const run = this.#world.runs.get(id);
    if (!run) throw notFound();
    return run;
  }

  json(run: Run, attempt = this.latest(run)): Record<string, unknown> {
    return runJson(this.#world, run, attempt);
  }
}
