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
  /** True where the payload is encrypted. */
  shielded?: boolean;
  payloadRef?: { size: number; sha256: string } | null;
}

/** The fields by which Zekt identifies a delivery. */
export interface NamedDelivery {
  correlationId: string;
  deliveryId?: string;
}

/** The envelope in which Zekt sends a run its delivery. */
interface Envelope {
  zekt?: ZektEvent;
}

/** Returns the event's part of Zekt, by whichever dispatch it came; empty where something else started the run. */
export const zektEvent = (): ZektEvent =>
  ((context.payload.client_payload as Envelope | undefined) ?? envelopeOfInputs())?.zekt ?? {};

/** Reads the one input by which a `workflow_dispatch` carries what Zekt sends. */
function envelopeOfInputs(): Envelope | undefined {
  const text = (context.payload.inputs as { zekt?: unknown } | null | undefined)?.zekt;
  if (typeof text !== "string" || text === "") return undefined;
  try {
    return (JSON.parse(text) as Envelope | null) ?? undefined;
  } catch {
    throw new StepError("The input zekt is no JSON, so that it is not what Zekt sent.");
  }
}

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
      "Nothing says which delivery this is: the run was not started by Zekt, and the input correlation-id is not set.",
    );
  }
  const own = correlationId === event.correlationId ? event.deliveryId : undefined;
  const deliveryId = given.deliveryId || own;
  return { correlationId, ...(deliveryId ? { deliveryId } : {}) };
}
