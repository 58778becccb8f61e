import type { Delivery, Failure } from "../records/delivery.ts";

type ConsumersOwn = "owners" | "firstOwner" | "workflow" | "ref";
type ProvidersOwn = "providerRepositoryId" | "providerOwnerId" | "eventId" | "messageId" | "archiveKey";

const withoutReason = (failure: Failure | null) =>
  failure && { stage: failure.stage, kind: failure.kind, status: failure.status };

/** A delivery as its provider may keep it: without the consumer's runs and what went wrong there. */
export function providersShare(delivery: Delivery) {
  const {
    owners: _,
    firstOwner: __,
    workflow: ___,
    ref: ____,
    ...rest
  }: Delivery & { [name in ConsumersOwn]?: unknown } = delivery;
  return {
    ...rest,
    failure: withoutReason(delivery.failure),
    attempts: delivery.attempts.map(({ holder: _, runId: __, response: ___, failure, ...attempt }) => ({
      ...attempt,
      failure: withoutReason(failure),
    })),
  };
}

/** A delivery as its consumer may keep it: without what would name a provider behind an alias. */
export function consumersShare(delivery: Delivery) {
  const {
    providerRepositoryId: _,
    providerOwnerId: __,
    eventId: ___,
    messageId: ____,
    archiveKey: _____,
    ...rest
  }: Delivery & Record<ProvidersOwn, unknown> = delivery;
  return { ...rest, attempts: delivery.attempts.map(({ holder: _, ...attempt }) => attempt) };
}
