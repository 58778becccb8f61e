import { getInput } from "@actions/core";
import { StepError } from "./step-error.ts";

const REMEDIES: Readonly<Record<string, string>> = {
  shield:
    "the step that sends a message encrypts it, and action/confirm decrypts it by its input private-key: remove it",
  orchestrate: "Zekt starts each consumer's workflow itself: subscribe in Zekt, and remove it",
  wait: "this step never waits for consumers: remove it, and follow the delivery in Zekt's console",
  execution_mode: "the action's address says what a step does (send, confirm or complete): remove it",
  zekt_payload:
    "a consumer's step reads its message by itself: use action/confirm and its output payload, and remove it",
  zekt_run_id: "use action/confirm or action/complete with correlation-id, and remove it",
  github_token: "the step proves its run by an ID token: remove it, and grant `id-token: write`",
};

/**
 * Refuses the inputs of the published action that this one has not. The runner passes inputs that an
 * action does not declare with a warning alone.
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs
 *
 * @param own - inputs of that name that this action does have
 * @throws StepError with each of them by name, and what to do instead
 */
export function refuseForeignInputs(own: readonly string[] = []): void {
  const given = Object.keys(REMEDIES)
    .filter((name) => !own.includes(name))
    .flatMap((name) =>
      [...new Set([name, name.replaceAll("_", "-")])].filter((one) => isGiven(getInput(one))),
    );
  if (given.length === 0) return;
  const remedies = given.map((name) => `${name}: ${REMEDIES[name.replaceAll("-", "_")]}`);
  throw new StepError(`This action does not have the input ${remedies.join("; ")}.`);
}

/** Returns whether an input asks for something: `false` asks for nothing. */
const isGiven = (value: string): boolean => value !== "" && value.toLowerCase() !== "false";
