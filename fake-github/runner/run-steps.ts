import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { evaluate, evaluateText, evaluateTexts, holds } from "./expressions.ts";
import { field } from "./parser.ts";
import { runAction } from "./run-action.ts";
import { runScript } from "./run-script.ts";
import type { StepLog } from "./step-log.ts";
import { jobStatusOf, type RunningStep, type StepOutcome, type StepScope, statusOf } from "./step-scope.ts";
import { StepStop } from "./step-stop.ts";
import type { StepResult } from "./types.ts";

/**
 * Runs one step of a scope, or skips it. Whatever goes wrong in it is in its log and conclusion.
 *
 * @param actionName what `GITHUB_ACTION` says; null for a step of a composite action, which keeps that of its
 *   own step
 */
export async function runStep(
  scope: StepScope,
  token: TemplateToken,
  actionName: string | null,
  log: StepLog,
): Promise<StepResult> {
  const id = field(token, "id")?.toString();
  const result: StepResult = {
    ...(id ? { id } : {}),
    name: plainName(token),
    conclusion: "skipped",
    outputs: {},
    log: "",
  };
  const github: Record<string, unknown> = { ...scope.contexts.github };
  if (actionName !== null) github.action = actionName;
  if (scope.around) github.action_status = statusOf(scope);
  const contexts: RunningStep["contexts"] = {
    ...scope.contexts,
    github,
    job: { status: jobStatusOf(scope) },
    env: { ...scope.job.env, ...scope.held?.env, ...scope.env },
  };
  let forgiven = false;
  try {
    const env = { ...scope.env, ...evaluateTexts(field(token, "env"), contexts) };
    contexts.env = { ...contexts.env, ...env };
    const condition = field(token, "if");
    if (holds(condition, contexts, statusOf(scope))) {
      result.name = evaluateText(field(token, "name"), contexts) || result.name;
      forgiven = evaluate(field(token, "continue-on-error"), contexts) === true;
      using stop = new StepStop(
        scope.job.cancel,
        scope.stop,
        () => holds(condition, contexts, "cancelled"),
        (evaluate(field(token, "timeout-minutes"), contexts) as number | undefined) ?? null,
      );
      const step: RunningStep = { scope, token, name: result.name, contexts, env, log, stop: stop.signal };
      // A stopped step fails by that; the reason says how it is counted.
      const outcome = await work(step).finally(() => {
        if (stop.reason) result.conclusion = stop.reason === "cancelled" ? "cancelled" : "failure";
        if (stop.reason === "cancelled")
          log.error(String((scope.job.cancel.reason ?? scope.stop.reason).message));
        if (stop.reason === "timed out") log.error(`The step '${result.name}' has timed out.`);
      });
      result.outputs = outcome.outputs;
      if (!stop.reason) result.conclusion = outcome.succeeded ? "success" : "failure";
    }
  } catch (error) {
    log.error((error as Error).message);
    if (result.conclusion !== "cancelled") result.conclusion = "failure";
  }
  const outcome = result.conclusion;
  if (outcome === "failure" && !forgiven) scope.failed = true;
  const conclusion = outcome === "failure" && forgiven ? "success" : outcome;
  if (id) scope.contexts.steps[id] = { outputs: result.outputs, outcome, conclusion };
  return { ...result, log: log.text };
}

async function work(step: RunningStep): Promise<StepOutcome> {
  return field(step.token, "uses") ? await runAction(step, runStep) : await runScript(step);
}

/** Returns the name of a step without a `name`: its action, or the first line of its script. */
function plainName(token: TemplateToken): string {
  const [line = ""] = (field(token, "uses") ?? field(token, "run"))?.toString().trim().split("\n") ?? [];
  return `Run ${line}`;
}
