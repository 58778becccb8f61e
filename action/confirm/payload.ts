import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Called, callZekt } from "../shared/api.ts";
import type { ZektEvent } from "../shared/delivery.ts";
import { StepError } from "../shared/step-error.ts";

type PayloadRef = NonNullable<ZektEvent["payloadRef"]>;

/** The message of a delivery as JSON, encrypted or not. */
export interface Payload {
  text: string;
  isShielded: boolean;
}

/**
 * Returns the message of a delivery as JSON: from the event, or redeemed with its `payloadRef` and checked byte by
 * byte. `null` for an event alone.
 *
 * @throws StepError where what Zekt hands over is not what it announced
 */
export async function readPayload(event: ZektEvent, deliveryId: string, audience: string): Promise<Payload> {
  const own = event.deliveryId === deliveryId;
  // Of another delivery than the one that started this run, the event says nothing.
  const isShielded = own && event.shielded === true;
  if (own && !event.payloadRef) return { text: JSON.stringify(event.payload ?? null), isShielded };
  const called = await callZekt({
    method: "GET",
    path: `/event-delivery/${encodeURIComponent(deliveryId)}/payload`,
    audience,
  });
  const text = checkPayload(called, own ? (event.payloadRef ?? null) : null);
  return { text, isShielded: isShielded || called.answer.headers["x-zekt-shielded"] === "true" };
}

/** Returns whether a delivery has a message, were it `null`; one that the event says nothing of was redeemed. */
export const hasMessage = (event: ZektEvent, deliveryId: string): boolean =>
  event.deliveryId !== deliveryId ||
  (event.hasMessage ?? ((event.payload ?? null) !== null || !!event.payloadRef));

/**
 * Checks a message by what was announced in the event, if it was, and by the hash it comes with.
 *
 * @throws StepError where one of them does not fit
 */
export function checkPayload(
  { host, answer }: Pick<Called, "host" | "answer">,
  ref: PayloadRef | null,
): string {
  const size = answer.body.length;
  const sha256 = createHash("sha256").update(answer.body).digest("hex");
  const announced = [ref?.sha256, answer.headers["x-zekt-sha256"]].filter((hash) => hash !== undefined);
  const other = announced.find((hash) => hash !== sha256);
  if (announced.length === 0 || other !== undefined) {
    throw new StepError(
      `The message from ${host} is not the one announced: its sha256 is ${sha256}, not ${other ?? "told"}.`,
    );
  }
  if (ref && size !== ref.size) {
    throw new StepError(
      `The message from ${host} is not the one announced: it has ${size} bytes, not ${ref.size}.`,
    );
  }
  return answer.body.toString("utf8");
}

/** Writes the message to a file that the runner removes after the job; returns its path. */
export function writePayload(text: string, deliveryId: string): string {
  const path = join(process.env.RUNNER_TEMP ?? tmpdir(), `zekt-${deliveryId.replace(/[^\w-]/g, "")}.json`);
  writeFileSync(path, text);
  return path;
}
