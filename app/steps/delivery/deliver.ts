import type { WorkerDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import {
  type AttemptAnswer,
  answerFor,
  dispatchAt,
  dispatchInSlot,
  endAttempt,
  fail,
  failureOf,
  holdsSlot,
  PAYLOAD_GONE,
  park,
  parkProbe,
  type Start,
  startAttempt,
} from "../../domain/delivery/attempt.ts";
import { BUDGET_HORIZON } from "../../domain/delivery/budget.ts";
import { dispatchRefusal, isParked, shieldRefusal } from "../../domain/delivery/connection-state.ts";
import { planRunRequest } from "../../domain/delivery/exact-run.ts";
import { startOf, startsWorkflow } from "../../domain/delivery/start.ts";
import { clientPayload } from "../../domain/intake/client-payload.ts";
import type { ArchivedPayload } from "../../domain/records/archived-payload.ts";
import type { ConnectionState } from "../../domain/records/connection-state.ts";
import type { Attempt, Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { type DispatchAccess, dispatch, dispatchAccess, type GrantedAccess } from "../../github/dispatch.ts";
import { addLogContext } from "../../log/context.ts";
import { type DeliveryJob, deliveryJob } from "../../store/queues.ts";
import { recordDispatch } from "./causes.ts";
import { prepareWorkflowDispatch } from "./dispatch-workflow.ts";
import { handleOverdue } from "./handle-overdue.ts";
import { recordFailure, recordSuccess } from "./record-outcome.ts";
import { recordAttempt, shownAttempt } from "./record-spans.ts";
import { sharedLists } from "./see-runs.ts";
import { enqueueAt, enqueueNext, recordDelivery, replaceDelivery } from "./update-delivery.ts";

/** A dispatch is recorded no further from its lease, in milliseconds: by that its runs are found. */
const MOST_APART = 5 * SECOND;

/** This worker, as it signs its leases. */
const WORKER = `${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;

/** The name under which this process holds leases. */
export const workerName = (deps: WorkerDeps): string => deps.settings.soleWorker ?? WORKER;

/**
 * Makes one delivery: one dispatch, and the record of GitHub's answer. Safe to call at
 * any time and twice: what is not due, or is somebody else's, is left alone.
 */
export async function deliver(deps: WorkerDeps, job: DeliveryJob): Promise<void> {
  const { deliveries, catalog, accounts, connections } = deps.store;
  const [delivery, subscription, repository, connection] = await Promise.all([
    deliveries.get(job.deliveryId),
    catalog.getSubscription(job),
    accounts.getRepository(job.consumerRepositoryId),
    connections.get(job.subscriptionId),
  ]);
  if (!delivery) return;
  addLogContext({ correlationId: delivery.correlationId });
  const refusal = dispatchRefusal(subscription?.status ?? null, repository) ?? shieldRefusal(delivery);
  if (refusal && !delivery.isFinalized) {
    return await applyUpdate(
      deps,
      delivery,
      fail(delivery, { stage: "before-github", status: null, ...refusal }, deps.clock.now()),
    );
  }
  const start = begin(deps, delivery);
  if ("look" in start) return await checkRunFirst(deps, delivery, start.look);
  if ("wait" in start) return await enqueueAt(deps, delivery, start.wait);
  if ("done" in start) return await applyUpdate(deps, delivery, start.done);
  if (!repository?.installationId || !subscription) return;
  if (connection.pausedAt !== null && !job.probe) return await setAside(deps, delivery);
  const installation = { installationId: repository.installationId, ownerId: repository.ownerId };
  await send(deps, { job, delivery, connection, installation, repository, subscription });
}

/** Begins an attempt, where it is time for one. */
function begin(deps: WorkerDeps, delivery: Delivery, probe = false): Start {
  const { soleWorker } = deps.settings;
  const isDead = (holder: string): boolean => soleWorker !== null && holder !== soleWorker;
  return startAttempt(delivery, workerName(deps), deps.clock.now(), isDead, probe);
}

interface Sending {
  job: DeliveryJob;
  delivery: Delivery;
  connection: ConnectionState;
  installation: { installationId: string; ownerId: string };
  /** The consumer's. */
  repository: Repository;
  subscription: Subscription;
}

/** Makes an attempt, if it is the delivery's turn: leases it, dispatches, and records the answer. */
async function send(deps: WorkerDeps, sending: Sending): Promise<void> {
  const { job, delivery, connection, installation, repository } = sending;
  const { installationId } = installation;
  const { tracking: tracked } = repository;
  const exact = startsWorkflow(delivery);
  // Where runs of the repository are to be found by what was dispatched before them.
  const isRecorded = exact || tracked || repository.provider;
  if (!(await hasTurn(deps, delivery, installationId))) return;
  const recordAt = (at: number): Promise<void> =>
    recordDispatch(deps, delivery.consumerRepositoryId, delivery.deliveryId, at);
  const recordedAt = deps.clock.now();
  // From its lease to GitHub's answer a crash leaves in doubt what was sent: what can be had before it, is.
  const [access] = await Promise.all([
    dispatchAccess(
      deps.github,
      installation,
      delivery.consumerRepositoryId,
      () => deps.clock.now(),
      startOf(delivery),
    ),
    isRecorded && recordAt(recordedAt),
  ]);
  const prepared = await prepareAttempt(deps, sending, access);
  if (!prepared) return await deps.store.queues.enqueueDeliveries([job]);
  const leasedAt = Date.parse(prepared.attempt.startedAt);
  // GitHub's answer about the token may have set the clock right: its runs are looked for around the lease.
  if (isRecorded && Math.abs(leasedAt - recordedAt) > MOST_APART) await recordAt(leasedAt);
  if (!(await replaceDelivery(deps, delivery, prepared.leased))) return;
  const leased = { ...prepared.leased, version: delivery.version + 1 };
  const answer = answerFor(leased, await prepared.dispatch());
  const { attempt } = prepared;
  recordAttempt(deps, leased, attempt, answer);
  const { number } = attempt;
  await record(deps, leased, answer, (current) => {
    const now = deps.clock.now();
    if (job.probe && answer.outcome === "failed") return parkProbe(current, number, now);
    const ended = endAttempt(current, number, answer, now, Math.random);
    // Without a webhook GitHub is asked how the run goes.
    return ended && exact && !tracked ? planRunRequest(ended, now) : ended;
  });
  // The answer is recorded first: an error of ours must not leave in doubt what is known.
  const asked = "minted" in access ? access.installation.installationId : installationId;
  if (answer.outcome === "limited") {
    if (answer.isStated === false) await deps.store.budgets.backOff(asked);
    else await deps.store.budgets.closeUntil(asked, answer.retryAt);
  }
  if (asked !== installationId) await learnInstallation(deps, job);
  await recordAnswer(deps, leased, connection, answer);
}

/** Reads the repository's installation again, where GitHub has another than is stored. */
async function learnInstallation(deps: WorkerDeps, { consumerRepositoryId }: DeliveryJob): Promise<void> {
  const repository = await deps.store.accounts.getRepository(consumerRepositoryId);
  if (!repository) return;
  const { repositoryId, ownerId } = repository;
  await deps.store.jobs.enqueue([{ kind: "repository", repositoryId, ownerId, deleted: false }]);
}

/** Checks whether a dispatch whose answer is not known started a run, before anything is sent again. */
async function checkRunFirst(deps: WorkerDeps, before: Delivery, after: Delivery): Promise<void> {
  if (after !== before && !(await replaceDelivery(deps, before, after))) return;
  const at = Date.parse(after.dueAt as string);
  if (at > deps.clock.now()) return await enqueueAt(deps, after, at);
  await handleOverdue(deps, after, sharedLists(deps, after));
}

/** Sets a delivery of a paused connection aside, unless the connection has resumed meanwhile. */
async function setAside(deps: WorkerDeps, delivery: Delivery): Promise<void> {
  if (!isParked(delivery) && !(await replaceDelivery(deps, delivery, park(delivery, deps.clock.now()))))
    return;
  const { pausedAt } = await deps.store.connections.get(delivery.subscriptionId);
  if (pausedAt === null) await deps.store.queues.enqueueDeliveries([deliveryJob(delivery)]);
}

/**
 * Returns whether a delivery has its turn in its consumer's budget. Without one it waits, for its slot or to
 * ask again, by a queue message of its own. It does not return to the queue, whose count of receptions would
 * mark it as failing. This is no attempt.
 */
async function hasTurn(deps: WorkerDeps, delivery: Delivery, installationId: string): Promise<boolean> {
  const now = deps.clock.now();
  // A slot that was given before GitHub asked to wait is worth nothing until then.
  if (holdsSlot(delivery, now) && (await deps.store.budgets.closedUntil(installationId)) <= now) return true;
  const given = await deps.store.budgets.reserve(installationId);
  if ("slot" in given && given.slot <= deps.clock.now()) return true;
  const waiting =
    "slot" in given
      ? dispatchInSlot(delivery, given.slot)
      : // Whoever asks again does so spread over a while, not all in the same moment.
        dispatchAt(delivery, now + BUDGET_HORIZON * (0.5 + Math.random() / 2));
  if (await replaceDelivery(deps, delivery, waiting))
    await enqueueAt(deps, waiting, Date.parse(waiting.notBefore as string));
  return false;
}

/** Records on the connection how the dispatch went. */
async function recordAnswer(
  deps: WorkerDeps,
  delivery: Delivery,
  connection: ConnectionState,
  answer: AttemptAnswer,
): Promise<void> {
  // Only those who run this machine can give it room, and nothing else tells them that it has none.
  if (answer.outcome === "limited" && answer.status === null) {
    const { deliveryId } = delivery;
    const { reason } = answer;
    deps.log.warn({ event: "dispatch.postponed", deliveryId, reason }, "Dispatch postponed for want of room");
  }
  // That a payload's days are over says nothing of the connection.
  if (answer.outcome === "limited" || answer === GONE) return;
  if (answer.outcome !== "dispatched") return await recordFailure(deps, delivery, failureOf(answer));
  if (connection.failures > 0) await recordSuccess(deps, delivery, "dispatched");
}

/** An attempt that is ready to be leased. */
interface Prepared {
  /** The delivery as it is while it is leased. */
  leased: Delivery;
  attempt: Attempt;
  /** Dispatches, or answers why there is nothing to dispatch. */
  dispatch: () => Promise<AttemptAnswer>;
}

const GONE: AttemptAnswer = { outcome: "refused", ...PAYLOAD_GONE };

/**
 * Builds an attempt's request before its lease, so that an error of ours never counts as a dispatch that may have
 * arrived. The archived payload is read last, and let go of once the request is built. Of a thousand at work each
 * holds what GitHub takes, and none a message of half a megabyte. Null where it is not the delivery's time any more.
 */
async function prepareAttempt(
  deps: WorkerDeps,
  { job, delivery, connection, repository, subscription }: Sending,
  access: DispatchAccess,
): Promise<Prepared | null> {
  const joint = await deps.store.archive.findPayload(delivery.archiveKey);
  // Anew, since time has passed: a lease begins when it is written.
  const start = begin(deps, delivery, job.probe && connection.pausedAt !== null);
  if (!("go" in start)) return null;
  const { go: leased, attempt } = start;
  const answering = (answer: AttemptAnswer): Prepared => ({
    leased,
    attempt,
    dispatch: () => Promise.resolve(answer),
  });
  if (!joint) return answering(GONE);
  if (!("minted" in access)) return answering(access);
  const consumer = { subscription, defaultBranch: repository.defaultBranch };
  const dispatch = startsWorkflow(delivery)
    ? prepareWorkflowDispatch(deps, leased, attempt, joint, access, consumer)
    : prepareDispatch(deps, leased, attempt, joint, access);
  return { leased, attempt, dispatch };
}

/** Builds a `repository_dispatch`; what is returned sends it. */
function prepareDispatch(
  deps: WorkerDeps,
  delivery: Delivery,
  attempt: Attempt,
  joint: Readonly<ArchivedPayload>,
  access: GrantedAccess,
): () => Promise<AttemptAnswer> {
  const body = {
    event_type: delivery.eventType,
    client_payload: clientPayload(delivery, joint, shownAttempt(deps, delivery, attempt)),
  };
  const now = (): number => deps.clock.now();
  return () => dispatch(deps.github, access, delivery.consumerRepositoryId, body, now);
}

/** Records an attempt's answer on the delivery as it is by now: its consumer may have confirmed meanwhile. */
async function record(
  deps: WorkerDeps,
  leased: Delivery,
  answer: AttemptAnswer,
  end: (current: Delivery) => Delivery | null,
): Promise<void> {
  for (
    let current: Delivery | null = leased;
    current;
    current = await deps.store.deliveries.get(leased.deliveryId)
  ) {
    const next = end(current);
    if (next === null) return;
    if (await replaceDelivery(deps, current, next)) return await afterUpdate(deps, current, next, answer);
  }
}

/** Moves a delivery that needs no attempt, where it changed, and writes its facts. */
async function applyUpdate(deps: WorkerDeps, before: Delivery, after: Delivery): Promise<void> {
  if (after === before) return await followUp(deps, before);
  if (await replaceDelivery(deps, before, after)) await afterUpdate(deps, before, after, null);
}

/** Continues after an update; repeated on each visit, since a crash may have come between update and continuation. */
async function followUp(deps: WorkerDeps, delivery: Delivery, before: Delivery | null = null): Promise<void> {
  await recordDelivery(deps, delivery, before);
  await enqueueNext(deps, delivery);
}

async function afterUpdate(
  deps: WorkerDeps,
  before: Delivery,
  delivery: Delivery,
  answer: AttemptAnswer | null,
): Promise<void> {
  await followUp(deps, delivery, before);
  const dispatched = answer?.outcome === "dispatched";
  deps.log.info(
    {
      event: dispatched ? "delivery.dispatched" : "delivery.updated",
      correlationId: delivery.correlationId,
      deliveryId: delivery.deliveryId,
      status: delivery.status,
      attempt: delivery.attempts.length,
      outcome: answer?.outcome,
      reason: delivery.failure?.reason,
    },
    dispatched ? "Delivery dispatched" : "Delivery updated",
  );
}
