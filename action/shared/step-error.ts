/** Why a step fails, in one sentence for the author of the workflow. */
export class StepError extends Error {
  override name = "StepError";
}
