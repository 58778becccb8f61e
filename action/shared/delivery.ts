import { existsSync } from "node:fs";
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

/** Returns the delivery that the inputs name, else the event's. */
export function namedDelivery(): NamedDelivery {
  const event = zektEvent();
  return nameDelivery(
    { correlationId: getInput("correlation-id"), deliveryId: getInput("delivery-id") },
    event.correlationId === undefined ? idsOf(getInput("event-ids")) : event,
    missingEvent(),
  );
}

/**
 * Reads the ids of the event as the runner's own context has them, with a blank between them. A runner may leave its
 * job's container without the event's file.
 */
function idsOf(text: string): ZektEvent {
  const [correlationId, deliveryId] = text.split(" ");
  return correlationId && deliveryId ? { correlationId, deliveryId } : {};
}

/**
 * Returns the path of the event's file where the runner names one that is not there; null otherwise.
 * https://github.com/actions/runner-container-hooks/issues/286
 */
function missingEvent(): string | null {
  const path = process.env.GITHUB_EVENT_PATH;
  return path && !existsSync(path) ? path : null;
}

/**
 * Names a delivery by what is given, else by the event. Of another provider run than the event's, the
 * event says nothing.
 *
 * @param missing - the path of the event's file, where that is not there
 * @throws StepError where neither says which
 */
export function nameDelivery(
  given: { correlationId: string; deliveryId: string },
  event: ZektEvent,
  missing: string | null = null,
): NamedDelivery {
  const correlationId = given.correlationId || event.correlationId;
  if (!correlationId) {
    const why = missing
      ? `this runner gives the step no event, as ${missing} is not there`
      : "the run was not started by Zekt";
    throw new StepError(
      `Nothing says which delivery this is: ${why}, and the input correlation-id is not set.`,
    );
  }
  const own = correlationId === event.correlationId ? event.deliveryId : undefined;
  const deliveryId = given.deliveryId || own;
  return { correlationId, ...(deliveryId ? { deliveryId } : {}) };
}
