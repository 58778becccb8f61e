import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { isAwaitingAnswer, isNamed, mayHaveUnnamedRun } from "../../domain/delivery/exact-run.ts";
import { isInferredOwner } from "../../domain/delivery/ownership.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type RunIdentity, workflowOf } from "../../github/oidc.ts";
import { RUN_OWNER } from "../../store/fact-kinds.ts";

/** A dispatch is answered within so long, or its answer is lost; in milliseconds. */
const ANSWER = 20 * SECOND;
/** Seconds after which a step asks again whose dispatch is still to be answered. */
const RETRY_AFTER = 3;

/**
 * Returns the deliveries, of those given, that GitHub started a run for. Where GitHub's answer was lost, the run's
 * own token proves it: our App started it from the delivery's workflow, and no other delivery has it.
 *
 * @throws Refusal forbidden where it is the run of none of them, unavailable while GitHub's answer is still to
 * come
 */
export async function requireOwnRun(
  deps: WorkerDeps,
  identity: RunIdentity,
  deliveries: readonly Delivery[],
): Promise<Delivery[]> {
  const named = deliveries.filter((one) => isNamed(one, identity.runId));
  if (named.length > 0) return named;
  const holder = await holderOf(deps, identity);
  if (holder !== null) {
    const held = deliveries.filter(({ deliveryId }) => deliveryId === holder);
    if (held.length > 0) return held;
    throw foreign(identity);
  }
  const now = deps.clock.now();
  const isAnswerToCome = (one: Delivery): boolean =>
    isAwaitingAnswer(one) && now < Date.parse(one.attempts.at(-1)?.startedAt ?? "") + ANSWER;
  if (deliveries.some(isAnswerToCome)) {
    throw new Refusal("unavailable", "GitHub's answer to this delivery's dispatch is still to come.", {
      retryAfter: RETRY_AFTER,
    });
  }
  const isOurs = identity.actor === deps.settings.botLogin;
  const proven = deliveries.filter(
    (one) => isOurs && mayHaveUnnamedRun(one) && workflowOf(identity) === one.workflow,
  );
  if (proven.length === 0) throw foreign(identity);
  return proven;
}

/** Id of the delivery that is known to have a run; null where none is, or where that is only inferred. */
async function holderOf(deps: WorkerDeps, identity: RunIdentity): Promise<string | null> {
  const recorded = await deps.store.facts.get(RUN_OWNER.of(identity));
  if (!recorded || recorded.attempt !== undefined) return recorded?.deliveryId ?? null;
  const holder = await deps.store.deliveries.get(recorded.deliveryId);
  const run = { workflow: workflowOf(identity), runId: identity.runId };
  return holder && isInferredOwner(holder, run) ? null : recorded.deliveryId;
}

const foreign = ({ runId }: RunIdentity): Refusal =>
  new Refusal(
    "forbidden",
    `Run ${runId} is not the one that GitHub started for this delivery; only that one may speak of it.`,
  );
