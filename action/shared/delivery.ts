import { getInput } from "@actions/core";
import { context } from "@actions/github";
import { StepError } from "./step-error.ts";

/** The fields that Zekt put into the event that started this run. */
export interface ZektEvent {
  correlationId?: string;
  deliveryId?: string;
  /** Left out by a Zekt that does not say so. */
  hasMessage?: boolean;
  payload?: unknown;
  payloadRef?: { size: number; sha256: string } | null;
}

/** The fields by which Zekt identifies a delivery. */
export interface NamedDelivery {
  correlationId: string;
  deliveryId?: string;
}

/** The event's part of Zekt; empty where something else started the run. */
export const zektEvent = (): ZektEvent =>
  (context.payload.client_payload as { zekt?: ZektEvent } | undefined)?.zekt ?? {};

/** The delivery that the inputs name, else the event's. */
export const namedDelivery = (): NamedDelivery =>
  nameDelivery(
    { correlationId: getInput("correlation-id"), deliveryId: getInput("delivery-id") },
    zektEvent(),
  );

/**
 * Names a delivery by what is given, else by the event. Of another provider run than the event's, the
 * event says nothing.
 *
 * @throws StepError where neither says which
 */
export function nameDelivery(
  given: { correlationId: string; deliveryId: string },
  event: ZektEvent,
): NamedDelivery {
  const correlationId = given.correlationId || event.correlationId;
  if (!correlationId) {
    throw new StepError(
      "Nothing says which delivery this is: the run was not started by Zekt's repository_dispatch, and the input correlation-id is not set.",
    );
  }
  const own = correlationId === event.correlationId ? event.deliveryId : undefined;
  const deliveryId = given.deliveryId || own;
  return { correlationId, ...(deliveryId ? { deliveryId } : {}) };
}
