import { createHash } from "node:crypto";

/** A piece of work in a trace. Moments are in milliseconds since the epoch. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  kind: "internal" | "server" | "client" | "consumer";
  start: number;
  end: number;
  attributes: Readonly<Record<string, string | number | boolean>>;
  /** Says what went wrong; absent where nothing did. */
  error?: string;
}

/** Receives spans, to be exported later. */
export interface Traces {
  record(span: Span): void;
}

const hexOf = (text: string, bytes: number): string =>
  createHash("sha256")
    .update(text)
    .digest("hex")
    .slice(0, 2 * bytes);

/** Returns the trace of an event and all that comes of it. The event's id says it, so that nothing is stored for it. */
export const traceIdOf = (eventId: string): string => hexOf(`trace ${eventId}`, 16);

/** Returns the span of a webhook's arrival, which begins the trace. */
export const arrivalSpanId = (eventId: string): string => hexOf(`arrival ${eventId}`, 8);

/** Returns the span of an event's routing. */
export const routingSpanId = (eventId: string): string => hexOf(`routing ${eventId}`, 8);

/** Returns the span of an attempt to dispatch a delivery; a consumer's own spans join it. */
export const attemptSpanId = (deliveryId: string, attempt: number): string =>
  hexOf(`attempt ${deliveryId} ${attempt}`, 8);

/** Returns the span of a step that a delivery takes once. */
export const stepSpanId = (deliveryId: string, step: "confirmation" | "completion"): string =>
  hexOf(`${step} ${deliveryId}`, 8);

/**
 * Returns the `traceparent` by which a consumer's spans join the trace of an attempt.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export const traceparentOf = (
  { eventId, deliveryId }: { eventId: string; deliveryId: string },
  attempt: number,
): string => `00-${traceIdOf(eventId)}-${attemptSpanId(deliveryId, attempt)}-01`;
