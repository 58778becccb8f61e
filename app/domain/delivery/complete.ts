import { iso } from "../clock.ts";
import type { Delivery, Failure, Owner } from "../records/delivery.ts";
import { fail, retryOrFail } from "./attempt.ts";
import { confirm } from "./confirm.ts";
import {
  type ConsumerRun,
  decidingWorkflow,
  isReleased,
  newOwner,
  ownershipOf,
  releaseOf,
  withOwner,
} from "./ownership.ts";

export type Completion =
  | { delivery: Delivery }
  /** Another run of the same workflow owns the delivery; only that one may complete it. */
  | { foreignOwner: Owner };

/**
 * A consumer's run says how it ended. Accepted after a confirm and alone. The deciding workflow's
 * result finalizes the delivery; another workflow's is only noted; a finalized delivery stays as it is.
 */
export function complete(
  delivery: Delivery,
  run: ConsumerRun,
  result: { success: boolean; conclusion: string },
  now: number,
  random: () => number,
  via: Owner["via"] = "action",
  decides = true,
): Completion {
  if (isReleased(delivery, run)) return { delivery };
  const standing = delivery.owners[run.workflow];
  if (ownershipOf(delivery, run, via) === "duplicate" && standing) return { foreignOwner: standing };
  const owner = newOwner(delivery, run);
  if (owner?.completedAt && owner.conclusion === result.conclusion && owner.runAttempt >= run.runAttempt) {
    return { delivery };
  }
  if (result.conclusion === NO_JOB && owner === null)
    return { delivery: decides ? notStarted(delivery, run, now, via) : delivery };
  const { delivery: confirmed } = confirm(delivery, run, now, via, decides);
  const end = {
    via: newOwner(confirmed, run)?.via ?? via,
    completedAt: iso(now),
    conclusion: result.conclusion,
  };
  const noted = withOwner(confirmed, run, end, decides);
  const isFinal = noted.status === "Completed" || noted.status === "Failed";
  if (isFinal || decidingWorkflow(noted) !== run.workflow) return { delivery: noted };
  const ended = { ...noted, completedAt: iso(now), conclusion: result.conclusion };
  if (result.success) {
    return {
      delivery: {
        ...ended,
        status: "Completed",
        isFinalized: true,
        failure: null,
        dueFor: null,
        notBefore: null,
        dueAt: null,
      },
    };
  }
  const failure: Failure = {
    stage: "conclusion",
    kind: "consumer",
    status: null,
    reason: `The consumer's run ended with ${result.conclusion}.`,
  };
  if (ended.durable?.retryOnFailure && result.conclusion !== CANCELLED) {
    // The next dispatch starts a new run, so the failed one gives its ownership up.
    const { [run.workflow]: _, ...owners } = ended.owners;
    const releasedRuns = [...(ended.releasedRuns ?? []), releaseOf(run)];
    const released = { ...ended, owners, releasedRuns, completedAt: null, conclusion: null };
    return { delivery: retryOrFail(released, failure, now, random) };
  }
  return { delivery: fail(ended, failure, now) };
}

/**
 * GitHub's conclusion of a run that somebody cancelled, or a newer run of its concurrency group. Dispatched again, it
 * would cancel that one in its turn.
 */
const CANCELLED = "cancelled";

/** GitHub's conclusion of a run whose jobs never started. */
const NO_JOB = "startup_failure";

/**
 * Fails a delivery by a run without a job, unless another workflow has it or decides on it. Such a run
 * confirms nothing, and another dispatch would end as this one did.
 */
function notStarted(delivery: Delivery, run: ConsumerRun, now: number, via: Owner["via"]): Delivery {
  if (delivery.isFinalized || (decidingWorkflow(delivery) ?? run.workflow) !== run.workflow) return delivery;
  const noted = withOwner(delivery, run, { via, completedAt: iso(now), conclusion: NO_JOB });
  const failure: Failure = {
    stage: "conclusion",
    kind: "startup-failure",
    status: null,
    reason: `GitHub made run ${run.runId} of ${run.workflow} and started no job of it (startup_failure). The run's page says why: most often an Actions policy does not list this App or repository_dispatch. Repository, organization and enterprise have policies, under Settings, Actions, Policies.`,
  };
  return fail({ ...noted, completedAt: iso(now), conclusion: NO_JOB }, failure, now);
}
