import { attemptKind, endedKind } from "../insight/diagnostics.ts";
import type { Attempt, Delivery } from "../records/delivery.ts";
import type { Counts, MeterFact } from "../records/meter-fact.ts";

const runMs = (attempt: Attempt): number =>
  attempt.endedAt === null ? 0 : Math.max(0, Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt));

/** Under which a connection's figures are kept. */
export const connectionScope = (subscriptionId: string): string => `connection#${subscriptionId}`;

/** Returns the cost of an attempt for the consumer's owner, against whose installation GitHub counts it. */
function attemptFact(delivery: Delivery, attempt: Attempt): MeterFact {
  const ms = runMs(attempt);
  const counts: Counts = { dispatches: 1, githubRequests: 1, runMs: ms };
  if (delivery.durable !== null) {
    Object.assign(counts, { durableDispatches: 1, durableGithubRequests: 1, durableRunMs: ms });
  }
  return {
    scope: `owner#${delivery.consumerOwnerId}`,
    factId: `${delivery.deliveryId}#${attempt.number}`,
    at: attempt.startedAt,
    counts,
  };
}

/** Returns a fact for each failed attempt, whatever came after it. */
const failedAttemptFacts = (delivery: Delivery): MeterFact[] =>
  delivery.attempts.flatMap(({ number, startedAt, failure }) =>
    failure === null
      ? []
      : {
          scope: connectionScope(delivery.subscriptionId),
          factId: `${delivery.deliveryId}#attempt-${number}`,
          at: startedAt,
          counts: { [attemptKind(failure)]: 1 },
        },
  );

/**
 * Returns a delivery's share in its connection's health. Each thing that can be true of it is a fact of its own and
 * is never withdrawn. Writers that overtake one another do no harm. All facts count in the hour in which the delivery
 * was made.
 */
function healthFacts(delivery: Delivery): MeterFact[] {
  // A test says how a connection is set up, not how it does.
  if (delivery.isTest) return [];
  const fact = (kind: string, counts: Counts): MeterFact => ({
    scope: connectionScope(delivery.subscriptionId),
    factId: `${delivery.deliveryId}#${kind}`,
    at: delivery.createdAt,
    counts,
  });
  const facts: MeterFact[] = failedAttemptFacts(delivery);
  const failed: Counts = {
    "health:failed": 1,
    ...(delivery.failure === null ? {} : { [endedKind(delivery.failure)]: 1 }),
  };
  if (delivery.durable === null) {
    if (!delivery.isFinalized) return facts;
    facts.push(fact("default", { "health:total": 1 }));
    const isDispatched = delivery.dispatchedAt !== null;
    if (isDispatched) facts.push(fact("dispatched", { "health:dispatchedByDefault": 1 }));
    if (delivery.status !== "Failed") return facts;
    facts.push(fact("failed", failed));
    // Its run may have said so after GitHub took it, which stays true.
    if (isDispatched) facts.push(fact("failed-later", { "health:failedAfterDispatch": 1 }));
    return facts;
  }
  facts.push(fact("total", { "health:total": 1 }));
  if (delivery.confirmedAt !== null) facts.push(fact("confirmed", { "health:confirmed": 1 }));
  if (delivery.status === "Completed") facts.push(fact("completed", { "health:completed": 1 }));
  if (delivery.status === "Failed") {
    const late: Counts = delivery.confirmedAt === null ? {} : { "health:failedAfterConfirm": 1 };
    facts.push(fact("failed", { ...failed, ...late }));
  }
  return facts;
}

/** Every fact that a delivery, as it is now, has come to. Writing them again changes nothing. */
export const deliveryFacts = (delivery: Delivery): MeterFact[] => [
  ...delivery.attempts
    .filter(({ outcome }) => outcome !== "leased")
    .map((attempt) => attemptFact(delivery, attempt)),
  ...healthFacts(delivery),
];
