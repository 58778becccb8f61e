import { getInput, info, setOutput } from "@actions/core";
import { callZekt, jsonOf } from "../shared/api.ts";
import { namedDelivery } from "../shared/delivery.ts";
import { run, summarize } from "../shared/run.ts";
import { StepError } from "../shared/step-error.ts";

/** What Zekt answers to a complete. */
interface Completed {
  deliveryId: string;
  status: string;
  completedAt: string;
  isFinalized: boolean;
}

/** Whether it went well: as said outright, else as the conclusion has it. */
function successOf(given: string, conclusion: string): boolean {
  if (given === "") return conclusion === "success";
  if (given !== "true" && given !== "false")
    throw new StepError(`success must be true or false, not ${given}.`);
  return given === "true";
}

await run(async () => {
  const given = getInput("conclusion") || "success";
  const success = successOf(getInput("success"), given);
  // A result said outright and a job's status that differs: the word of the workflow's author counts.
  const conclusion = success === (given === "success") ? given : success ? "success" : "failure";
  const { answer } = await callZekt({
    method: "POST",
    path: "/event-delivery/complete",
    body: { ...namedDelivery(), success, conclusion },
  });
  const completed = jsonOf<Completed>(answer);
  setOutput("status", completed.status);
  setOutput("completed-at", completed.completedAt);
  info(`Delivery ${completed.deliveryId} is ${completed.status}.`);
  await summarize("Completed at Zekt", [
    ["Delivery", completed.deliveryId],
    ["Status", completed.status],
    ["Conclusion", conclusion],
  ]);
});
