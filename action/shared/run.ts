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
    setFailed(oneLine((error as Error).message));
    try {
      setOutput("status", "failed");
    } catch {
      // In a container whose user may not write the runner's files: no output tells of it, the error above does.
    }
  }
}
