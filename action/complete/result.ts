import { StepError } from "../shared/step-error.ts";

/** The result of a consumer's run. */
export interface Result {
  success: boolean;
  conclusion: string;
}

/**
 * Reads how the run ended: from `success`, where it is given, else from the conclusion, which is the job's
 * status unless the workflow gives another. Where the two contradict, `success` counts.
 *
 * @throws StepError where neither says
 */
export function resultOf(success: string, conclusion: string): Result {
  if (success === "") {
    if (conclusion === "") {
      throw new StepError(
        "Nothing says how it ended: leave conclusion out, for the job's status, or give success.",
      );
    }
    return { success: conclusion === "success", conclusion };
  }
  if (success !== "true" && success !== "false") {
    throw new StepError(`success must be true or false, not ${success}.`);
  }
  const contrary = success === "true" ? ["", "failure", "cancelled"] : ["", "success"];
  const plain = success === "true" ? "success" : "failure";
  return { success: success === "true", conclusion: contrary.includes(conclusion) ? plain : conclusion };
}
