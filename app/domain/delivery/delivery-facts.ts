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

/** Returns a fact for each of these attempts that failed, whatever came after it. */
const failedAttemptFacts = (delivery: Delivery, attempts: readonly Attempt[]): MeterFact[] =>
  attempts.flatMap(({ number, startedAt, failure }) =>
    failure === null
      ? []
      : {
          scope: connectionScope(delivery.subscriptionId),
          factId: `${delivery.deliveryId}#attempt-${number}`,
          at: startedAt,
          counts: { [attemptKind(failure)]: 1 },
        },
  );

/** Returns the counts of a delivery in its connection's health: whatever is true of it by now, and stays so. */
function healthCounts(delivery: Delivery): Counts {
  const { durable, status, failure, confirmedAt } = delivery;
  const failed: Counts = {
    "health:failed": 1,
    ...(failure === null ? {} : { [endedKind(failure)]: 1 }),
  };
  if (durable === null) {
    if (!delivery.isFinalized) return {};
    const isDispatched = delivery.dispatchedAt !== null;
    return {
      "health:total": 1,
      ...(isDispatched ? { "health:dispatchedByDefault": 1 } : {}),
      ...(status === "Failed" ? failed : {}),
      // Its run may have said so after GitHub took it, which stays true.
      ...(status === "Failed" && isDispatched ? { "health:failedAfterDispatch": 1 } : {}),
    };
  }
  const late: Counts = confirmedAt === null ? {} : { "health:failedAfterConfirm": 1 };
  return {
    "health:total": 1,
    ...(confirmedAt === null ? {} : { "health:confirmed": 1 }),
    ...(status === "Completed" ? { "health:completed": 1 } : {}),
    ...(status === "Failed" ? { ...failed, ...late } : {}),
  };
}

/**
 * Returns a delivery's share in its connection's health, as one fact of the hour in which it was made. It grows:
 * whoever knows less of it takes nothing away. Nothing where all of it was true `before`.
 */
function healthFact(delivery: Delivery, before: Delivery | null): MeterFact[] {
  const counts = healthCounts(delivery);
  const kinds = Object.keys(counts).length;
  // A test says how a connection is set up, not how it does.
  if (delivery.isTest || kinds === 0) return [];
  // A delivery that is made counts with its first attempt.
  const isCounted = before !== null && before.status !== "Pending";
  if (isCounted && Object.keys(healthCounts(before)).length === kinds) return [];
  const { deliveryId, durable } = delivery;
  return [
    {
      scope: connectionScope(delivery.subscriptionId),
      factId: `${deliveryId}#${durable === null ? "default" : "total"}`,
      at: delivery.createdAt,
      counts,
      grows: true,
    },
  ];
}

const hasEnded = ({ outcome }: Attempt): boolean => outcome !== "leased";

/**
 * Returns the attempts to record since a delivery was as `before`: all of them where one has ended. A crash may have
 * come between an attempt that failed and its fact: the next attempt writes that too, or the delivery's end.
 */
function endedAttempts(delivery: Delivery, before: Delivery | null): readonly Attempt[] {
  const ended = delivery.attempts.filter(hasEnded);
  const sure = before?.attempts.filter((one) => hasEnded(one) && one.outcome !== "unknown") ?? [];
  const known = new Set(sure.map(({ number }) => number));
  const hasMore = ended.some(({ number }) => !known.has(number));
  const isOver = delivery.isFinalized && !before?.isFinalized;
  return hasMore || (isOver && ended.some(({ failure }) => failure !== null)) ? ended : [];
}

/**
 * Returns the facts that a delivery has come to since it was as `before`; all of them where nothing is said of that.
 * Writing them again changes nothing.
 */
export function deliveryFacts(delivery: Delivery, before: Delivery | null = null): MeterFact[] {
  const ended = endedAttempts(delivery, before);
  return [
    ...ended.map((attempt) => attemptFact(delivery, attempt)),
    ...(delivery.isTest ? [] : failedAttemptFacts(delivery, ended)),
    ...healthFact(delivery, before),
  ];
}
