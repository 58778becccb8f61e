import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import type { Contexts } from "./expressions.ts";
import type { JobAtWork } from "./job-at-work.ts";
import type { StepLog } from "./step-log.ts";
import type { Conclusion, StepResult } from "./types.ts";

/** The reason for which a `cancel` step stops a step in the background. */
export const CANCELLED_BY_STEP = new Error("The step was cancelled by another.");

/** Changes that a step in the background has made for the steps to come, until the job has waited for it. */
export interface HeldChanges {
  env: Record<string, string>;
  /** Folders in front of `PATH`, the first one first. */
  paths: string[];
}

/** A step that runs after all steps of a job, the last registered first. */
interface PostStep {
  name: string;
  run(log: StepLog): Promise<Conclusion>;
}

/** A list of steps at work: those of a job, or those of a composite action. */
export interface StepScope {
  job: JobAtWork;
  /** The list whose step is this composite action; null for a job's own list. */
  around: StepScope | null;
  /** The contexts of expressions, except `env` and `job`, which change from step to step. */
  contexts: Contexts & { github: Record<string, unknown>; steps: Record<string, unknown> };
  /** The environment that a composite action was given by its own step. */
  env: Record<string, string>;
  /** Stops a composite action when its own step is stopped; never does so in a job's own list. */
  stop: AbortSignal;
  /** Holds what its steps set, in place of the job; null where the job's next steps see it at once. */
  held: HeldChanges | null;
  /** True when a step of this list has failed. */
  failed: boolean;
  /** A setting of `defaults.run`. */
  defaultOf(key: string): TemplateToken | undefined;
  /** The post steps of the job, shared with its composite actions. */
  posts: PostStep[];
}

/** One step of a scope while it runs. */
export interface RunningStep {
  scope: StepScope;
  token: TemplateToken;
  name: string;
  /** As the scope's, with the step's own `env`. */
  contexts: StepScope["contexts"] & { env: Record<string, string> };
  /** The variables that the step itself, and the steps around it, add to the job's environment. */
  env: Record<string, string>;
  log: StepLog;
  stop: AbortSignal;
}

/** The outcome of a step's own work. */
export interface StepOutcome {
  succeeded: boolean;
  outputs: Record<string, string>;
}

/** Runs one step of a scope; `actionName` is null for a step of a composite action. */
export type StepRunner = (
  scope: StepScope,
  token: TemplateToken,
  actionName: string | null,
  log: StepLog,
) => Promise<StepResult>;

/** Returns the current status of a scope, for `success()` and its kin. */
export function statusOf({ job, failed }: StepScope): Conclusion {
  if (job.cancel.aborted) return "cancelled";
  return failed ? "failure" : "success";
}

/**
 * Returns what `job.status` is within a scope: a step that failed in a composite action counts once the action has
 * ended. Until then `github.action_status` has it.
 * https://github.com/actions/runner/issues/1682
 */
export const jobStatusOf = (scope: StepScope): Conclusion =>
  scope.around ? jobStatusOf(scope.around) : statusOf(scope);
