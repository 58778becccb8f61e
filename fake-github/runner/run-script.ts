import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { evaluateText } from "./expressions.ts";
import { field } from "./parser.ts";
import type { RunningStep, StepOutcome } from "./step-scope.ts";

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */
const SHELLS: Record<string, string> = {
  "": "bash -e {0}",
  bash: "bash --noprofile --norc -eo pipefail {0}",
  sh: "sh -e {0}",
  python: "python3 {0}",
};

/**
 * Runs the script of a `run:` step. Expressions in it are written into its text, as GitHub does.
 *
 * @throws when its shell is not known or not there
 */
export async function runScript({ scope, token, contexts, log, stop }: RunningStep): Promise<StepOutcome> {
  const setting = (key: string): string => evaluateText(field(token, key) ?? scope.defaultOf(key), contexts);
  const shell = setting("shell");
  const template = SHELLS[shell] ?? shell;
  if (!template.includes("{0}")) {
    throw new Error(
      `The shell '${shell}' is not here: use bash, sh or python, or a command with {0} for the script's file.`,
    );
  }
  const file = join(scope.job.temp, randomUUID());
  writeFileSync(file, evaluateText(field(token, "run"), contexts));
  const [command = "", ...args] = template.split(/\s+/).map((word) => word.replace("{0}", file));
  return await scope.job.run({
    command,
    args,
    env: contexts.env,
    extra: {},
    github: contexts.github,
    directory: setting("working-directory"),
    log,
    stop,
    held: scope.held,
  });
}
