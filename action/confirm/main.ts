import { getInput, info, notice, setOutput } from "@actions/core";
import { callZekt, jsonOf } from "../shared/api.ts";
import { namedDelivery, zektEvent } from "../shared/delivery.ts";
import { run, summarize } from "../shared/run.ts";
import { StepError } from "../shared/step-error.ts";
import { readPayload, writePayload } from "./payload.ts";

/** What Zekt answers to a confirm. */
interface Confirmed {
  deliveryId: string;
  status: string;
  confirmedAt: string;
  confirmationAttempts: number;
  duplicate: boolean;
}

await run(async () => {
  const onDuplicate = getInput("on-duplicate") || "continue";
  if (!["continue", "skip", "fail"].includes(onDuplicate)) {
    throw new StepError(`on-duplicate must be continue, skip or fail, not ${onDuplicate}.`);
  }
  const audience = getInput("audience");
  const named = namedDelivery();
  const { answer } = await callZekt({
    method: "POST",
    path: "/event-delivery/confirm",
    body: named,
    audience,
  });
  const confirmed = jsonOf<Confirmed>(answer);
  setOutput("delivery-id", confirmed.deliveryId);
  setOutput("status", confirmed.status);
  setOutput("duplicate", confirmed.duplicate);
  if (confirmed.duplicate) {
    const told = `Another run of this workflow has delivery ${confirmed.deliveryId} already.`;
    if (onDuplicate === "fail") throw new StepError(told);
    notice(onDuplicate === "skip" ? `${told} Steps that ask for duplicate != 'true' are skipped.` : told);
  }
  if (!(confirmed.duplicate && onDuplicate === "skip")) {
    const payload = await readPayload(zektEvent(), confirmed.deliveryId, audience);
    setOutput("payload", payload ?? "null");
    setOutput("payload-path", writePayload(payload ?? "null", confirmed.deliveryId));
  }
  info(`Delivery ${confirmed.deliveryId} is ${confirmed.status}.`);
  await summarize("Confirmed to Zekt", [
    ["Delivery", confirmed.deliveryId],
    ["Status", confirmed.status],
    ["Duplicate", String(confirmed.duplicate)],
  ]);
});
