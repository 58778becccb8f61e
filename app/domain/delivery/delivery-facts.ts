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

const failedCounts = ({ failure }: Delivery): Counts => ({
  "health:failed": 1,
  ...(failure === null ? {} : { [endedKind(failure)]: 1 }),
});

/** Returns the counts of a durable delivery in its connection's health: whatever is true of it by now, and stays so. */
function durableCounts(delivery: Delivery): Counts {
  const { status, confirmedAt } = delivery;
  const late: Counts = confirmedAt === null ? {} : { "health:failedAfterConfirm": 1 };
  return {
    "health:total": 1,
    ...(confirmedAt === null ? {} : { "health:confirmed": 1 }),
    ...(status === "Completed" ? { "health:completed": 1 } : {}),
    ...(status === "Failed" ? { ...failedCounts(delivery), ...late } : {}),
  };
}

type Kept = [kind: string, counts: Counts][];

/** Returns the counts of a default delivery in its connection's health: its dispatch, and a failure that may follow. */
function defaultCounts(delivery: Delivery): Kept {
  if (!delivery.isFinalized) return [];
  const isDispatched = delivery.dispatchedAt !== null;
  const dispatched: Counts = isDispatched ? { "health:dispatchedByDefault": 1 } : {};
  const kept: Kept = [["default", { "health:total": 1, ...dispatched }]];
  // Its run may have said so after GitHub took it, which stays true.
  const late: Counts = isDispatched ? { "health:failedAfterDispatch": 1 } : {};
  if (delivery.status === "Failed") kept.push(["failed", { ...failedCounts(delivery), ...late }]);
  return kept;
}

/**
 * Returns a delivery's share in its connection's health, counted in the hour in which it was made: those facts that
 * were not true `before`. What is known of a durable delivery is one fact that grows: a writer that knows less of it
 * takes nothing away. A default one's facts never change.
 */
function healthFacts(delivery: Delivery, before: Delivery | null): MeterFact[] {
  // A test says how a connection is set up, not how it does.
  if (delivery.isTest) return [];
  const fact = (kind: string, counts: Counts): MeterFact => ({
    scope: connectionScope(delivery.subscriptionId),
    factId: `${delivery.deliveryId}#${kind}`,
    at: delivery.createdAt,
    counts,
  });
  if (delivery.durable === null) {
    const known = new Set(before ? defaultCounts(before).map(([kind]) => kind) : []);
    return defaultCounts(delivery)
      .filter(([kind]) => !known.has(kind))
      .map(([kind, counts]) => fact(kind, counts));
  }
  const counts = durableCounts(delivery);
  // A delivery that is made counts with its first attempt.
  const isCounted = before !== null && before.status !== "Pending";
  const isNews = !isCounted || Object.keys(durableCounts(before)).length < Object.keys(counts).length;
  return isNews ? [{ ...fact("total", counts), grows: true }] : [];
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
    ...healthFacts(delivery, before),
  ];
}

/**
 * Returns the costs of durable deliveries to each consumer's owner: one more delivery, and its payload, stored for
 * repeats. `bytes` holds the size of each archived payload by its key; `at` is the event's moment.
 */
export const durableFacts = (
  deliveries: readonly Delivery[],
  bytes: ReadonlyMap<string, number>,
  at: string,
): MeterFact[] =>
  deliveries
    .filter(({ durable }) => durable !== null)
    .map(({ deliveryId, consumerOwnerId, archiveKey }) => ({
      scope: `owner#${consumerOwnerId}`,
      factId: `${deliveryId}#durable`,
      at,
      counts: { durableDeliveries: 1, durableArchivedBytes: bytes.get(archiveKey) ?? 0 },
    }));
