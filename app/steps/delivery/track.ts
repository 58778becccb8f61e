import type { WorkerDeps } from "../../deps.ts";
import { markAmbiguous } from "../../domain/delivery/ambiguous.ts";
import { complete } from "../../domain/delivery/complete.ts";
import { confirm } from "../../domain/delivery/confirm.ts";
import { inferDelivery, isSuccess } from "../../domain/delivery/tracking.ts";
import { findDeliveryId } from "../../domain/ids.ts";
import type { Delivery, Owner } from "../../domain/records/delivery.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { addLogContext } from "../../log/context.ts";
import { RUN_OWNER } from "../../store/fact-kinds.ts";
import { recordOwner } from "./causes.ts";
import { listenedTypes } from "./listened-types.ts";
import { dispatchedBefore } from "./record-dispatch.ts";
import { afterConsumerUpdate, updateDelivery } from "./update-delivery.ts";

/** Returns whether a run can belong to a delivery at all: only one that our dispatch started. */
export const isDispatched = (deps: WorkerDeps, run: Pick<ObservedRun, "event" | "actor">): boolean =>
  run.event === "repository_dispatch" && run.actor === deps.settings.botLogin;

/**
 * Follows a run of a consumer's repository: in progress it confirms, and completed it ends, the delivery that started
 * it. The confirm action has said which one, or the run's name says it, or it is inferred from what was dispatched
 * there shortly before. Where two fit, both are marked and neither changes. What is told twice or late changes
 * nothing.
 */
export async function track(deps: WorkerDeps, run: ObservedRun): Promise<void> {
  const repository = await deps.store.accounts.getRepository(run.repositoryId);
  if (!repository?.tracking || !isDispatched(deps, run)) return;
  if (run.status !== "in_progress" && run.status !== "completed") return;
  addLogContext({ runId: run.runId, repositoryId: run.repositoryId });
  const found = (await findNamed(deps, run)) ?? (await infer(deps, repository, run));
  if (found) await follow(deps, run, found);
}

interface Found {
  delivery: Delivery;
  via: Owner["via"];
}

/** The delivery that a run is known to have: by the confirm action, else by its name. */
async function findNamed(deps: WorkerDeps, run: ObservedRun): Promise<Found | null> {
  const owned = await ownedBy(deps, run);
  for (const [deliveryId, via] of [
    [owned, "action"],
    [findDeliveryId(run.title), "run-name"],
  ] as const) {
    const delivery = deliveryId && (await deps.store.deliveries.get(deliveryId));
    // A title is anybody's to write: it counts only where the delivery really went to this repository.
    if (delivery && delivery.consumerRepositoryId === run.repositoryId) {
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

/** Id of the delivery that a run has taken on, if any. */
export async function ownedBy(
  deps: WorkerDeps,
  run: Pick<ObservedRun, "repositoryId" | "runId">,
): Promise<string | null> {
  const owner = await deps.store.facts.get(RUN_OWNER.of(run));
  return owner?.deliveryId ?? null;
}

async function infer(deps: WorkerDeps, repository: Repository, run: ObservedRun): Promise<Found | null> {
  const dispatched = await dispatchedBefore(deps, run);
  if (dispatched.length === 0) return null;
  const match = inferDelivery(run, await typesOf(deps, repository, run), dispatched);
  if (match === null) return null;
  if ("ambiguous" in match) {
    for (const delivery of dispatched.filter(({ deliveryId }) => match.ambiguous.includes(deliveryId)))
      await updateDelivery(deps, delivery, (current) => markAmbiguous(current, run.runId));
    deps.log.info(
      {
        event: "run.ambiguous",
        repositoryId: run.repositoryId,
        runId: run.runId,
        deliveryIds: match.ambiguous,
      },
      "Run fits several deliveries",
    );
    return null;
  }
  const delivery = dispatched.find(({ deliveryId }) => deliveryId === match.deliveryId) as Delivery;
  return { delivery, via: "inferred" };
}

/**
 * Returns the event types that a run's workflow listens to, by its file as the run had it. Returns null, as for any
 * type, where the file cannot be read: GitHub ran it, so it listens to something.
 */
export async function typesOf(
  deps: WorkerDeps,
  repository: Repository,
  run: ObservedRun,
): Promise<string[] | null> {
  const file = { path: run.workflow, version: run.headSha, ref: run.headSha };
  const { types, refused } = await listenedTypes(deps, repository, file);
  return refused ? null : types;
}

async function follow(deps: WorkerDeps, run: ObservedRun, { delivery: found, via }: Found): Promise<void> {
  addLogContext({ correlationId: found.correlationId, deliveryId: found.deliveryId });
  // A default delivery is done once it is dispatched; what a run says of it by the actions is noted all the same.
  if (found.durable === null && via === "inferred") return;
  const now = deps.clock.now();
  const { conclusion } = run;
  let foreign = false;
  let before = found;
  const delivery = await updateDelivery(deps, found, (current) => {
    before = current;
    if (run.status === "in_progress") {
      const confirmed = confirm(current, run, now, via);
      foreign = confirmed.duplicate;
      return confirmed.delivery;
    }
    const result = { success: isSuccess(conclusion), conclusion: conclusion ?? "unknown" };
    const ended = complete(current, run, result, now, Math.random, via);
    foreign = "foreignOwner" in ended;
    return "foreignOwner" in ended ? current : ended.delivery;
  });
  if (foreign) return;
  await recordOwner(deps, run, delivery.deliveryId);
  await afterConsumerUpdate(deps, before, delivery);
  const { correlationId, deliveryId, status } = delivery;
  deps.log.info(
    { event: "delivery.tracked", correlationId, deliveryId, status, runId: run.runId, via },
    "Delivery tracked",
  );
}
