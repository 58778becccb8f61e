/** A run in a consumer's repository, as GitHub tells of it. */
export interface ObservedRun {
  repositoryId: string;
  runId: string;
  runAttempt: number;
  /** Path of its workflow file. */
  workflow: string;
  /** The event that started it: `repository_dispatch`, for instance. */
  event: string;
  actor: string | null;
  title: string;
  headSha: string;
  /** `queued`, `in_progress`, `completed`, or another of GitHub's names for not having ended. */
  status: string;
  conclusion: string | null;
  createdAt: string;
}
