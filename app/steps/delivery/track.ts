import type { WorkerDeps } from "../../deps.ts";
import { complete } from "../../domain/delivery/complete.ts";
import { confirm } from "../../domain/delivery/confirm.ts";
import { isPaired } from "../../domain/delivery/pairing.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import { inferDelivery, isSuccess } from "../../domain/delivery/tracking.ts";
import { findDeliveryId } from "../../domain/ids.ts";
import type { Delivery, Owner } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { BookedRun } from "../../domain/records/run-book.ts";
import { addLogContext } from "../../log/context.ts";
import { dispatchedBefore } from "./causes.ts";
import { listenedTypes, mayDecide, type ReadWorkflow } from "./find-listeners.ts";
import { pairRest, pairRun, readBook } from "./pair-runs.ts";
import { claimOwner, findOwned, recordOwner } from "./record-owner.ts";
import { afterConsumerUpdate, updateDelivery } from "./update-delivery.ts";

/** Returns whether a run can belong to a delivery at all: only one that our dispatch started. */
export const isDispatched = (deps: WorkerDeps, run: Pick<ObservedRun, "event" | "actor">): boolean =>
  run.event === "repository_dispatch" && run.actor === deps.settings.botLogin;

/**
 * Follows a run of a consumer's repository: in progress it confirms, and completed it ends, the delivery that started
 * it. The confirm action has said which one, or the run's name says it, or it is inferred from what was dispatched
 * there shortly before. Where two fit, both are marked, and they move once as many runs as dispatches are known.
 * A webhook that comes twice or late changes nothing.
 */
export async function track(deps: WorkerDeps, run: ObservedRun): Promise<void> {
  const repository = await deps.store.accounts.getRepository(run.repositoryId);
  if (!repository?.tracking || !isDispatched(deps, run)) return;
  addLogContext({ runId: run.runId, repositoryId: run.repositoryId });
  const began = run.status === "in_progress" || run.status === "completed";
  const named = await findNamed(deps, run);
  if (named && !began) return;
  if (named && named.via !== "inferred") return await follow(deps, repository, run, named);
  const dispatched = named ? [named.delivery] : await dispatchedBefore(deps, run);
  if (dispatched.length === 0) return;
  const book = await readBook(deps, run);
  if (isPaired(book, run)) return await pair(deps, repository, run);
  const found = named ?? (await infer(deps, repository, run, dispatched));
  if (!found) return;
  await follow(deps, repository, run, found);
  if (book.runs.length > 0) await pairOthers(deps, repository, run, found.delivery);
}

interface Found {
  delivery: Delivery;
  via: Owner["via"];
}

/** The delivery that a run is known to have: by the confirm action, else by its name. */
async function findNamed(deps: WorkerDeps, run: ObservedRun): Promise<Found | null> {
  const titled = findDeliveryId(run.title);
  for (const [find, via] of [
    [() => findOwned(deps, run), "action"],
    [() => titled && deps.store.deliveries.get(titled), "run-name"],
  ] as const) {
    const delivery = await find();
    // A title is anybody's to write: it counts only where the delivery really went to this repository.
    if (delivery && delivery.consumerRepositoryId === run.repositoryId && !startsWorkflow(delivery)) {
      return {
        delivery,
        via: delivery.owners[run.workflow]?.runId === run.runId ? ownVia(delivery, run) : via,
      };
    }
  }
  return null;
}

/** Returns how a run's ownership was learned; a webhook knows no better than what is recorded. */
const ownVia = (delivery: Delivery, run: ObservedRun): Owner["via"] =>
  delivery.owners[run.workflow]?.via ?? "inferred";

async function infer(
  deps: WorkerDeps,
  repository: Repository,
  run: ObservedRun,
  dispatched: readonly Delivery[],
): Promise<Found | null> {
  const match = inferDelivery(run, await typesOf(deps, repository, run), dispatched);
  if (match === null) return null;
  const began = run.status === "in_progress" || run.status === "completed";
  // One that is queued moves nothing. It is booked, so that those beside it are not taken for its delivery's.
  if ("ambiguous" in match || !began) {
    const ids = "ambiguous" in match ? match.ambiguous : [match.deliveryId];
    const fitting = dispatched.filter(({ deliveryId }) => ids.includes(deliveryId));
    if (await decidesAny(deps, repository, run, fitting)) await pair(deps, repository, run);
    return null;
  }
  const delivery = dispatched.find(({ deliveryId }) => deliveryId === match.deliveryId) as Delivery;
  return { delivery, via: "inferred" };
}

/** Returns whether a run's end may end any of these deliveries. */
async function decidesAny(
  deps: WorkerDeps,
  repository: Repository,
  run: ObservedRun,
  deliveries: readonly Delivery[],
): Promise<boolean> {
  const kinds = new Map(deliveries.map((one) => [`${one.workflow} ${one.eventType}`, one]));
  for (const one of kinds.values()) if (await mayDecide(deps, repository, run, one)) return true;
  return false;
}

/** Pairs a run with one of the deliveries that it fits, as far as that is known, and moves them. */
async function pair(deps: WorkerDeps, repository: Repository, run: ObservedRun): Promise<void> {
  const { types, refused, speaks } = await readWorkflow(deps, repository, run);
  await pairRun(deps, run, refused ? null : types, speaks, followPaired(deps, repository, run));
}

async function pairOthers(
  deps: WorkerDeps,
  repository: Repository,
  run: ObservedRun,
  delivery: Delivery,
): Promise<void> {
  const { speaks } = await readWorkflow(deps, repository, run);
  await pairRest(deps, run, delivery, speaks, followPaired(deps, repository, run));
}

/** Follows runs of a workflow that were paired with deliveries. */
export const followPaired =
  (
    deps: WorkerDeps,
    repository: Repository,
    of: Pick<ObservedRun, "repositoryId" | "workflow" | "headSha">,
  ) =>
  async ({ runId, runAttempt, conclusion }: BookedRun, delivery: Delivery, ended: boolean): Promise<void> => {
    const status = ended ? "completed" : "in_progress";
    const run = { ...of, runId, runAttempt, status, conclusion };
    await follow(deps, repository, run, { delivery, via: "inferred" });
  };

/**
 * Returns the event types that a run's workflow listens to, by its file as the run had it. Returns null, as for any
 * type, where the file cannot be read: GitHub ran it, so it listens to something.
 */
export async function typesOf(
  deps: WorkerDeps,
  repository: Repository,
  run: ObservedRun,
): Promise<string[] | null> {
  const { types, refused } = await readWorkflow(deps, repository, run);
  return refused ? null : types;
}

/** Reads a run's workflow file as the run had it. */
export const readWorkflow = (
  deps: WorkerDeps,
  repository: Repository,
  { workflow, headSha }: ObservedRun,
): Promise<ReadWorkflow> =>
  listenedTypes(deps, repository, { path: workflow, version: headSha, ref: headSha });

type FollowedRun = Pick<
  ObservedRun,
  "repositoryId" | "workflow" | "headSha" | "runId" | "runAttempt" | "status" | "conclusion"
>;

/** Makes a delivery follow a run that is its own: in progress it confirms, completed it ends. */
export async function follow(
  deps: WorkerDeps,
  repository: Repository,
  run: FollowedRun,
  { delivery: found, via }: Found,
): Promise<void> {
  addLogContext({ correlationId: found.correlationId, deliveryId: found.deliveryId });
  // A default delivery is done once it is dispatched; what a run says of it by the actions is noted all the same.
  if (found.durable === null && via === "inferred") return;
  const now = deps.clock.now();
  const { conclusion } = run;
  const decides = via === "action" || (await mayDecide(deps, repository, run, found));
  const hasRun = found.owners[run.workflow]?.runId === run.runId;
  if (via === "inferred" && !hasRun) await claimOwner(deps, run, found.deliveryId);
  let foreign = false;
  let before = found;
  const delivery = await updateDelivery(deps, found, (current) => {
    before = current;
    if (run.status === "in_progress") {
      const confirmed = confirm(current, run, now, via, decides);
      foreign = confirmed.duplicate;
      return confirmed.delivery;
    }
    const result = { success: isSuccess(conclusion), conclusion: conclusion ?? "unknown" };
    const ended = complete(current, run, result, now, Math.random, via, decides);
    foreign = "foreignOwner" in ended;
    return "foreignOwner" in ended ? current : ended.delivery;
  });
  if (foreign) return;
  await recordOwner(deps, run, delivery.deliveryId, via);
  await afterConsumerUpdate(deps, before, delivery);
  const { correlationId, deliveryId, status } = delivery;
  deps.log.info(
    { event: "delivery.tracked", correlationId, deliveryId, status, runId: run.runId, via },
    "Delivery tracked",
  );
}
