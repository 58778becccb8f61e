import type { IntakeDeps } from "../../deps.ts";
import type { AttemptAnswer } from "../../domain/delivery/attempt.ts";
import {
  arrivalSpanId,
  attemptSpanId,
  routingSpanId,
  stepSpanId,
  traceIdOf,
  traceparentOf,
} from "../../domain/insight/trace-context.ts";
import type { Attempt, Delivery } from "../../domain/records/delivery.ts";

type TraceDeps = Pick<IntakeDeps, "traces" | "clock">;

/** Returns an attempt as its payload shows it: with the trace that its consumer may join, where traces are on. */
export const shownAttempt = <A extends Pick<Attempt, "number" | "possibleDuplicate">>(
  { traces }: Pick<TraceDeps, "traces">,
  delivery: Delivery,
  attempt: A,
): A & { traceparent?: string } =>
  traces ? { ...attempt, traceparent: traceparentOf(delivery, attempt.number) } : attempt;

interface TracedEvent {
  eventId: string;
  repositoryId: string;
  runId: string;
}

const runAttributes = ({ repositoryId, runId }: TracedEvent) => ({
  "zekt.provider.repository_id": repositoryId,
  "zekt.correlation_id": runId,
});

/** Records that an event's webhook arrived, which took from `start` until now. */
export function recordArrival({ traces, clock }: TraceDeps, event: TracedEvent, start: number): void {
  traces?.record({
    traceId: traceIdOf(event.eventId),
    spanId: arrivalSpanId(event.eventId),
    parentSpanId: null,
    name: "webhook workflow_run",
    kind: "server",
    start,
    end: clock.now(),
    attributes: runAttributes(event),
  });
}

/** Records that an event was routed, from `start` until now, and how long it had waited in the queue. */
export function recordRouting(
  { traces, clock }: TraceDeps,
  event: TracedEvent & { receivedAt: string },
  start: number,
  deliveries: number,
): void {
  traces?.record({
    traceId: traceIdOf(event.eventId),
    spanId: routingSpanId(event.eventId),
    parentSpanId: arrivalSpanId(event.eventId),
    name: "route event",
    kind: "consumer",
    start,
    end: clock.now(),
    attributes: {
      ...runAttributes(event),
      "zekt.queue_ms": Math.max(0, start - Date.parse(event.receivedAt)),
      "zekt.deliveries": deliveries,
    },
  });
}

const deliveryAttributes = (delivery: Delivery) => ({
  "zekt.delivery_id": delivery.deliveryId,
  "zekt.correlation_id": delivery.correlationId,
  "zekt.event_type": delivery.eventType,
  "zekt.consumer.repository_id": delivery.consumerRepositoryId,
  "zekt.is_replay": delivery.replayOf !== null,
});

/** Records an attempt to dispatch a delivery, which has ended now. */
export function recordAttempt(
  { traces, clock }: TraceDeps,
  delivery: Delivery,
  attempt: Pick<Attempt, "number" | "startedAt">,
  answer: AttemptAnswer,
): void {
  const start = Date.parse(attempt.startedAt);
  traces?.record({
    traceId: traceIdOf(delivery.eventId),
    spanId: attemptSpanId(delivery.deliveryId, attempt.number),
    parentSpanId: routingSpanId(delivery.eventId),
    name: "dispatch delivery",
    kind: "client",
    start,
    end: clock.now(),
    attributes: {
      ...deliveryAttributes(delivery),
      "zekt.attempt": attempt.number,
      "zekt.outcome": answer.outcome,
      "zekt.wait_ms": Math.max(0, start - Date.parse(delivery.createdAt)),
      ...("status" in answer && answer.status !== null ? { "http.response.status_code": answer.status } : {}),
    },
    // The reason may name what is the consumer's alone.
    ...(answer.outcome === "dispatched" ? {} : { error: answer.outcome }),
  });
}

/** Records what a change of a delivery ended: the wait for its confirmation, or for its completion. */
export function recordSteps({ traces }: TraceDeps, before: Delivery, after: Delivery): void {
  if (!traces) return;
  const { deliveryId, dispatchedAt, confirmedAt, completedAt, conclusion } = after;
  const number = after.attempts.at(-1)?.number ?? 1;
  const span = (step: "confirmation" | "completion", name: string, start: string, end: string): void =>
    traces.record({
      traceId: traceIdOf(after.eventId),
      spanId: stepSpanId(deliveryId, step),
      parentSpanId: attemptSpanId(deliveryId, number),
      name,
      kind: "internal",
      start: Date.parse(start),
      end: Date.parse(end),
      attributes: {
        ...deliveryAttributes(after),
        ...(conclusion === null ? {} : { "zekt.conclusion": conclusion }),
      },
      ...(step === "completion" && after.status === "Failed" ? { error: "failed" } : {}),
    });
  if (before.confirmedAt === null && confirmedAt !== null)
    span("confirmation", "wait for confirmation", dispatchedAt ?? confirmedAt, confirmedAt);
  if (before.completedAt === null && completedAt !== null && confirmedAt !== null)
    span("completion", "consumer's run", confirmedAt, completedAt);
}
