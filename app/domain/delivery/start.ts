import type { StartChoice, StartEvent } from "../records/subscription.ts";

/** Returns the event that starts the consumer's runs. */
export const startOf = ({ start }: StartChoice): StartEvent => start ?? "repository_dispatch";

/** Returns whether GitHub starts one named workflow, and names the run that it starts. */
export const startsWorkflow = (choice: StartChoice): boolean => startOf(choice) === "workflow_dispatch";

/** Returns the stored form of a choice: nothing for `repository_dispatch`, as in items older than the choice. */
export const startFields = (choice: StartChoice): StartChoice =>
  startsWorkflow(choice) ? { start: "workflow_dispatch", ref: choice.ref ?? null } : {};
