import { getInput } from "@actions/core";
import { context } from "@actions/github";
import { StepError } from "./step-error.ts";

/** What Zekt put into the event that started this run. */
export interface ZektEvent {
  correlationId?: string;
  deliveryId?: string;
  payload?: unknown;
  payloadRef?: { size: number; sha256: string } | null;
}

/** The event's part of Zekt; empty where something else started the run. */
export const zektEvent = (): ZektEvent =>
  (context.payload.client_payload as { zekt?: ZektEvent } | undefined)?.zekt ?? {};

/** Names the delivery: by the inputs, else by the event. */
export function namedDelivery(): { correlationId: string; deliveryId?: string } {
  const event = zektEvent();
  const correlationId = getInput("correlation-id") || event.correlationId;
  const deliveryId = getInput("delivery-id") || (getInput("correlation-id") ? undefined : event.deliveryId);
  if (!correlationId) {
    throw new StepError(
      "Nothing says which delivery this is: the run was not started by Zekt's repository_dispatch, and correlation-id is not set.",
    );
  }
  return { correlationId, ...(deliveryId ? { deliveryId } : {}) };
}
