import { iso, MINUTE, SECOND } from "../clock.ts";
import type { Attempt, Delivery } from "../records/delivery.ts";
import type { ObservedRun } from "../records/observed-run.ts";
import { isUncertain } from "./attempt.ts";
import { runIdOf } from "./ownership.ts";
import { startsWorkflow } from "./start.ts";
import { knownRuns, windowOf } from "./tracking.ts";

/*
 * A delivery by `workflow_dispatch` has a run that GitHub named. Nothing of it is inferred: the run's own
 * webhook says how it goes, or GitHub is asked for that one run. Only an attempt whose answer was lost, or a
 * server that names no runs, leaves a run to be looked for.
 */

/** The first question after a dispatch; each next one waits for half of the time since it, within these. */
const FIRST_ASK = 30 * SECOND;
const LAST_ASK = 10 * MINUTE;

/** GitHub's list of runs may lag behind a dispatch, and a request that timed out may still be carried out. */
const LIST_LAG = 30 * SECOND;

/** Ids of the runs that GitHub named for a delivery, oldest first. */
export const namedRuns = ({ attempts }: Pick<Delivery, "attempts">): string[] =>
  attempts.flatMap(({ runId }) => runId ?? []);

/** Returns whether GitHub named a run for a delivery. */
export const isNamed = (delivery: Pick<Delivery, "attempts">, runId: string): boolean =>
  namedRuns(delivery).includes(runId);

/** Records the run that GitHub named for an attempt whose answer did not reach the delivery itself. */
export function nameRun(delivery: Delivery, number: number, runId: string): Delivery {
  // One that is leased still gets its answer, or its lease ends.
  const isOpen = (one: Attempt) =>
    one.number === number && one.outcome === "unknown" && one.runId === undefined;
  if (!delivery.attempts.some(isOpen)) return delivery;
  const attempts = delivery.attempts.map((one): Attempt => (isOpen(one) ? { ...one, runId } : one));
  return { ...delivery, attempts };
}

/** The runs to ask for: those that GitHub named and that have not given the delivery up. */
export function runsToAsk(delivery: Delivery): string[] {
  const released = new Set((delivery.releasedRuns ?? []).map(runIdOf));
  return namedRuns(delivery).filter((runId) => !released.has(runId));
}

/** Returns whether GitHub named the run of a delivery's newest dispatch. */
export const isExact = (delivery: Delivery): boolean =>
  startsWorkflow(delivery) && delivery.attempts.at(-1)?.runId !== undefined;

/** Returns whether an attempt may have started a run that GitHub did not name. */
const isUnnamed = ({ outcome, runId }: Attempt): boolean => runId === undefined && outcome !== "failed";

/** Returns whether a server took a dispatch of a delivery, and did not name the run that it started. */
export const isTakenUnnamed = ({ attempts }: Delivery): boolean =>
  attempts.some(({ outcome, runId }) => outcome === "dispatched" && runId === undefined);

/** Returns whether a delivery may have a run that GitHub did not name. */
export const mayHaveUnnamedRun = (delivery: Delivery): boolean =>
  startsWorkflow(delivery) && delivery.attempts.some(isUnnamed);

/**
 * Returns whether a run can be one that GitHub did not name for a delivery. It began when such a dispatch was
 * sent, and not all of those runs are known by now.
 */
export function mayHaveUnnamedRunOf(delivery: Delivery, run: ObservedRun): boolean {
  if (!startsWorkflow(delivery) || delivery.workflow !== run.workflow) return false;
  const unnamed = delivery.attempts.filter(isUnnamed);
  const [from, to] = windowOf(run);
  const isWithin = ({ startedAt }: Attempt) => Date.parse(startedAt) >= from && Date.parse(startedAt) <= to;
  if (!unnamed.some(isWithin)) return false;
  const known = knownRuns(delivery, run.workflow);
  for (const runId of namedRuns(delivery)) known.delete(runId);
  return known.has(run.runId) || unnamed.length > known.size;
}

/** Returns whether GitHub's answer to a delivery's newest attempt is still to come, which may name its run. */
export const isAwaitingAnswer = ({ attempts }: Delivery): boolean => attempts.at(-1)?.outcome === "leased";

/** The time before which a run that GitHub did not name is not looked for, in milliseconds since the epoch. */
export const searchFrom = ({ attempts }: Delivery): number =>
  Date.parse(attempts.at(-1)?.startedAt ?? "") + LIST_LAG;

/** The end of a delivery's wait for its run, in milliseconds since the epoch; null where it waits for none. */
export function waitEnds(delivery: Delivery): number | null {
  const { durable, dueFor, confirmedAt } = delivery;
  if (durable === null || dueFor === null || dueFor === "dispatch") return null;
  const last = delivery.attempts.at(-1);
  if (dueFor === "completion") {
    // No run confirms before it was started, whatever the clock of the process said that recorded it.
    const confirmed = Math.max(Date.parse(confirmedAt as string), Date.parse(last?.startedAt ?? "1970"));
    return confirmed + durable.completeWithin * SECOND;
  }
  return last ? Date.parse(last.endedAt ?? last.startedAt) + durable.confirmWithin * SECOND : null;
}

/** Plans the next question for a delivery's run, where no webhook tells of it. */
export function planRunRequest(delivery: Delivery, now: number): Delivery {
  const ends = waitEnds(delivery);
  if (ends === null || !startsWorkflow(delivery) || delivery.isFinalized) return delivery;
  if (isUncertain(delivery) && !isExact(delivery)) return delivery;
  const since = now - Date.parse(delivery.attempts.at(-1)?.startedAt as string);
  const wait = Math.min(LAST_ASK, Math.max(FIRST_ASK, since / 2));
  // Beyond the wait's end a run that is still queued extends it.
  return { ...delivery, dueAt: iso(ends > now ? Math.min(ends, now + wait) : now + wait) };
}
