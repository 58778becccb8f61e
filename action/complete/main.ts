import { getInput, setOutput, warning } from "@actions/core";
import { callZekt, jsonOf } from "../shared/api.ts";
import { namedDelivery } from "../shared/delivery.ts";
import { oneLine, say } from "../shared/one-line.ts";
import { run } from "../shared/run.ts";
import { summarize } from "../shared/summary.ts";
import { resultOf } from "./result.ts";

/** Zekt's answer to a complete. */
interface Completed {
  deliveryId: string;
  status: string;
  completedAt: string;
  isFinalized: boolean;
}

void run(async () => {
  const result = resultOf(getInput("success"), getInput("conclusion"));
  const called = await callZekt({
    method: "POST",
    path: "/event-delivery/complete",
    body: { ...namedDelivery(), ...result },
  });
  const completed = jsonOf<Completed>(called, "deliveryId");
  setOutput("status", completed.status);
  setOutput("completed-at", completed.completedAt);
  say(`Delivery ${completed.deliveryId} is ${completed.status}.`);
  if (completed.status === (result.success ? "Failed" : "Completed")) {
    warning(
      oneLine(
        `Delivery ${completed.deliveryId} was ${completed.status} before this step, which tells ${result.conclusion}, and stays so. Of several jobs let one complete the delivery, after all the others.`,
      ),
    );
  }
  await summarize("Completed at Zekt", [
    ["Delivery", completed.deliveryId],
    ["Status", completed.status],
    ["Conclusion", result.conclusion],
    ["Attempts", String(called.attempts)],
  ]);
});
