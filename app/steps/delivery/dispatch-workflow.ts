import { isDeepStrictEqual } from "node:util";
import type { WorkerDeps } from "../../deps.ts";
import { DAY, iso } from "../../domain/clock.ts";
import type { AttemptAnswer } from "../../domain/delivery/attempt.ts";
import { workflowInputs } from "../../domain/intake/client-payload.ts";
import type { ArchivedPayload } from "../../domain/records/archived-payload.ts";
import type { Attempt, Delivery } from "../../domain/records/delivery.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import type { GrantedAccess } from "../../github/dispatch.ts";
import { getRepository } from "../../github/installations.ts";
import {
  dispatchWorkflow,
  isRefMissing,
  type WorkflowDispatchAnswer,
  type WorkflowDispatchBody,
} from "../../github/workflow-dispatch.ts";
import { RUN_OWNER } from "../../store/fact-kinds.ts";
import { shownAttempt } from "./record-spans.ts";

/** The time after which a server that refused to name its runs is asked again: it may be a newer one. */
const ASK_NAME_AGAIN = 1 * DAY;

/** The consumer that a `workflow_dispatch` goes to. */
interface To {
  subscription: Subscription;
  /** The branch that is run where the subscription names none. */
  defaultBranch: string;
}

/** Builds a `workflow_dispatch` before its lease; what is returned sends it and records the run that GitHub names. */
export function prepareWorkflowDispatch(
  deps: WorkerDeps,
  delivery: Delivery,
  attempt: Attempt,
  joint: Readonly<ArchivedPayload>,
  access: GrantedAccess,
  { subscription, defaultBranch }: To,
): () => Promise<AttemptAnswer> {
  const { consumerRepositoryId: repositoryId, workflow } = delivery;
  if (workflow === null) throw new Error(`Delivery ${delivery.deliveryId} names no workflow to start.`);
  const inputs = workflowInputs(delivery, joint, shownAttempt(deps, delivery, attempt));
  const body = { ref: delivery.ref ?? defaultBranch, inputs };
  const { unnamedRuns } = subscription;
  const isRefused =
    unnamedRuns?.by === "refusal" && deps.clock.now() < Date.parse(unnamedRuns.since) + ASK_NAME_AGAIN;
  return async () => {
    const target = { repositoryId, workflow };
    const given = await dispatchToBranch(deps, access, target, body, isRefused, delivery.ref == null);
    const { answer } = given;
    if (answer.outcome !== "dispatched") return answer;
    try {
      // Before the answer itself: a crash between the two leaves no run without its delivery.
      if (answer.runId !== undefined) {
        const run = RUN_OWNER.of({ repositoryId, runId: answer.runId });
        await deps.store.facts.set(run, { deliveryId: delivery.deliveryId, attempt: attempt.number });
      }
      await recordNaming(deps, subscription, given, isRefused);
    } catch (error) {
      // The answer holds the run's id as well, and must not be lost over this.
      deps.log.warn({ event: "run.unrecorded", err: error, repositoryId }, "Run could not be recorded");
    }
    return answer;
  };
}

/**
 * Dispatches to a ref. Where GitHub does not know the stored default branch any more, that was renamed, and
 * GitHub is asked for the new one.
 */
async function dispatchToBranch(
  deps: WorkerDeps,
  access: GrantedAccess,
  target: { repositoryId: string; workflow: string },
  body: WorkflowDispatchBody,
  isRefused: boolean,
  isDefault: boolean,
): Promise<WorkflowDispatchAnswer> {
  const send = (ref: string): Promise<WorkflowDispatchAnswer> =>
    dispatchWorkflow(deps.github, access, target, { ...body, ref }, () => deps.clock.now(), isRefused);
  const given = await send(body.ref);
  if (!isDefault || !isRefMissing(given.answer)) return given;
  const { repositoryId } = target;
  const { ownerId } = access.installation;
  // Where GitHub cannot say now, the refusal stands.
  const now = await getRepository(deps.github, access.installation, repositoryId).catch(() => null);
  if (now === null || now.defaultBranch === body.ref) return given;
  await deps.store.jobs.enqueue([{ kind: "repository", repositoryId, ownerId, deleted: false }]);
  return await send(now.defaultBranch);
}

/** Records on the subscription whether the server names the runs that it starts. */
async function recordNaming(
  deps: WorkerDeps,
  subscription: Subscription,
  { answer, parameterRefused }: WorkflowDispatchAnswer,
  wasRefused: boolean,
): Promise<void> {
  const standing = subscription.unnamedRuns ?? null;
  const since = iso(deps.clock.now());
  const by = parameterRefused ? ("refusal" as const) : ("answer" as const);
  const isNamed = "runId" in answer && answer.runId !== undefined;
  const unnamedRuns = isNamed
    ? null
    : standing?.by === by && (by === "answer" || wasRefused)
      ? standing
      : { since, by };
  if (isDeepStrictEqual(standing, unnamedRuns)) return;
  await deps.store.catalog.updateSubscription(subscription, { unnamedRuns });
  if (isNamed) return;
  deps.log.warn(
    { event: "run.unnamed", subscriptionId: subscription.subscriptionId, by },
    "GitHub does not name the runs that it starts",
  );
}
