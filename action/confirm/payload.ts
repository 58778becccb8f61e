import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { callZekt } from "../shared/api.ts";
import type { ZektEvent } from "../shared/delivery.ts";
import { StepError } from "../shared/step-error.ts";

/**
 * The message of a delivery: what travelled in the event, or what its `payloadRef` is redeemed for,
 * checked byte by byte. Null for an event alone.
 */
export async function readPayload(
  event: ZektEvent,
  deliveryId: string,
  audience: string,
): Promise<string | null> {
  if (!event.payloadRef) return event.payload == null ? null : JSON.stringify(event.payload);
  const { size, sha256 } = event.payloadRef;
  const { answer } = await callZekt({
    method: "GET",
    path: `/event-delivery/${encodeURIComponent(deliveryId)}/payload`,
    audience,
  });
  const actual = createHash("sha256").update(answer.body).digest("hex");
  if (actual !== sha256 || answer.body.length !== size) {
    throw new StepError(
      `The message is not the one announced: ${answer.body.length} bytes with sha256 ${actual}, not ${size} with ${sha256}.`,
    );
  }
  return answer.body.toString("utf8");
}

/** Writes the message to a file of this job's own. */
export function writePayload(text: string, deliveryId: string): string {
  const path = join(process.env.RUNNER_TEMP ?? ".", `zekt-${deliveryId.replace(/[^\w-]/g, "")}.json`);
  writeFileSync(path, text);
  return path;
}
