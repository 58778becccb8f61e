import { StepError } from "../shared/step-error.ts";

/** The result of a consumer's run. */
export interface Result {
  success: boolean;
  conclusion: string;
}

/**
 * How the run ended: by `success`, where it is said outright, else by the conclusion, which is the job's
 * status unless the workflow gives another. Where the two contradict, what was said outright counts.
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
