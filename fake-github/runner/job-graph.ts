import type { WorkflowJob } from "@actions/workflow-parser/model/workflow-template";
import { evaluate, holds } from "./expressions.ts";
import { combinationsOf, suffixOf } from "./matrix.ts";
import { field } from "./parser.ts";
import { groupOf } from "./read-workflow.ts";
import { type JobRun, runJob } from "./run-job.ts";
import type { Conclusion, JobResult, WorkflowRunRequest } from "./types.ts";
import { jobToken, type WorkflowFile } from "./workflow-file.ts";

/** The outcome of a job of the file, for all combinations of its matrix. */
interface JobOutcome {
  /** As the jobs after it see it: a failure that `continue-on-error` forgives is a success. */
  result: Conclusion;
  outputs: Record<string, string>;
  jobs: JobResult[];
}

/** The jobs of a workflow run, each of which starts when those it needs are done. */
export class JobGraph {
  readonly #request: WorkflowRunRequest;
  readonly #file: WorkflowFile;
  readonly #contexts: JobRun["contexts"];
  readonly #jobs: ReadonlyMap<string, WorkflowJob>;
  readonly #outcomes = new Map<string, Promise<JobOutcome>>();
  readonly #cancel = new AbortController();

  constructor(request: WorkflowRunRequest, file: WorkflowFile, contexts: JobRun["contexts"]) {
    this.#request = request;
    this.#file = file;
    this.#contexts = contexts;
    this.#jobs = new Map(file.jobs.map((job) => [job.id.value, job]));
  }

  /** Runs all jobs; resolves with what became of them, in the order of the file. */
  async run(): Promise<JobOutcome[]> {
    const { signal } = this.#request;
    const onCancel = (): void => this.#cancel.abort(new Error("The operation was canceled."));
    signal?.addEventListener("abort", onCancel);
    if (signal?.aborted) onCancel();
    try {
      return await Promise.all([...this.#jobs.keys()].map((id) => this.#outcomeOf(id)));
    } finally {
      signal?.removeEventListener("abort", onCancel);
    }
  }

  #outcomeOf(id: string): Promise<JobOutcome> {
    const known = this.#outcomes.get(id) ?? this.#settle(id);
    this.#outcomes.set(id, known);
    return known;
  }

  #needs = (id: string): string[] => this.#jobs.get(id)?.needs?.map(({ value }) => value) ?? [];

  /** All jobs that a job stands on. */
  #ancestors(id: string): Set<string> {
    return new Set(this.#needs(id).flatMap((need) => [need, ...this.#ancestors(need)]));
  }

  async #settle(id: string): Promise<JobOutcome> {
    const needs = await this.#needsContext(id);
    const status = await this.#statusFor(id);
    const contexts = { ...this.#contexts, needs, matrix: {}, strategy: {} };
    const kept = this.#request.previous?.[id];
    try {
      if (kept && !this.#runsAgain(id, id)) return summarize([this.#forgive(id, contexts, kept)]);
      if (!holds(field(this.#token(id), "if"), contexts, status)) {
        const conclusion = status === "cancelled" ? "cancelled" : "skipped";
        return summarize([{ job: withoutSteps(id, conclusion), forgiven: false }]);
      }
      return summarize(await this.#runCombinations(id, contexts));
    } catch (error) {
      const log = `##[error]${(error as Error).message}`;
      this.#request.onLog?.(log);
      const steps = [{ name: "Set up job", conclusion: "failure" as const, outputs: {}, log }];
      return summarize([{ job: { ...withoutSteps(id, "failure"), steps }, forgiven: false }]);
    }
  }

  async #needsContext(id: string): Promise<Record<string, unknown>> {
    const entries = this.#needs(id).map(async (need) => {
      const { result, outputs } = await this.#outcomeOf(need);
      return [need, { result, outputs }];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Returns the status for a job's `if`: it depends on all jobs before it, not only those it names. */
  async #statusFor(id: string): Promise<Conclusion> {
    const outcomes = await Promise.all([...this.#ancestors(id)].map((before) => this.#outcomeOf(before)));
    const results = outcomes.map(({ result }) => result);
    if (this.#cancel.signal.aborted) return "cancelled";
    if (results.includes("failure")) return "failure";
    return results.every((result) => result === "success") ? "success" : "skipped";
  }

  async #runCombinations(id: string, contexts: JobRun["contexts"]): Promise<Leg[]> {
    const strategy = field(this.#token(id), "strategy");
    const combinations = combinationsOf(strategy, contexts);
    const failFast = evaluate(field(strategy, "fail-fast"), contexts) !== false;
    const siblings = new AbortController();
    const cancel = AbortSignal.any([this.#cancel.signal, siblings.signal]);
    const model = this.#jobs.get(id);
    const actionNames = model?.type === "job" ? model.steps.map((step) => step.id) : [];
    return await Promise.all(
      combinations.map(async (combination, index) => {
        const kept = this.#request.previous?.[`${id}${suffixOf(combination)}`];
        const seen = { ...contexts, matrix: combination };
        if (kept && !this.#runsAgain(id, kept.id)) return this.#forgive(id, seen, kept);
        const run = {
          request: this.#request,
          file: this.#file,
          id,
          actionNames,
          contexts: {
            ...contexts,
            strategy: { "fail-fast": failFast, "job-index": index, "job-total": combinations.length },
          },
          combination,
          cancel,
        };
        const job = await this.#inGroup(run, seen);
        const leg = this.#forgive(id, seen, job);
        if (failFast && job.conclusion === "failure" && !leg.forgiven) {
          siblings.abort(new Error(`The strategy configuration was canceled because "${job.id}" failed.`));
        }
        return leg;
      }),
    );
  }

  /** Runs a job in its concurrency group, where it names one: there it may be cancelled before it begins. */
  async #inGroup(run: JobRun, contexts: JobRun["contexts"]): Promise<JobResult> {
    const group = groupOf(field(this.#token(run.id), "concurrency"), contexts);
    const { inGroup } = this.#request;
    if (group === null || !inGroup) return await runJob(run);
    return await inGroup(
      group,
      (cancelled) => runJob({ ...run, cancel: AbortSignal.any([run.cancel, cancelled]) }),
      async () => withoutSteps(`${run.id}${suffixOf(run.combination)}`, "cancelled"),
    );
  }

  /**
   * Returns whether this attempt runs a job. A first attempt runs all; a later one the named jobs and their
   * dependants.
   */
  #runsAgain(id: string, resultId: string): boolean {
    const { jobs } = this.#request;
    if (!jobs || jobs.includes(id) || jobs.includes(resultId)) return true;
    const ancestors = this.#ancestors(id);
    return jobs.some((named) => [...ancestors].some((one) => named === one || named.startsWith(`${one} (`)));
  }

  #forgive(id: string, contexts: JobRun["contexts"], job: JobResult): Leg {
    return { job, forgiven: evaluate(field(this.#token(id), "continue-on-error"), contexts) === true };
  }

  #token(id: string): ReturnType<typeof jobToken> {
    return jobToken(this.#file, id);
  }
}

/** The run of one combination of a job's matrix, or of a job without. */
interface Leg {
  job: JobResult;
  /** A failure of it does not count. */
  forgiven: boolean;
}

/** The last combination that has set an output has it, unless it has set it to nothing. */
function summarize(legs: Leg[]): JobOutcome {
  const results = legs.map(({ job: { conclusion }, forgiven }) =>
    forgiven && conclusion === "failure" ? "success" : conclusion,
  );
  const order: Conclusion[] = ["failure", "cancelled", "success"];
  const outputs: Record<string, string> = {};
  for (const [name, value] of legs.flatMap(({ job }) => Object.entries(job.outputs))) {
    outputs[name] = value || outputs[name] || "";
  }
  return {
    result: order.find((conclusion) => results.includes(conclusion)) ?? "skipped",
    outputs,
    jobs: legs.map(({ job }) => job),
  };
}

const withoutSteps = (id: string, conclusion: Conclusion): JobResult => ({
  id,
  name: id,
  conclusion,
  outputs: {},
  steps: [],
  summary: "",
});
