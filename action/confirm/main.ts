import { getInput, notice, setOutput, setSecret } from "@actions/core";
import { callZekt, jsonOf } from "../shared/api.ts";
import { namedDelivery, zektEvent } from "../shared/delivery.ts";
import { oneLine, say } from "../shared/one-line.ts";
import { run } from "../shared/run.ts";
import { StepError } from "../shared/step-error.ts";
import { summarize } from "../shared/summary.ts";
import { hasMessage, readPayload, writePayload } from "./payload.ts";

/** Zekt's answer to a confirm. */
interface Confirmed {
  deliveryId: string;
  status: string;
  confirmedAt: string;
  confirmationAttempts: number;
  duplicate: boolean;
}

void run(async () => {
  const privateKey = getInput("private-key");
  // Line by line, as the runner takes it; of a JWK over several lines some would hide every brace of the log.
  if (privateKey && !/^\s*\{.*\n/.test(privateKey)) setSecret(privateKey);
  const onDuplicate = getInput("on-duplicate") || "continue";
  if (!["continue", "skip", "fail"].includes(onDuplicate)) {
    throw new StepError(`on-duplicate must be continue, skip or fail, not ${onDuplicate}.`);
  }
  const audience = getInput("audience");
  const called = await callZekt({
    method: "POST",
    path: "/event-delivery/confirm",
    body: namedDelivery(),
    audience,
  });
  const { deliveryId, status, duplicate } = jsonOf<Confirmed>(called, "deliveryId");
  setOutput("delivery-id", deliveryId);
  setOutput("status", status);
  setOutput("duplicate", duplicate);
  if (duplicate) reportDuplicate(deliveryId, onDuplicate);
  let size = "not handed over";
  if (!duplicate || onDuplicate === "continue") {
    const event = zektEvent();
    const { text, isShielded } = await readPayload(event, deliveryId, audience);
    const payload = isShielded ? await unshield(text, privateKey) : text;
    setOutput("has-message", hasMessage(event, deliveryId));
    setOutput("payload", payload);
    setOutput("payload-path", writePayload(payload, deliveryId));
    size = `${Buffer.byteLength(payload)} bytes${isShielded ? ", decrypted" : ""}`;
  }
  say(`Delivery ${deliveryId} is ${status}; its message: ${size}.`);
  await summarize("Confirmed to Zekt", [
    ["Delivery", deliveryId],
    ["Status", status],
    ["Duplicate", String(duplicate)],
    ["Payload", size],
    ["Attempts", String(called.attempts)],
  ]);
});

/** Decrypts a shielded message. Its part of the action is loaded only here. */
async function unshield(text: string, privateKey: string): Promise<string> {
  if (privateKey === "") {
    throw new StepError(
      "The message is shielded, and nothing says how to read it: give the step the input private-key, from a secret of this repository.",
    );
  }
  const { decrypt } = await import("./unshield.ts");
  return await decrypt(text, privateKey, setSecret);
}

function reportDuplicate(deliveryId: string, onDuplicate: string): void {
  const told = oneLine(`Another run of this workflow has delivery ${deliveryId} already.`);
  if (onDuplicate === "fail") throw new StepError(told);
  notice(
    onDuplicate === "skip" ? `${told} Guard the steps that follow by its output duplicate != 'true'.` : told,
  );
}
