import type { ConcurrencyGroup } from "../concurrency-groups.ts";

/** The request that starts a workflow run. */
export interface WorkflowRunRequest {
  workflow: { path: string; text: string };
  eventName: string;
  /** `github.event`. */
  event: Record<string, unknown>;
  /** False where steps find no file at `GITHUB_EVENT_PATH`. */
  hasEventFile?: boolean;
  github: {
    repository: string;
    repositoryId: string;
    repositoryOwner: string;
    repositoryOwnerId: string;
    runId: string;
    runAttempt: number;
    runNumber: number;
    sha: string;
    ref: string;
    refName: string;
    actor: string;
    actorId: string;
    serverUrl: string;
    apiUrl: string;
    headRef?: string;
    baseRef?: string;
  };
  /** `owner/repo[/path]` or a prefix of it, to a folder on this machine; the longest prefix wins. */
  localActions: Record<string, string>;
  variables: Record<string, string>;
  secrets: Record<string, string>;
  /** Asked only for jobs with `id-token: write`. */
  idToken(job: { id: string }): { url: string; token: string } | undefined;
  /** Only these jobs run ("re-run failed jobs"); the results of the others are in `previous`. */
  jobs?: string[];
  previous?: Record<string, JobResult>;
  /** Executes a job once its concurrency group is free, or calls `cancel` where another takes its place. */
  inGroup?<T>(
    group: ConcurrencyGroup,
    task: (cancelled: AbortSignal) => Promise<T>,
    cancel: () => Promise<T>,
  ): Promise<T>;
  onLog?(line: string): void;
  signal?: AbortSignal;
}

export type Conclusion = "success" | "failure" | "skipped" | "cancelled";

export interface StepResult {
  id?: string;
  name: string;
  conclusion: Conclusion;
  outputs: Record<string, string>;
  log: string;
}

export interface JobResult {
  id: string;
  name: string;
  conclusion: Conclusion;
  outputs: Record<string, string>;
  steps: StepResult[];
  summary: string;
}

export interface WorkflowRunResult {
  conclusion: Conclusion;
  runName: string | null;
  jobs: JobResult[];
}

/** The name, run name and triggers that a workflow file declares. */
export interface WorkflowSummary {
  name: string;
  runName: string | null;
  /** Null: does not listen; empty: every type. */
  repositoryDispatchTypes: string[] | null;
  events: string[];
}
