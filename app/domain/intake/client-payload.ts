import { formatOf } from "../delivery/start.ts";
import { MAX_CLIENT_PAYLOAD_BYTES, MAX_INPUTS_BYTES } from "../limits.ts";
import type { ArchivedPayload } from "../records/archived-payload.ts";
import type { Delivery } from "../records/delivery.ts";
import type { RunFacts } from "../records/event.ts";
import { type CloudEvent, cloudEventOf } from "./cloud-event.ts";
import { pickRunFields } from "./event.ts";
import { parseExactly } from "./json-text.ts";

/** The `github.event.client_payload` that a consumer's workflow reads. */
export interface ClientPayload {
  eventType: string;
  zekt: Record<string, unknown> & { payload: unknown; payloadRef: { size: number; sha256: string } | null };
  workflow_run: Partial<RunFacts>;
  /** There only where the subscription wants CloudEvents. */
  cloudevent?: CloudEvent;
}

/**
 * Builds a delivery's `client_payload`. A message that would exceed GitHub's limit stays behind and is announced by
 * size and hash. The payload endpoint redeems its `payloadRef`. It is announced, too, where GitHub's runner rounds a
 * number of the message: what is redeemed is exact. A message that fits once but not twice travels in the CloudEvent.
 * https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
 */
export const clientPayload = (
  delivery: ShownDelivery,
  joint: Readonly<ArchivedPayload>,
  attempt: PayloadAttempt,
): ClientPayload =>
  largestFitting(
    delivery,
    joint,
    attempt,
    (whole) => Buffer.byteLength(JSON.stringify(whole)) <= MAX_CLIENT_PAYLOAD_BYTES,
  );

/**
 * Builds the inputs of a delivery's `workflow_dispatch`: one, which is the JSON of what a `client_payload`
 * would be. A workflow reads it by `fromJSON(inputs.zekt)`.
 */
export function workflowInputs(
  delivery: ShownDelivery,
  joint: Readonly<ArchivedPayload>,
  attempt: PayloadAttempt,
): { zekt: string } {
  const inputsOf = (payload: ClientPayload) => ({ zekt: JSON.stringify(payload) });
  // The JSON is a text within JSON, whose quotes count twice.
  const fits = (whole: ClientPayload): boolean =>
    Buffer.byteLength(JSON.stringify(inputsOf(whole))) <= MAX_INPUTS_BYTES;
  return inputsOf(largestFitting(delivery, joint, attempt, fits));
}

/** The fields of a delivery that its `client_payload` shows. */
export type ShownDelivery = Pick<
  Delivery,
  | "eventType"
  | "correlationId"
  | "deliveryId"
  | "source"
  | "messageAttempt"
  | "shield"
  | "replayOf"
  | "durable"
  | "isTest"
  | "trace"
  | "createdAt"
  | "format"
>;

/** The attempt that a payload travels with. */
interface PayloadAttempt {
  number: number;
  possibleDuplicate: boolean;
  /** The trace that the consumer's own spans may join; absent where none is made. */
  traceparent?: string;
}

function largestFitting(
  delivery: ShownDelivery,
  joint: Readonly<ArchivedPayload>,
  attempt: PayloadAttempt,
  fits: (whole: ClientPayload) => boolean,
): ClientPayload {
  const isCloudEvent = formatOf(delivery) === "cloudevents";
  const clientPayloadOf = (
    payload: unknown,
    payloadRef: ClientPayload["zekt"]["payloadRef"],
    data: { data?: unknown } = {},
  ): ClientPayload => ({
    eventType: delivery.eventType,
    zekt: {
      correlationId: delivery.correlationId,
      deliveryId: delivery.deliveryId,
      eventType: delivery.eventType,
      sourceRepo: delivery.source.repo,
      service: { slug: delivery.source.slug, provider: delivery.source.provider },
      attempt: attempt.number,
      messageAttempt: delivery.messageAttempt,
      isReplay: delivery.replayOf !== null,
      replayOf: delivery.replayOf,
      durable: delivery.durable !== null,
      ...(delivery.isTest ? { isTest: true } : {}),
      ...(attempt.possibleDuplicate ? { possibleDuplicate: true } : {}),
      hasMessage: joint.body !== null,
      ...(delivery.shield ? { shielded: true } : {}),
      payload,
      payloadRef,
      trace: delivery.trace,
      ...(attempt.traceparent === undefined ? {} : { traceparent: attempt.traceparent }),
    },
    workflow_run: pickRunFields(joint.run, delivery.source.runFields),
    ...(isCloudEvent ? { cloudevent: cloudEventOf(delivery, joint, data) } : {}),
  });
  if (joint.body === null) return clientPayloadOf(null, null);
  const ref = { size: joint.size, sha256: joint.sha256 as string };
  const { value, exactness } = parseExactly(joint.body);
  if (exactness === "infinite") return clientPayloadOf(null, ref);
  const whole = clientPayloadOf(value, exactness === "exact" ? null : ref, { data: value });
  if (fits(whole)) return whole;
  const once = isCloudEvent ? clientPayloadOf(null, ref, { data: value }) : null;
  return once && fits(once) ? once : clientPayloadOf(null, ref);
}
