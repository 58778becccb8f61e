import { DAY, iso } from "../clock.ts";
import type { Attempt, Delivery } from "../records/delivery.ts";
import type { BookedRun, RunBook } from "../records/run-book.ts";
import { fail, mayHaveArrived } from "./attempt.ts";
import { namedRuns } from "./exact-run.ts";
import { decidingWorkflow } from "./ownership.ts";
import { isSuccess, knownRuns, LISTED_AFTER, mayBeOf } from "./tracking.ts";

/*
 * Runs and deliveries that fit one another, and which no name tells apart:
 *
 *   deliveries   D1 ─┬─ D2 ─┬─ D3      each dispatch starts one run of a workflow
 *   runs         R1 ─┴─ R2 ─┴─ R3
 *
 * A group is all that hangs together so. Once a group has a run for each dispatch, each delivery has its run,
 * whichever that is: they are paired in order, as a burst. Once all runs of a burst have ended alike, any pairing
 * says the same. Where they ended differently nobody knows which delivery failed.
 */

export const NEW_BOOK: RunBook = { runs: [], version: 0 };

/** The most runs that a book holds; the oldest leave it. */
const MAX_BOOKED = 1000;
/** Longer than any wait for a confirm, and than any confirmed run may take. */
const OPEN_FOR = 2 * DAY;
const BURST_FOR = 8 * DAY;

/** Returns whether a booked run fits a delivery. */
export const fits = (run: BookedRun, workflow: string, delivery: Delivery): boolean =>
  mayBeOf({ title: "", workflow, createdAt: run.createdAt }, run.types, delivery);

/** One run that a dispatch may have started, and which is not known. */
interface Slot {
  deliveryId: string;
  at: number;
  /** True where GitHub said that it took the dispatch. */
  sure: boolean;
}

/** Returns the runs that a delivery may have besides those that are known or paired. */
function openSlots(delivery: Delivery, workflow: string, book: RunBook): Slot[] {
  const known = knownRuns(delivery, workflow);
  for (const runId of namedRuns(delivery)) known.add(runId);
  for (const { deliveryId, runId } of book.runs) if (deliveryId === delivery.deliveryId) known.add(runId);
  const mayHave = delivery.attempts.filter(({ outcome }) => outcome !== "failed");
  const taken = mayHave.filter(({ outcome }) => outcome === "dispatched").length;
  let sure = Math.max(0, taken - known.size);
  return mayHave.slice(known.size).map(({ startedAt }: Attempt) => ({
    deliveryId: delivery.deliveryId,
    at: Date.parse(startedAt),
    sure: sure-- > 0,
  }));
}

/** Runs and deliveries that hang together, as far as they are open. */
export interface Group {
  runs: BookedRun[];
  deliveries: Delivery[];
  slots: Slot[];
}

/** Returns the ids of a workflow's runs that are known to be of one of these deliveries. */
export const knownOf = (deliveries: readonly Delivery[], workflow: string): Set<string> =>
  new Set(deliveries.flatMap((one) => [...knownRuns(one, workflow)]));

/** Returns the groups among the open runs of a book and the deliveries dispatched around them. */
export function groupsOf(book: RunBook, workflow: string, dispatched: readonly Delivery[]): Group[] {
  const known = knownOf(dispatched, workflow);
  const left = new Set(book.runs.filter(({ burst, runId }) => burst === null && !known.has(runId)));
  const open = new Map<Delivery, Slot[]>();
  for (const delivery of dispatched) {
    const slots = openSlots(delivery, workflow, book);
    if (slots.length > 0) open.set(delivery, slots);
  }
  const groups: Group[] = [];
  for (const first of left) {
    left.delete(first);
    const group: Group = { runs: [first], deliveries: [], slots: [] };
    for (const run of group.runs) {
      for (const [delivery, slots] of open) {
        if (!fits(run, workflow, delivery)) continue;
        open.delete(delivery);
        group.deliveries.push(delivery);
        group.slots.push(...slots);
        for (const other of left) {
          if (!fits(other, workflow, delivery)) continue;
          left.delete(other);
          group.runs.push(other);
        }
      }
    }
    groups.push(group);
  }
  return groups;
}

/** Returns whether GitHub lists by now whatever a group's dispatches started. */
export const isListed = ({ slots }: Group, now: number): boolean =>
  slots.every(({ at }) => now >= at + LISTED_AFTER);

/** Pairs runs with as many dispatches, in order. */
function pairInOrder(runs: readonly BookedRun[], slots: readonly Slot[]): BookedRun[] {
  const ordered = [...runs].sort(
    (a, b) => order(a.createdAt, b.createdAt) || Number(a.runId) - Number(b.runId),
  );
  const burst = (ordered[0] as BookedRun).runId;
  const inOrder = [...slots].sort((a, b) => a.at - b.at || order(a.deliveryId, b.deliveryId));
  return ordered.map((run, index) => ({ ...run, burst, deliveryId: inOrder[index]?.deliveryId ?? null }));
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Pairs a group, as far as it can be; null where runs are missing. `listed` says that GitHub was asked for all
 * runs when it could know them: then every dispatch that it took has its run.
 */
export function pairGroup({ runs, slots }: Group, listed: boolean): BookedRun[] | null {
  if (slots.length > 0 && runs.length >= slots.length) return pairInOrder(runs, slots);
  const sure = slots.filter((slot) => slot.sure);
  if (!listed || sure.length === 0 || runs.length < sure.length) return null;
  const taken = new Set(sure.map(({ deliveryId }) => deliveryId));
  const unsure = [...new Set(slots.map(({ deliveryId }) => deliveryId))].filter((id) => !taken.has(id));
  // Which runs are those beyond the sure ones is not known, so that each may be of any that is unsure.
  return pairInOrder(runs, sure).map((run) => (run.deliveryId === null ? { ...run, unsure } : run));
}

/** Returns whether a run fits one delivery alone: then it is of no other. */
const fitsOne = (run: BookedRun, workflow: string, { deliveries }: Group): Delivery | null => {
  const [only, ...others] = deliveries.filter((one) => fits(run, workflow, one));
  return only && others.length === 0 ? only : null;
};

/**
 * Pairs the open runs of a book wherever that is sure. `mayPair` says whether a group may be paired by counting,
 * and whether its runs are all listed.
 */
export function pairOpen(
  before: RunBook,
  workflow: string,
  dispatched: readonly Delivery[],
  mayPair: (group: Group) => "no" | "yes" | "listed",
): RunBook {
  let book = before;
  for (;;) {
    const next = pairOnce(book, workflow, dispatched, mayPair);
    if (next === null) return book;
    book = next;
  }
}

function pairOnce(
  book: RunBook,
  workflow: string,
  dispatched: readonly Delivery[],
  mayPair: (group: Group) => "no" | "yes" | "listed",
): RunBook | null {
  for (const group of groupsOf(book, workflow, dispatched)) {
    for (const run of group.runs) {
      const only = fitsOne(run, workflow, group);
      if (only) return withRuns(book, [{ ...run, burst: run.runId, deliveryId: only.deliveryId }]);
    }
    const may = mayPair(group);
    const paired = may === "no" ? null : pairGroup(group, may === "listed");
    if (paired) return withRuns(book, paired);
  }
  return null;
}

/** Puts runs into a book, each in the place of what it held of them. */
export function withRuns(book: RunBook, runs: readonly BookedRun[]): RunBook {
  const changed = new Map(runs.map((run) => [run.runId, run]));
  const kept = book.runs.filter(({ runId }) => !changed.has(runId));
  return { ...book, runs: [...kept, ...runs] };
}

/** Removes from a book what nobody waits for any more. */
export function withoutOld(book: RunBook, now: number): RunBook {
  const open = iso(now - OPEN_FOR);
  const burst = iso(now - BURST_FOR);
  const runs = book.runs.filter((run) => run.createdAt >= (run.burst === null ? open : burst));
  return { ...book, runs: runs.slice(-MAX_BOOKED) };
}

/** Returns whether a run was paired with a delivery by counting. */
export const isPaired = ({ runs }: RunBook, { runId }: Pick<BookedRun, "runId">): boolean =>
  runs.some((run) => run.runId === runId && run.burst !== null);

/** Returns the runs that were paired together with one. */
export const burstOf = ({ runs }: RunBook, { burst }: BookedRun): BookedRun[] =>
  burst === null ? [] : runs.filter((run) => run.burst === burst);

/** Writes into a book how a run stands: as it was seen, or as is known already where that is later. */
export function bookRun(book: RunBook, seen: Omit<BookedRun, "burst" | "deliveryId">): RunBook {
  const standing = book.runs.find(({ runId }) => runId === seen.runId);
  if (!standing) return withRuns(book, [{ ...seen, burst: null, deliveryId: null }]);
  if (seen.runAttempt < standing.runAttempt) return book;
  const conclusion =
    seen.conclusion ?? (seen.runAttempt === standing.runAttempt ? standing.conclusion : null);
  const began = standing.began || seen.began;
  const isKnown = conclusion === standing.conclusion && began === standing.began;
  if (isKnown && seen.runAttempt === standing.runAttempt) return book;
  return withRuns(book, [{ ...standing, runAttempt: seen.runAttempt, began, conclusion }]);
}

/** A burst's runs and deliveries that no knowledge tells apart, paired in order. */
export interface Unknown {
  runs: BookedRun[];
  pairs: { run: BookedRun; delivery: Delivery }[];
}

/** Leaves out of a burst what is known meanwhile: a confirm action or a name beats the pairing. */
export function unknownOf(
  burst: readonly BookedRun[],
  deliveries: readonly Delivery[],
  workflow: string,
): Unknown {
  const sure = new Set<string>();
  const open: Delivery[] = [];
  for (const { deliveryId } of burst) {
    const delivery = deliveries.find((one) => one.deliveryId === deliveryId);
    const owner = delivery?.owners[workflow];
    if (delivery && owner && owner.via !== "inferred")
      for (const runId of knownRuns(delivery, workflow)) sure.add(runId);
    else if (delivery && !open.includes(delivery)) open.push(delivery);
  }
  const runs = burst.filter(({ runId }) => !sure.has(runId));
  const free = runs.filter(({ deliveryId }) => !open.some((one) => one.deliveryId === deliveryId));
  const pairs = open.flatMap((delivery) => {
    const run = runs.find(({ deliveryId }) => deliveryId === delivery.deliveryId) ?? free.shift();
    return run ? [{ run, delivery }] : [];
  });
  return { runs, pairs };
}

/** The end of a burst: its runs ended alike or not; null while one has not ended. */
export type Verdict = "alike" | "mixed" | null;

/** Returns how runs that nothing tells apart ended. */
export function verdictOf(runs: readonly BookedRun[]): Verdict {
  if (runs.some(({ conclusion }) => conclusion === null)) return null;
  return new Set(runs.map(({ conclusion }) => isSuccess(conclusion))).size > 1 ? "mixed" : "alike";
}

/**
 * Ends a delivery of which is not known how it went, and says so: it is not dispatched again, since it may have
 * gone well. One whose run is known by more than inference, or that has ended, stays as it is.
 */
export function stopUnknown(
  delivery: Delivery,
  workflow: string,
  runs: readonly BookedRun[],
  now: number,
): Delivery {
  const deciding = decidingWorkflow(delivery);
  const owner = delivery.owners[workflow];
  if (delivery.durable === null || delivery.isFinalized) return delivery;
  if ((deciding !== null && deciding !== workflow) || (owner && owner.via !== "inferred")) return delivery;
  const named = runs
    .slice(0, NAMED)
    .map(({ runId, conclusion }) => `${runId} (${conclusion ?? "not ended"})`);
  const more = runs.length > NAMED ? ` and ${runs.length - NAMED} more` : "";
  const reason = `How its run ended is not known: it may be ${named.join(", ")}${more}. Put the delivery id into run-name, or use the confirm action, and look before you replay it.`;
  const failure = { stage: "conclusion", kind: "consumer", status: null, reason } as const;
  return fail(delivery, failure, now);
}

/** Runs that a reason names. */
const NAMED = 5;

/**
 * Makes a delivery wait that was to be dispatched again, since a run was seen that may be its own. The end of that
 * run decides. One that GitHub refused each time has no run, and is dispatched when it is due.
 */
export function holdRetry(delivery: Delivery, workflow: string, now: number): Delivery {
  const { durable, dueFor, attempts, isFinalized } = delivery;
  const deciding = decidingWorkflow(delivery);
  if (isFinalized || durable === null || dueFor !== "dispatch" || !mayHaveArrived(delivery)) return delivery;
  if ((deciding !== null && deciding !== workflow) || attempts.at(-1)?.outcome === "leased") return delivery;
  const dueAt = iso(now + durable.confirmWithin * 1000);
  return { ...delivery, dueFor: "confirmation", notBefore: null, slotAt: null, parkedAt: null, dueAt };
}
