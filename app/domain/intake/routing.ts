import { iso, MINUTE } from "../clock.ts";
import { startFields } from "../delivery/start.ts";
import { deliveryIdOf } from "../ids.ts";
import type { Delivery } from "../records/delivery.ts";
import type { WorkflowEvent } from "../records/event.ts";
import type { Plan } from "../records/routing-plan.ts";
import type { EventPart } from "./event.ts";
import { letsThrough } from "./policy.ts";

/** The time that a new delivery's queue message may take before the sweep enqueues it again. */
const QUEUE_TIME = 2 * MINUTE;

/** Where the joined payload of an event and a message is archived: one object for all its deliveries. */
export const archiveKeyOf = (event: WorkflowEvent, { message }: EventPart): string =>
  `events/${event.repositoryId}/${event.runId}/${event.eventId}/${message?.messageId ?? "event"}.json`;

/** Says of a delivery whether its message is encrypted, and to its consumer. */
function shieldOf({ message }: EventPart, consumerRepositoryId: string): Pick<Delivery, "shield"> {
  if (!message?.shieldedFor) return {};
  return { shield: message.shieldedFor.includes(consumerRepositoryId) ? "recipient" : "late" };
}

/** Every delivery that a plan asks for of what was joined; pure, so that asking again gives the same. */
export function deliveriesOf(
  event: WorkflowEvent & { ownerId: string },
  plan: Plan,
  joined: readonly EventPart[],
  now: number,
): Delivery[] {
  const deliveries: Delivery[] = [];
  for (const one of joined) {
    for (const service of plan.services) {
      if (!letsThrough(service.eventTypes, one.eventType)) continue;
      for (const recipient of service.recipients) {
        if (!letsThrough(recipient.eventTypes, one.eventType)) continue;
        deliveries.push({
          deliveryId: deliveryIdOf(event.eventId, one.message?.messageId ?? null, recipient.subscriptionId),
          eventId: event.eventId,
          messageId: one.message?.messageId ?? null,
          isTest: event.test !== undefined,
          subscriptionId: recipient.subscriptionId,
          correlationId: event.runId,
          eventType: one.eventType,
          providerRepositoryId: event.repositoryId,
          providerOwnerId: event.ownerId,
          consumerRepositoryId: recipient.consumerRepositoryId,
          consumerOwnerId: recipient.consumerOwnerId,
          workflow: recipient.workflow,
          source: service.source,
          messageAttempt: one.message?.runAttempt ?? null,
          ...shieldOf(one, recipient.consumerRepositoryId),
          archiveKey: archiveKeyOf(event, one),
          trace: plan.trace,
          durable: recipient.durable,
          ...startFields(recipient),
          status: "Pending",
          isFinalized: false,
          attempts: [],
          owners: {},
          firstOwner: null,
          confirmationAttempts: 0,
          ambiguousRuns: [],
          releasedRuns: [],
          failure: null,
          replayOf: null,
          replayedBy: null,
          runEndedAt: event.run.updated_at,
          createdAt: iso(now),
          dispatchedAt: null,
          confirmedAt: null,
          completedAt: null,
          conclusion: null,
          dueFor: "dispatch",
          notBefore: null,
          slotAt: null,
          parkedAt: null,
          dueAt: iso(now + QUEUE_TIME),
          version: 1,
        });
      }
    }
  }
  return deliveries;
}
