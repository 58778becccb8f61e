import type { EventFormat, StartChoice, StartEvent } from "../records/subscription.ts";

/** Returns the event that starts the consumer's runs. */
export const startOf = ({ start }: StartChoice): StartEvent => start ?? "repository_dispatch";

/** Returns whether GitHub starts one named workflow, and names the run that it starts. */
export const startsWorkflow = (choice: StartChoice): boolean => startOf(choice) === "workflow_dispatch";

/** Returns the form in which events come. */
export const formatOf = ({ format }: StartChoice): EventFormat => format ?? "zekt";

/** Returns the stored form of a choice: nothing for what is the default, as in items older than the choice. */
export const startFields = (choice: StartChoice): StartChoice => ({
  ...(startsWorkflow(choice) ? { start: "workflow_dispatch", ref: choice.ref ?? null } : {}),
  ...(formatOf(choice) === "zekt" ? {} : { format: formatOf(choice) }),
});
