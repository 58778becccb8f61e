import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { Slots } from "../slots.ts";
import { evaluate, evaluateText } from "./expressions.ts";
import { field, isMapping, isSequence, items } from "./parser.ts";
import { CANCELLED_BY_STEP, type StepRunner, type StepScope } from "./step-scope.ts";
import type { StepResult } from "./types.ts";

/** Background steps of a job that run at once; the others are queued. */
const AT_ONCE = 10;

interface Started {
  id: string | null;
  /** The scope of its own, whose outputs, environment and failure the job sees once it has waited for it. */
  scope: StepScope;
  /** True where the job had failed when the step began. */
  hadFailed: boolean;
  stop: AbortController;
  ended: Promise<void>;
}

/**
 * Runs the steps of a job one after another, and those beside them that have `background`, with `wait`, `wait-all`,
 * `cancel` and `parallel`. Whatever was not waited for is waited for at the end.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
 */
export class BackgroundSteps {
  readonly #scope: StepScope;
  readonly #runStep: StepRunner;
  readonly #results: StepResult[];
  readonly #slots = new Slots(() => AT_ONCE);
  #started: Started[] = [];

  /** `results` gets the result of each step, in the order in which they begin. */
  constructor(scope: StepScope, runStep: StepRunner, results: StepResult[]) {
    this.#scope = scope;
    this.#runStep = runStep;
    this.#results = results;
  }

  /** Runs or starts one step of the job's list. */
  async run(token: TemplateToken, actionName: string): Promise<void> {
    const { contexts, job } = this.#scope;
    const target = field(token, "wait");
    const cancelled = field(token, "cancel")?.toString();
    const group = field(token, "parallel");
    if (group) {
      const started = items(group).map((step) => this.#start(step, actionName));
      await this.#wait(started, { name: "Wait for the steps in parallel" });
    } else if (target) {
      const ids = isSequence(target) ? items(target).map(String) : [target.toString()];
      const awaited = this.#started.filter(({ id }) => id !== null && ids.includes(id));
      await this.#wait(awaited, { token, name: `Wait for ${ids.join(", ")}` });
    } else if (isMapping(token) && token.find("wait-all") !== undefined) {
      await this.#wait(this.#started, { token, name: "Wait for all background steps" });
    } else if (cancelled !== undefined) {
      const one = this.#started.find(({ id }) => id === cancelled);
      one?.stop.abort(CANCELLED_BY_STEP);
      if (one) await this.#see([one]);
      this.#results.push(resultOf(evaluateText(field(token, "name"), contexts) || `Cancel ${cancelled}`));
    } else if (evaluate(field(token, "background"), contexts) === true) this.#start(token, actionName);
    else this.#results.push(await this.#runStep(this.#scope, token, actionName, job.openLog()));
  }

  /** Waits for whatever was not waited for, before the job cleans up. */
  async end(): Promise<void> {
    if (this.#started.length > 0) await this.#wait(this.#started, { name: "Wait for all background steps" });
  }

  #start(token: TemplateToken, actionName: string): Started {
    const stop = new AbortController();
    const { contexts } = this.#scope;
    const scope: StepScope = {
      ...this.#scope,
      contexts: { ...contexts, steps: { ...contexts.steps } },
      stop: stop.signal,
      held: { env: {}, paths: [] },
    };
    const at = this.#results.push(resultOf("Background step")) - 1;
    const log = scope.job.openLog();
    const ended = this.#slots.run(async () => {
      this.#results[at] = await this.#runStep(scope, token, actionName, log);
    });
    const id = field(token, "id")?.toString() ?? null;
    const started = { id, scope, hadFailed: scope.failed, stop, ended };
    this.#started.push(started);
    return started;
  }

  /** Waits for steps and lets the job see what they did. */
  async #see(awaited: readonly Started[]): Promise<void> {
    await Promise.all(awaited.map(({ ended }) => ended));
    const { contexts, job } = this.#scope;
    for (const { id, scope } of awaited) {
      if (id !== null) contexts.steps[id] = scope.contexts.steps[id];
      if (scope.held) job.release(scope.held);
    }
    this.#started = this.#started.filter((one) => !awaited.includes(one));
  }

  /** Waits for steps, and fails where one of them did. */
  async #wait(
    awaited: readonly Started[],
    { token, name }: { token?: TemplateToken; name: string },
  ): Promise<void> {
    await this.#see(awaited);
    const { contexts } = this.#scope;
    const hasFailed = awaited.some(({ scope, hadFailed }) => scope.failed && !hadFailed);
    const isForgiven = evaluate(field(token, "continue-on-error"), contexts) === true;
    if (hasFailed && !isForgiven) this.#scope.failed = true;
    const said = evaluateText(field(token, "name"), contexts) || name;
    this.#results.push({ ...resultOf(said), conclusion: hasFailed && !isForgiven ? "failure" : "success" });
  }
}

const resultOf = (name: string): StepResult => ({ name, conclusion: "success", outputs: {}, log: "" });
