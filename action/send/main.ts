import { randomUUID } from "node:crypto";
import { getInput, setOutput, warning } from "@actions/core";
import { context } from "@actions/github";
import { callZekt, jsonOf } from "../shared/api.ts";
import { oneLine, say } from "../shared/one-line.ts";
import { run } from "../shared/run.ts";
import { summarize } from "../shared/summary.ts";
import { checkEventType, readMessage, readShield } from "./message.ts";
import { shieldMessage } from "./shielded.ts";

/** Zekt's answer to a message. */
interface Received {
  eventId: string;
  consumersNotified: number;
  message: string;
  /** Why nothing of it would leave; left out by a Zekt that does not say so. */
  blocked?: string | null;
  /** Where credentials were masked; left out by a Zekt that does not look for them. */
  masked?: readonly string[];
  /** Faults by the event type's schema; left out by a Zekt that has none. */
  warnings?: readonly object[];
}

/** The inputs of this action that other actions of the family do not have. */
const OWN = ["shield"];

void run(async () => {
  const eventType = checkEventType(getInput("event-type", { required: true }));
  const shield = readShield(getInput("shield"));
  const file = getInput("payload-file");
  const { json, bytes } = readMessage(getInput("payload"), file);
  // Such as the output of a step by an id that no step has: the reader of an empty message would wonder. Left out it is {}.
  if (getInput("payload") === "" && file === "") warning("payload is empty, so {} is sent.");
  const shielded = shield ? await shieldMessage(eventType, json) : null;
  if (shielded && "nobody" in shielded) return reportNobody(eventType, shielded.nobody);
  const repository = `${context.repo.owner}/${context.repo.repo}`;
  const called = await callZekt({
    method: "POST",
    path: "/events/receive",
    // The same for every attempt of this step, so that a repeated request is one message.
    headers: { "idempotency-key": randomUUID(), "x-github-repository": repository },
    body: {
      eventType,
      repository,
      workflowRunId: String(context.runId),
      triggeredBy: context.actor,
      commitSha: context.sha,
      ref: context.ref,
      workflow: context.workflow,
      timestamp: new Date().toISOString(),
      ...(shielded ? { shielded: true, checked: shielded.checked } : {}),
    },
    payload: shielded?.payload ?? json,
  });
  const received = jsonOf<Received>(called, "eventId");
  setOutput("event-id", received.eventId);
  setOutput("status", "success");
  setOutput("consumers-notified", received.consumersNotified);
  const size = shielded
    ? `${bytes} bytes, encrypted to ${shielded.keys} key${shielded.keys === 1 ? "" : "s"}`
    : `${bytes} bytes`;
  say(`Sent ${eventType} (${size}) as ${received.eventId}: ${received.message}`);
  const { blocked, masked = [], warnings = [] } = received;
  if (blocked || masked.length > 0 || warnings.length > 0) warning(oneLine(received.message));
  await summarize("Sent to Zekt", [
    ["Event type", eventType],
    ["Event id", received.eventId],
    ["Consumers", String(received.consumersNotified)],
    ["Payload", size],
    ["Attempts", String(called.attempts)],
  ]);
}, OWN);

/** Says that a message was not sent, as nobody could ever read it: who subscribes later is no recipient. */
function reportNobody(eventType: string, why: string): void {
  setOutput("status", "success");
  setOutput("consumers-notified", 0);
  warning(oneLine(`${eventType} was not sent: a shielded message is for those who would get it, and ${why}`));
}
