import type { WorkerDeps } from "../../deps.ts";
import {
  bookRun,
  burstOf,
  fits,
  groupsOf,
  holdRetry,
  isListed,
  knownOf,
  NEW_BOOK,
  pairOpen,
  stopUnknown,
  type Unknown,
  unknownOf,
  verdictOf,
  withoutOld,
} from "../../domain/delivery/pairing.ts";
import { markAmbiguous } from "../../domain/delivery/tracking.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { BookedRun, RunBook } from "../../domain/records/run-book.ts";
import type { StartEvent } from "../../domain/records/subscription.ts";
import { RUN_BOOK } from "../../store/fact-kinds.ts";
import { dispatchedIn } from "./causes.ts";
import { updateDelivery } from "./update-delivery.ts";

/** A workflow of a repository and the event that starts it: each has a book of its own. */
type Place = Pick<ObservedRun, "repositoryId" | "workflow" | "event">;

/** Moves a delivery by a run that was paired with it. */
export type FollowPaired = (run: BookedRun, delivery: Delivery, ended: boolean) => Promise<void>;

/** Reads the runs that a workflow's deliveries are paired with. */
export const readBook = async (deps: WorkerDeps, place: Place): Promise<RunBook> =>
  (await deps.store.facts.get(RUN_BOOK.of(place))) ?? NEW_BOOK;

/** Changes a book by one conditional write, asked again where somebody else was faster. */
async function updateBook(
  deps: WorkerDeps,
  place: Place,
  next: (book: RunBook) => Promise<RunBook>,
): Promise<{ before: RunBook; after: RunBook }> {
  const { facts } = deps.store;
  for (;;) {
    const before = await readBook(deps, place);
    const after = await next(before);
    if (after === before) return { before, after };
    const kept = withoutOld(after, deps.clock.now());
    if (await facts.replace(RUN_BOOK.of(place), before.version === 0 ? null : before, kept))
      return { before, after: kept };
  }
}

/** Finds the deliveries that hang together with runs: by the runs that fit them too, and so on. */
async function findAround(
  deps: WorkerDeps,
  { repositoryId, workflow, event }: Place,
  book: RunBook,
  start: readonly BookedRun[],
): Promise<Delivery[]> {
  const open = book.runs.filter(({ burst }) => burst === null);
  const reached = new Set(start);
  for (;;) {
    const deliveries = await dispatchedIn(deps, repositoryId, [...reached], event as StartEvent);
    const more = open.filter(
      (run) => !reached.has(run) && deliveries.some((one) => fits(run, workflow, one)),
    );
    if (more.length === 0) return deliveries;
    for (const run of more) reached.add(run);
  }
}

/**
 * Books a run that fits several deliveries, or follows one that is booked, and moves what is known by now. The
 * deliveries that it fits list it, and none of them is dispatched again meanwhile.
 *
 * @param waits - whether its workflow speaks for itself before long, so that pairing can wait
 */
export async function pairRun(
  deps: WorkerDeps,
  run: ObservedRun,
  types: string[] | null,
  waits: boolean,
  follow: FollowPaired,
): Promise<void> {
  const { runId, runAttempt, createdAt } = run;
  const began = run.status === "in_progress" || run.status === "completed";
  const conclusion = run.status === "completed" ? (run.conclusion ?? "unknown") : null;
  const { before, after } = await updateBook(deps, run, async (book) => {
    const booked = bookRun(book, { runId, runAttempt, createdAt, types, began, conclusion });
    const own = booked.runs.filter((one) => one.runId === runId && one.burst === null);
    if (own.length === 0) return booked;
    const dispatched = await findAround(deps, run, booked, own);
    return pairOpen(booked, run.workflow, dispatched, () => (waits ? "no" : "yes"));
  });
  const own = after.runs.find((one) => one.runId === runId);
  if (own?.burst === null) await markFitting(deps, run, own);
  await applyBursts(deps, run, after, [...newBursts(before, after), own?.burst ?? null], follow);
}

/** Pairs what is left, now that one delivery's run is known. */
export async function pairRest(
  deps: WorkerDeps,
  place: Place,
  delivery: Delivery,
  waits: boolean,
  follow: FollowPaired,
): Promise<void> {
  const { before, after } = await updateBook(deps, place, async (book) => {
    const open = book.runs.filter((run) => run.burst === null && fits(run, place.workflow, delivery));
    if (open.length === 0) return book;
    const dispatched = await findAround(deps, place, book, open);
    return pairOpen(book, place.workflow, dispatched, () => (waits ? "no" : "yes"));
  });
  await applyBursts(deps, place, after, newBursts(before, after), follow);
}

/** Returns the bursts that a change of a book has made. */
function newBursts(before: RunBook, after: RunBook): (string | null)[] {
  const old = new Set(before.runs.map(({ burst }) => burst));
  return after.runs.map(({ burst }) => burst).filter((burst) => !old.has(burst));
}

/** Marks the deliveries that a run fits; one that was to be dispatched again waits for what becomes of it. */
async function markFitting(deps: WorkerDeps, run: ObservedRun, booked: BookedRun): Promise<void> {
  const marked: string[] = [];
  for (const delivery of await dispatchedIn(deps, run.repositoryId, [booked], run.event as StartEvent)) {
    if (!fits(booked, run.workflow, delivery) || delivery.owners[run.workflow]) continue;
    marked.push(delivery.deliveryId);
    await hold(deps, run, delivery, run.runId);
  }
  deps.log.info(
    { event: "run.ambiguous", repositoryId: run.repositoryId, runId: run.runId, deliveryIds: marked },
    "Run fits several deliveries",
  );
}

/** Reads which runs and deliveries of a burst no knowledge tells apart by now. */
async function readUnknown(
  deps: WorkerDeps,
  { workflow }: Place,
  burst: readonly BookedRun[],
): Promise<Unknown> {
  const ids = burst.flatMap(({ deliveryId }) => deliveryId ?? []);
  return unknownOf(burst, await deps.store.deliveries.getMany([...new Set(ids)]), workflow);
}

/** Moves the deliveries of bursts: all have begun; and all have ended once their runs have. */
async function applyBursts(
  deps: WorkerDeps,
  place: Place,
  book: RunBook,
  bursts: readonly (string | null)[],
  follow: FollowPaired,
): Promise<void> {
  for (const id of new Set(bursts)) {
    const burst = book.runs.filter((run) => id !== null && run.burst === id);
    const { runs, pairs } = await readUnknown(deps, place, burst);
    const verdict = verdictOf(runs);
    const began = runs.every((run) => run.began);
    for (const { run, delivery } of pairs) {
      if (verdict === "mixed") await stop(deps, place, delivery, runs);
      else if (!began) await hold(deps, place, delivery, runs.length > 1 ? run.runId : null);
      else await follow(run, delivery, verdict === "alike");
    }
    if (verdict === null) continue;
    // Those beyond its deliveries stay: they may be of one whose dispatch is not sure.
    await updateBook(deps, place, async (current) => {
      const left = current.runs.filter((run) => run.burst !== id || run.deliveryId === null);
      return left.length === current.runs.length ? current : { ...current, runs: left };
    });
  }
}

/** Makes a delivery wait for a run that fits it. It lists one that fits others too. */
async function hold(
  deps: WorkerDeps,
  { workflow }: Place,
  delivery: Delivery,
  runId: string | null,
): Promise<void> {
  const now = deps.clock.now();
  const next = (one: Delivery): Delivery =>
    holdRetry(runId === null ? one : markAmbiguous(one, runId), workflow, now);
  if (next(delivery) !== delivery) await updateDelivery(deps, delivery, next);
}

async function stop(
  deps: WorkerDeps,
  { workflow }: Place,
  delivery: Delivery,
  runs: readonly BookedRun[],
): Promise<void> {
  const now = deps.clock.now();
  await updateDelivery(deps, delivery, (current) => stopUnknown(current, workflow, runs, now));
}

/**
 * Decides what runs that fit a delivery and others mean for it, now that GitHub was asked for all of them. Where
 * it stays unknown whether one of them was its own, it ends and says so.
 *
 * @returns whether it has to wait, since one of them lives or GitHub may not list all of them yet
 */
export async function decideUnpaired(
  deps: WorkerDeps,
  place: Place,
  delivery: Delivery,
  follow: FollowPaired,
): Promise<"alive" | "unknown" | "nothing"> {
  const { workflow } = place;
  const now = deps.clock.now();
  let listed = true;
  const { before, after } = await updateBook(deps, place, async (book) => {
    const open = book.runs.filter((run) => run.burst === null && fits(run, workflow, delivery));
    if (open.length === 0) return book;
    const dispatched = await findAround(deps, place, book, open);
    const groups = groupsOf(book, workflow, dispatched);
    listed = groups.every((group) => isListed(group, now));
    return pairOpen(book, workflow, dispatched, () => (listed ? "listed" : "yes"));
  });
  const { deliveryId } = delivery;
  const isFree = (run: BookedRun): boolean =>
    run.deliveryId === null && (run.unsure?.includes(deliveryId) || fits(run, workflow, delivery));
  if (!after.runs.some((run) => run.deliveryId === deliveryId || isFree(run))) return "nothing";
  await applyBursts(deps, place, after, newBursts(before, after), follow);
  const current = await deps.store.deliveries.get(delivery.deliveryId);
  if (!current || current.isFinalized || current.owners[workflow]) return "nothing";
  const own = after.runs.find((run) => run.deliveryId === deliveryId);
  const { pairs } = await readUnknown(deps, place, own ? burstOf(after, own) : []);
  // Its burst has not begun: all of its runs are there, and some are queued.
  if (pairs.some((pair) => pair.delivery.deliveryId === deliveryId)) return "alive";
  const left = await leaveOutKnown(deps, place, after.runs.filter(isFree));
  if (left.length === 0) return "nothing";
  if (left.some(({ conclusion }) => conclusion === null)) return "alive";
  if (!listed) return "unknown";
  await stop(deps, place, current, left);
  return "nothing";
}

/** Leaves out the runs that said since they were booked whose they are: the book hears no more of them. */
async function leaveOutKnown(
  deps: WorkerDeps,
  { repositoryId, workflow, event }: Place,
  runs: readonly BookedRun[],
): Promise<BookedRun[]> {
  if (runs.length === 0) return [];
  const known = knownOf(await dispatchedIn(deps, repositoryId, runs, event as StartEvent), workflow);
  return runs.filter(({ runId }) => !known.has(runId));
}

/** Ends a delivery whose run is one of a burst that has not ended in time, and says that this is not known. */
export async function stopUnended(deps: WorkerDeps, place: Place, delivery: Delivery): Promise<void> {
  const burst = await burstWith(deps, place, delivery);
  if (burst.length > 1) await stop(deps, place, delivery, burst);
}

/** Returns the runs of a delivery's burst, none where it was paired in none. */
export async function burstWith(
  deps: WorkerDeps,
  place: Place,
  { deliveryId }: Pick<Delivery, "deliveryId">,
): Promise<BookedRun[]> {
  const book = await readBook(deps, place);
  const own = book.runs.find((run) => run.deliveryId === deliveryId);
  return own ? burstOf(book, own) : [];
}
