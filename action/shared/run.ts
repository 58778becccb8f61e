import { setFailed, setOutput } from "@actions/core";
import { refuseForeignInputs } from "./foreign-inputs.ts";
import { oneLine } from "./one-line.ts";

/** Runs a step; a failure becomes the output status `failed`, one error in the log, and exit code 1. */
export async function run(step: () => Promise<void>): Promise<void> {
  try {
    refuseForeignInputs();
    await step();
  } catch (error) {
    setOutput("status", "failed");
    setFailed(oneLine((error as Error).message));
  }
}
