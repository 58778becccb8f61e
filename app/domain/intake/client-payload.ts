import { MAX_CLIENT_PAYLOAD_BYTES } from "../limits.ts";
import type { ArchivedPayload } from "../records/archived-payload.ts";
import type { Delivery } from "../records/delivery.ts";
import type { RunFacts } from "../records/event.ts";
import { pickRunFields } from "./run-fields.ts";

/** What a consumer's workflow reads at `github.event.client_payload`. */
export interface ClientPayload {
  eventType: string;
  zekt: Record<string, unknown> & { payload: unknown; payloadRef: { size: number; sha256: string } | null };
  workflow_run: Partial<RunFacts>;
}

/**
 * Builds a delivery's `client_payload`. A message that would take it over GitHub's limit stays
 * behind and is announced by size and hash instead; `payloadRef` is redeemed at the payload endpoint.
 * https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
 */
export function clientPayload(
  delivery: Delivery,
  joint: ArchivedPayload,
  attempt: { number: number; possibleDuplicate: boolean },
): ClientPayload {
  const payload = (body: string | null, payloadRef: ClientPayload["zekt"]["payloadRef"]): ClientPayload => ({
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
      payload: body === null ? null : JSON.parse(body),
      payloadRef,
      trace: delivery.trace,
    },
    workflow_run: pickRunFields(joint.run, delivery.source.runFields),
  });
  const whole = payload(joint.body, null);
  if (joint.body === null || Buffer.byteLength(JSON.stringify(whole)) <= MAX_CLIENT_PAYLOAD_BYTES)
    return whole;
  return payload(null, { size: joint.size, sha256: joint.sha256 as string });
}
