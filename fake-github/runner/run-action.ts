import { join } from "node:path";
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import { findAction, readActionFile } from "./action-file.ts";
import { evaluateText, evaluateTexts, isTrue } from "./expressions.ts";
import { field, items, pairs } from "./parser.ts";
import {
  jobStatusOf,
  type RunningStep,
  type StepOutcome,
  type StepRunner,
  type StepScope,
} from "./step-scope.ts";

/**
 * Runs the action of a `uses:` step: a JavaScript action with the Node of this process, or a composite action, whose
 * steps `runStep` runs. `actions/checkout` does nothing, as there is nothing to check out.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
 *
 * @throws for an action that is not on this machine, or of a kind that does not run here
 */
export async function runAction(step: RunningStep, runStep: StepRunner): Promise<StepOutcome> {
  const { scope, token, contexts, log } = step;
  const uses = field(token, "uses")?.toString() ?? "";
  if (uses.startsWith("actions/checkout@")) {
    log.write("actions/checkout does nothing here: there is nothing to check out.");
    return { succeeded: true, outputs: {} };
  }
  const { request } = scope.job;
  // `$/path` is of the repository whose file names it, which may be that of a composite action.
  const naming: Record<string, unknown> = uses.startsWith("$/") ? contexts.github : {};
  const within = String(naming.action_repository || request.github.repository);
  const { folder, repository, ref } = findAction(uses, within, request.localActions);
  const action = readActionFile(folder);
  const runs = (key: string): string => field(field(action, "runs"), key)?.toString() ?? "";
  const inputs = readInputs(action, step);
  contexts.github = {
    ...contexts.github,
    action_repository: repository ?? naming.action_repository ?? null,
    action_ref: ref ?? naming.action_ref ?? null,
  };
  if (runs("using") === "composite") return await runComposite(action, folder, inputs, step, runStep);
  if (!runs("using").startsWith("node"))
    throw new Error(`A ${runs("using")} action does not run here: ${uses}.`);
  if (runs("pre")) throw new Error(`An action with a pre script does not run here: ${uses}.`);

  const start = async (
    script: string,
    more: Record<string, string>,
    own: Pick<RunningStep, "log" | "stop">,
    held = scope.held,
  ) =>
    await scope.job.run({
      command: process.execPath,
      args: [join(folder, script)],
      env: { ...scope.job.env, ...scope.held?.env, ...step.env },
      extra: { ...inputVariables(inputs), ...more },
      github: contexts.github,
      directory: "",
      log: own.log,
      stop: own.stop,
      held,
    });
  const state: Record<string, string> = {};
  // Registered before the action runs: what it has begun is cleaned up after its failure too.
  if (runs("post")) {
    scope.posts.push({
      name: `Post ${step.name}`,
      async run(log) {
        const status = jobStatusOf(scope);
        const condition = runs("post-if") || "always()";
        if (!isTrue(condition, { ...contexts, job: { status }, inputs }, status)) return "skipped";
        const saved = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]);
        const own = { log, stop: new AbortController().signal };
        return (await start(runs("post"), Object.fromEntries(saved), own, null)).succeeded
          ? "success"
          : "failure";
      },
    });
  }
  const ran = await start(runs("main"), {}, step);
  Object.assign(state, ran.state);
  return ran;
}

async function runComposite(
  action: MappingToken,
  folder: string,
  inputs: Record<string, string>,
  { scope: outer, contexts, env, log, stop }: RunningStep,
  runStep: StepRunner,
): Promise<StepOutcome> {
  const scope: StepScope = {
    ...outer,
    around: outer,
    contexts: { ...contexts, github: { ...contexts.github, action_path: folder }, inputs, steps: {} },
    env,
    stop,
    failed: false,
    defaultOf: () => undefined,
  };
  for (const token of items(field(field(action, "runs"), "steps"))) {
    if (!stop.aborted) await runStep(scope, token, null, log);
  }
  const outputs = pairs(field(action, "outputs")).map(([name, output]) => [
    name,
    evaluateText(field(output, "value"), scope.contexts),
  ]);
  return { succeeded: !scope.failed, outputs: Object.fromEntries(outputs) };
}

/** An action's inputs by their names in lower case: what `with` gives, else the defaults. */
function readInputs(action: MappingToken, { token, contexts, log }: RunningStep): Record<string, string> {
  const given = Object.entries(evaluateTexts(field(token, "with"), contexts));
  const inputs = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
  const declared = pairs(field(action, "inputs")).map(
    ([name, input]) => [name.toLowerCase(), input] as const,
  );
  const valid = declared.map(([name]) => name);
  const unexpected = Object.keys(inputs).filter((name) => !valid.includes(name));
  if (unexpected.length > 0) {
    log.warning(
      `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid.join("', '")}']`,
    );
  }
  for (const [name, input] of declared) inputs[name] ??= evaluateText(field(input, "default"), contexts);
  return inputs;
}

const inputVariables = (inputs: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
