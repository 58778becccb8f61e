import { iso, MINUTE, SECOND, setBackMoment } from "../clock.ts";
import { LEASE } from "../limits.ts";
import type { Attempt, Delivery, Failure, FailureKind, ReceivedResponse } from "../records/delivery.ts";
import { RETRY_SCHEDULE, retryDelay } from "./retry.ts";

/*
 * An attempt in time:
 *
 *   lease ──── POST ──── GitHub's answer ──── record
 *     │                        │                │
 *     └ a crash up to here: was anything sent?  └ from here on it is known
 *
 * A lease whose end comes before its answer therefore says nothing of whether GitHub has the dispatch.
 * It is made once more, for the same delivery, and tells its receiver that it may be the second. Of a
 * default delivery the fifth is the last try, after which nobody knows how it went.
 *
 * Before a durable delivery is sent again so, GitHub is asked twice for the run of the first dispatch:
 *
 *   lease ─── first look (30 s) ─── second look (90 s later) ─── sent again
 *
 * GitHub lists a run some seconds after it took the dispatch, and now and then a minute after.
 */

/** The time from a lease to the first look for the run of a dispatch whose answer is not known. */
const FIRST_LOOK = 30 * SECOND;
/** The time from that look to the second, after which the dispatch is taken for lost. */
const SECOND_LOOK = 90 * SECOND;
const LOOKS = 2;
/** The time between looks while a run that may be its own is alive. */
const WHILE_ALIVE = 1 * MINUTE;

/** The time after which the sweep looks for a due dispatch whose queue message was lost. */
const SWEEP_GRACE = 2 * MINUTE;
/** The longest time from a failure to the moment at which the sweep takes the retry up, and a minute that clocks may differ. */
const LONGEST_RETRY = Math.max(...RETRY_SCHEDULE) + SWEEP_GRACE + MINUTE;
/** A default delivery whose workers die of something else is sent in the end; one that they die of is given up. */
export const DEFAULT_LEASES = 5;

/** Sets a delivery to be dispatched, at once or later. */
export const dispatchAt = (delivery: Delivery, at: number): Delivery => ({
  ...delivery,
  dueFor: "dispatch",
  notBefore: iso(at),
  slotAt: null,
  parkedAt: null,
  dueAt: iso(at + SWEEP_GRACE),
  // Whoever sets it so has worked on it: it does not end its workers.
  ...(delivery.stall ? { stall: { ...delivery.stall, since: null, enqueued: 0 } } : {}),
});

/** Sets a delivery to be dispatched in the slot that its consumer's budget reserved for it. */
export const dispatchInSlot = (delivery: Delivery, slot: number): Delivery => ({
  ...dispatchAt(delivery, slot),
  slotAt: iso(slot),
});

/** A slot is good for so long; a worker that comes later has to ask for another. */
const SLOT_LASTS = 30 * SECOND;

/** Returns whether a delivery's reserved slot has come. */
export const holdsSlot = ({ slotAt }: Delivery, now: number): boolean =>
  slotAt !== null &&
  slotAt !== undefined &&
  now >= Date.parse(slotAt) &&
  now < Date.parse(slotAt) + SLOT_LASTS;

/** Sets a delivery aside until its paused connection resumes. That is no attempt, and it does not age. */
export const park = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  dueFor: "dispatch",
  parkedAt: iso(now),
  notBefore: null,
  slotAt: null,
  dueAt: null,
});

/** The time within which a delivery's end is recorded; after that the sweep does it. */
const RECORD_WITHIN = 2 * MINUTE;

/** Makes a completed delivery due until its figures are recorded, should a crash come before them. */
export const dueUntilRecorded = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  dueAt: iso(now + RECORD_WITHIN),
});

/**
 * Ends a delivery as failed, for good: only a replay makes another of it. It stays due until its figures are
 * recorded and its notice is raised, should a crash come before them.
 */
export const fail = (delivery: Delivery, failure: Failure, now: number): Delivery => ({
  ...delivery,
  status: "Failed",
  isFinalized: true,
  failure,
  completedAt: iso(now),
  dueFor: null,
  notBefore: null,
  parkedAt: null,
  dueAt: iso(now + RECORD_WITHIN),
  ...(delivery.stall ? { stall: null } : {}),
});

/** The failure of a delivery whose payload has left the archive before it was dispatched. */
export const PAYLOAD_GONE: Failure = {
  stage: "before-github",
  kind: "payload",
  status: null,
  reason: "The payload is not archived any more.",
};

const withLast = (delivery: Delivery, change: Partial<Attempt>): Attempt[] => [
  ...delivery.attempts.slice(0, -1),
  { ...(delivery.attempts.at(-1) as Attempt), ...change },
];

/** Sets a delivery aside again that probed its connection and failed of it: like all the waiting, that is no attempt. */
export function parkProbe(delivery: Delivery, number: number, now: number): Delivery | null {
  const last = delivery.attempts.at(-1);
  if (last?.number !== number || last.outcome !== "leased") return null;
  return park({ ...delivery, attempts: delivery.attempts.slice(0, -1) }, now);
}

/** Returns how many of a delivery's attempts are used up: a probe of its paused connection is none. */
export const usedAttempts = ({ attempts }: Pick<Delivery, "attempts">): number =>
  attempts.filter(({ probe }) => !probe).length;

/** Probes kept at most with their delivery, so that it stays small however long its connection is paused. */
const PROBES_KEPT = 20;

const withoutOldProbes = (attempts: readonly Attempt[]): Attempt[] => {
  const probes = attempts.filter(({ probe }) => probe);
  const old = new Set(probes.slice(0, Math.max(0, probes.length - PROBES_KEPT + 1)));
  return attempts.filter((attempt) => !old.has(attempt));
};

export type Start =
  | { go: Delivery; attempt: Attempt }
  /** Not yet; `until` in milliseconds since the epoch. */
  | { wait: number }
  /** First look for a run of the last dispatch, before anything is sent again. */
  | { look: Delivery }
  /** Nothing is to be dispatched, now that the delivery is as given. */
  | { done: Delivery };

/**
 * Leases the next attempt of a delivery to a worker. `isDead` says whether a lease's worker is known to be gone, so
 * that nobody waits for it. With `probe` the attempt probes the delivery's paused connection.
 */
export function startAttempt(
  delivery: Delivery,
  holder: string,
  now: number,
  isDead?: (holder: string) => boolean,
  probe = false,
): Start {
  if (isUncertain(delivery)) {
    const at = Date.parse(delivery.dueAt as string);
    return now < at ? { wait: at } : { look: delivery };
  }
  if (delivery.isFinalized || delivery.dueFor !== "dispatch") return { done: delivery };
  const last = delivery.attempts.at(-1);
  const leased = last?.outcome === "leased";
  if (leased) {
    const until = Date.parse(last.startedAt) + LEASE;
    if (now < until && !isDead?.(last.holder as string)) return { wait: until };
  } else {
    const notBefore = delivery.notBefore === null ? 0 : Date.parse(delivery.notBefore);
    if (now < notBefore) return { wait: notBefore };
  }
  const attempts = leased
    ? withLast(delivery, { outcome: "unknown", holder: null, endedAt: iso(now) })
    : delivery.attempts;
  if (leased && delivery.durable !== null)
    return { look: checkRunsSoon({ ...delivery, attempts }, firstLook(last, now)) };
  if (leased && attempts.length >= DEFAULT_LEASES) {
    return { done: endUncertain({ ...delivery, attempts }, now) };
  }
  if (delivery.durable !== null && usedAttempts(delivery) >= delivery.durable.maxAttempts) {
    return { done: fail({ ...delivery, attempts }, spent(attempts), now) };
  }
  const attempt: Attempt = {
    number: (attempts.at(-1)?.number ?? 0) + 1,
    startedAt: iso(now),
    holder,
    endedAt: null,
    status: null,
    outcome: "leased",
    possibleDuplicate: mayHaveArrived({ ...delivery, attempts }),
    ...(probe ? { probe: true as const } : {}),
    failure: null,
  };
  return {
    go: {
      ...delivery,
      attempts: [...(probe ? withoutOldProbes(attempts) : attempts), attempt],
      dueFor: "dispatch",
      slotAt: null,
      parkedAt: null,
      dueAt: dueInLease(delivery, now),
      ...(delivery.stall ? { stall: null } : {}),
    },
    attempt,
  };
}

/**
 * Returns when the sweep takes a leased delivery up, should its worker die. The time that is set stays where the lease
 * is over by then. Most leases last for milliseconds, and a time that moves costs two writes of the `due` index.
 */
function dueInLease({ dueAt }: Delivery, now: number): string {
  const set = dueAt === null ? 0 : Date.parse(dueAt);
  return set >= now + LEASE && set <= now + SWEEP_GRACE ? iso(set) : iso(now + LEASE);
}

/** Returns whether a dispatch may have arrived: it has no definite refusal, and no run of it is known to have failed. */
export function mayHaveArrived({
  attempts,
  releasedRuns = [],
}: Pick<Delivery, "attempts" | "releasedRuns">): boolean {
  const open = attempts.filter(({ outcome }) => outcome === "unknown" || outcome === "dispatched");
  return open.length > releasedRuns.length;
}

/** The result of an attempt. */
export type AttemptAnswer = (
  | { outcome: "dispatched"; status: number; runId?: string }
  /** `status`: null where it is this machine that has to wait. `isStated`: false where GitHub stated no wait. */
  | { outcome: "limited"; status: number | null; retryAt: number; isStated?: false; reason: string }
  | { outcome: "refused"; status: number | null; kind: FailureKind; reason: string; stage?: Failure["stage"] }
  /** `retryAt`: when GitHub said to come again, in milliseconds since the epoch. */
  | {
      outcome: "failed";
      status: number | null;
      kind: FailureKind;
      reason: string;
      stage?: Failure["stage"];
      retryAt?: number;
    }
  | { outcome: "unknown"; status: number | null; kind: FailureKind; reason: string }
) & { response?: ReceivedResponse };

/**
 * Returns an answer as a delivery takes it. Behind a gateway's error GitHub may have taken the dispatch, so a durable
 * delivery looks for its run. A default one is sent once: its people are notified that it failed, as GitHub said.
 */
export const answerFor = ({ durable }: Delivery, answer: AttemptAnswer): AttemptAnswer =>
  durable === null && answer.outcome === "unknown" && answer.status !== null
    ? { ...answer, outcome: "failed" }
    : answer;

/** Returns the failure of an attempt that did not succeed. */
export const failureOf = (
  answer: Exclude<AttemptAnswer, { outcome: "dispatched" | "limited" }>,
): Failure => ({
  stage: ("stage" in answer ? answer.stage : undefined) ?? "github",
  kind: answer.kind,
  reason: answer.reason,
  status: answer.status,
});

/**
 * Records what attempt `number` came to. Null where that attempt is not the leased one any more:
 * its lease ran out and the answer comes too late to matter.
 */
export function endAttempt(
  delivery: Delivery,
  number: number,
  answer: AttemptAnswer,
  now: number,
  random: () => number,
): Delivery | null {
  const last = delivery.attempts.at(-1);
  if (last?.number !== number || last.outcome !== "leased") return null;
  // A run of the consumer's confirmed it before the answer was in: then that is how it goes on.
  const movedOn = delivery.dueFor !== "dispatch";
  if (answer.outcome === "limited") {
    // GitHub only asked for patience, so the number is given back.
    const unattempted = { ...delivery, attempts: delivery.attempts.slice(0, -1) };
    return movedOn ? unattempted : dispatchAt(unattempted, answer.retryAt);
  }
  const { response } = answer;
  const ended = {
    holder: null,
    endedAt: iso(now),
    status: answer.status,
    ...(response === undefined ? {} : { response }),
  };
  if (answer.outcome === "dispatched") {
    const { runId } = answer;
    const attempts = withLast(delivery, {
      ...ended,
      outcome: "dispatched",
      ...(runId === undefined ? {} : { runId }),
    });
    return afterDispatch({ ...delivery, attempts }, now);
  }
  const failure = failureOf(answer);
  const outcome = answer.outcome === "unknown" ? "unknown" : "failed";
  const attempts = withLast(delivery, { ...ended, outcome, failure });
  if (movedOn) return { ...delivery, attempts };
  const next = { ...delivery, attempts, failure };
  if (answer.outcome === "refused") return fail(next, failure, now);
  if (next.durable === null)
    return answer.outcome === "unknown" ? endUncertain(next, now) : fail(next, failure, now);
  if (answer.outcome === "unknown") {
    const wait = now + retryDelay(Math.max(1, usedAttempts(next)), random);
    return checkRunsSoon(next, Math.max(wait, firstLook(last, now)));
  }
  return noSooner(retryOrFail(next, failure, now, random), answer.retryAt);
}

/** Puts the next dispatch off until GitHub said to come again, where that is later. */
const noSooner = (delivery: Delivery, retryAt = 0): Delivery =>
  delivery.isFinalized || retryAt <= Date.parse(delivery.notBefore as string)
    ? delivery
    : dispatchAt(delivery, retryAt);

/** Records a lost answer as a yes, since a run of the dispatch was found: it waits for its consumer's word. */
export const asDispatched = (delivery: Delivery, now: number): Delivery =>
  isUncertain(delivery)
    ? afterDispatch({ ...delivery, attempts: withLast(delivery, { outcome: "dispatched" }) }, now)
    : delivery;

/** Returns whether it is unknown if GitHub accepted a durable delivery. */
export const isUncertain = (delivery: Delivery): boolean =>
  delivery.dueFor === "confirmation" && delivery.attempts.at(-1)?.outcome === "unknown";

/** Schedules a check of a delivery whose dispatch may have arrived: its run may be there. */
export const checkRunsSoon = (delivery: Delivery, at: number): Delivery => ({
  ...delivery,
  dueFor: "confirmation",
  notBefore: null,
  slotAt: null,
  parkedAt: null,
  dueAt: iso(at),
});

/**
 * Returns when GitHub may know the run of an attempt: at the first look, or now where that is over. An attempt
 * that a clock ahead began is looked for no later than one that began now.
 */
const firstLook = ({ startedAt }: Attempt, now: number): number =>
  Math.max(now, Math.min(now, Date.parse(startedAt)) + FIRST_LOOK);

/**
 * Plans the next look for the run of a dispatch whose answer is not known; null after the last one.
 * While a run that may be its own is alive, there is always a next.
 */
export function planRecheck(delivery: Delivery, now: number, alive: boolean): Delivery | null {
  const looks = Math.min(LOOKS, (delivery.attempts.at(-1)?.looks ?? 0) + 1);
  if (looks === LOOKS && !alive) return null;
  const looked = { ...delivery, attempts: withLast(delivery, { looks }) };
  return checkRunsSoon(looked, now + (alive ? WHILE_ALIVE : SECOND_LOOK));
}

/** Plans the next attempt of a durable delivery, or ends it where its attempts are spent. */
export function retryOrFail(
  delivery: Delivery,
  failure: Failure,
  now: number,
  random: () => number,
): Delivery {
  const used = usedAttempts(delivery);
  if (delivery.durable === null || used >= delivery.durable.maxAttempts) return fail(delivery, failure, now);
  return dispatchAt({ ...delivery, failure }, now + retryDelay(Math.max(1, used), random));
}

/** GitHub took the dispatch: a default delivery is done, a durable one waits for its consumer. */
function afterDispatch(delivery: Delivery, now: number): Delivery {
  const dispatched: Delivery = {
    ...delivery,
    status: delivery.status === "Pending" ? "Dispatched" : delivery.status,
    dispatchedAt: delivery.dispatchedAt ?? iso(now),
    failure: delivery.isFinalized ? delivery.failure : null,
    notBefore: null,
  };
  if (delivery.isFinalized || delivery.durable === null) {
    return { ...dispatched, isFinalized: true, dueFor: null, dueAt: null };
  }
  if (delivery.dueFor === "completion") return dispatched;
  return { ...dispatched, dueFor: "confirmation", dueAt: iso(now + delivery.durable.confirmWithin * 1000) };
}

/** A default delivery whose outcome nobody knows counts as dispatched and says that it is not sure. */
const endUncertain = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  status: delivery.status === "Pending" ? "Dispatched" : delivery.status,
  dispatchedAt: delivery.dispatchedAt ?? iso(now),
  isFinalized: true,
  dueFor: null,
  notBefore: null,
  dueAt: null,
});

/**
 * Returns how far ahead of `now` a delivery is due beyond the longest wait that it can have, in milliseconds;
 * 0 where it is not. A retry that comes early does no harm; a wait for the consumer is to last as it was set.
 */
export function beyondWaits(delivery: Delivery, now: number): number {
  const { dueAt, dueFor, durable } = delivery;
  const ahead = dueAt === null ? 0 : Date.parse(dueAt) - now;
  // Of a dispatch that may have arrived it is Zekt that looks for the run, not the consumer that confirms it.
  if (dueFor === "dispatch" || isUncertain(delivery)) return ahead > LONGEST_RETRY ? ahead : 0;
  const seconds = (dueFor === "completion" ? durable?.completeWithin : durable?.confirmWithin) ?? 0;
  return Math.max(0, ahead - Math.max(seconds * SECOND + MINUTE, LONGEST_RETRY));
}

/** Sets back the moments that a delivery waits for, which a clock gave to it that was ahead by some milliseconds. */
export function setBackWaits(delivery: Delivery, ahead: number, now: number): Delivery {
  const set = <Moment extends string | null | undefined>(moment: Moment): Moment =>
    setBackMoment(moment, ahead, now);
  const last = delivery.attempts.at(-1);
  const leased = last?.outcome === "leased";
  return {
    ...delivery,
    attempts: leased ? withLast(delivery, { startedAt: set(last.startedAt) }) : delivery.attempts,
    notBefore: set(delivery.notBefore),
    ...(delivery.stall
      ? {
          stall: {
            ...delivery.stall,
            since: set(delivery.stall.since),
            failedAt: set(delivery.stall.failedAt),
          },
        }
      : {}),
    slotAt: set(delivery.slotAt),
    dueAt: set(delivery.dueAt),
  };
}

const spent = (attempts: readonly Attempt[]): Failure =>
  attempts.findLast(({ failure }) => failure !== null)?.failure ?? {
    stage: "github",
    kind: "timeout",
    reason: `None of ${attempts.length} attempts was answered.`,
    status: null,
  };
