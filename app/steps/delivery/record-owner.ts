import type { WorkerDeps } from "../../deps.ts";
import { giveBack } from "../../domain/delivery/give-back.ts";
import { isInferredOwner } from "../../domain/delivery/ownership.ts";
import { knownRuns } from "../../domain/delivery/tracking.ts";
import type { Delivery, Owner } from "../../domain/records/delivery.ts";
import type { RunAttempt } from "../../domain/records/run.ts";
import { RUN_OWNER } from "../../store/fact-kinds.ts";
import { updateDelivery } from "./update-delivery.ts";

/** A consumer's run, with the workflow it is of. */
interface OwnedRun {
  repositoryId: string;
  workflow: string;
  runId: string;
}

/**
 * Records which delivery a consumer's run took on, so that what the run causes is known to follow from it. Most often
 * it is recorded: a read costs a fifth of a write. A run is of one delivery: that it was inferred to be of another
 * gives way to what is known.
 *
 * @param via - the way in which the ownership was learned; the delivery has it already
 */
export async function recordOwner(
  deps: WorkerDeps,
  run: OwnedRun,
  deliveryId: string,
  via: Owner["via"],
): Promise<void> {
  const { facts } = deps.store;
  let standing = await facts.get(RUN_OWNER.of(run));
  if (standing === null) {
    const claimed = await facts.claim(RUN_OWNER.of(run), { deliveryId });
    if (claimed.won) return;
    standing = claimed.value;
  }
  if (standing.deliveryId !== deliveryId) {
    if (!(await settle(deps, run, { deliveryId, via }, standing.deliveryId))) return;
  } else if (standing.attempt === undefined) return;
  await facts.set(RUN_OWNER.of(run), { deliveryId });
}

/**
 * Records that a run is taken for a delivery's, where nothing is recorded of it, before the delivery has it. Should the
 * process end in between, who proves that the run is another delivery's finds the one that seems to have it.
 */
export async function claimOwner(deps: WorkerDeps, run: OwnedRun, deliveryId: string): Promise<void> {
  const { facts } = deps.store;
  if ((await facts.get(RUN_OWNER.of(run))) === null) await facts.claim(RUN_OWNER.of(run), { deliveryId });
}

/** Records how a run said that it ended, once all of its delivery's end is recorded. */
export async function recordRunEnd(
  deps: WorkerDeps,
  { runAttempt, ...run }: RunAttempt & OwnedRun,
  deliveryId: string,
  conclusion: string,
): Promise<void> {
  await deps.store.facts.set(RUN_OWNER.of(run), { deliveryId, ended: { conclusion, runAttempt } });
}

/**
 * Removes a run from one of the two deliveries that have it. Returns whether the newcomer keeps it: it does,
 * unless it was inferred and the other is known to have the run.
 */
async function settle(
  deps: WorkerDeps,
  run: OwnedRun,
  { deliveryId, via }: { deliveryId: string; via: Owner["via"] },
  standing: string,
): Promise<boolean> {
  const other = await deps.store.deliveries.get(standing);
  const isOthers = via === "inferred" && other !== null && isKnownOf(other, run);
  const loser = isOthers ? await deps.store.deliveries.get(deliveryId) : other;
  if (loser) await takeBack(deps, loser, run);
  return !isOthers;
}

/** Returns whether a delivery has a run by more than inference. */
const isKnownOf = (delivery: Delivery, run: OwnedRun): boolean =>
  !isInferredOwner(delivery, run) && knownRuns(delivery, run.workflow).has(run.runId);

/** Removes a run from a delivery that only seemed to have it. */
async function takeBack(deps: WorkerDeps, delivery: Delivery, run: OwnedRun): Promise<void> {
  const now = deps.clock.now();
  if (giveBack(delivery, run, now) === delivery) return;
  const { deliveryId, status, correlationId } = await updateDelivery(deps, delivery, (current) =>
    giveBack(current, run, now),
  );
  deps.log.info(
    { event: "run.given-back", correlationId, deliveryId, status, runId: run.runId },
    "Run that a delivery seemed to have is another's",
  );
}

/**
 * Finds the delivery that a run took on; null where none did. What is recorded of a run by inference is over once its
 * delivery has another one.
 */
export async function findOwned(deps: WorkerDeps, run: OwnedRun): Promise<Delivery | null> {
  const recorded = await deps.store.facts.get(RUN_OWNER.of(run));
  const delivery = recorded && (await deps.store.deliveries.get(recorded.deliveryId));
  return delivery && knownRuns(delivery, run.workflow).has(run.runId) ? delivery : null;
}
