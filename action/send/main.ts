import { randomUUID } from "node:crypto";
import { getInput, info, setOutput } from "@actions/core";
import { context } from "@actions/github";
import { callZekt, jsonOf } from "../shared/api.ts";
import { run, summarize } from "../shared/run.ts";
import { checkEventType, readMessage } from "./message.ts";

/** What Zekt answers to a message. */
interface Received {
  eventId: string;
  consumersNotified: number;
  message: string;
}

await run(
  async () => {
    const eventType = checkEventType(getInput("event-type", { required: true }));
    const { payload, bytes } = readMessage(getInput("payload"), getInput("payload-file"));
    const repository = process.env.GITHUB_REPOSITORY ?? "";
    const { answer, attempts } = await callZekt({
      method: "POST",
      path: "/events/receive",
      // The same for every attempt of this step, so that a repeated request is one message.
      headers: { "idempotency-key": randomUUID(), "x-github-repository": repository },
      body: {
        eventType,
        repository,
        workflowRunId: process.env.GITHUB_RUN_ID,
        triggeredBy: context.actor,
        commitSha: context.sha,
        ref: context.ref,
        workflow: context.workflow,
        payload,
        timestamp: new Date().toISOString(),
      },
    });
    const received = jsonOf<Received>(answer);
    setOutput("event-id", received.eventId);
    setOutput("status", "success");
    setOutput("consumers-notified", received.consumersNotified);
    info(`${eventType} (${bytes} bytes): ${received.message}`);
    await summarize("Sent to Zekt", [
      ["Event type", eventType],
      ["Event id", received.eventId],
      ["Consumers", String(received.consumersNotified)],
      ["Payload", `${bytes} bytes`],
      ["Attempts", String(attempts)],
    ]);
  },
  () => setOutput("status", "failed"),
);
