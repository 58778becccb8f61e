import { setFailed, setOutput } from "@actions/core";
import { refuseForeignInputs } from "./foreign-inputs.ts";
import { oneLine } from "./one-line.ts";

/**
 * Runs a step. A failure becomes the output status `failed`, one error in the log, and exit code 1.
 *
 * @param own - the published action's inputs that this step has
 */
export async function run(step: () => Promise<void>, own: readonly string[] = []): Promise<void> {
  try {
    refuseForeignInputs(own);
    await step();
  } catch (error) {
    setOutput("status", "failed");
    setFailed(oneLine((error as Error).message));
  }
}
