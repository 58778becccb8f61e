import { iso, MINUTE, SECOND } from "../../app/domain/clock.ts";
import { MAX_MESSAGES } from "../../app/domain/limits.ts";
import type { ConnectionState } from "../../app/domain/records/connection-state.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import { RUN_MESSAGES } from "../../app/store/fact-kinds.ts";
import { deliveryJob } from "../../app/store/queues.ts";
import { type Stage, until } from "../../harness/stage.ts";
import { callAs, tokenOf } from "../../harness/world.ts";
import { type Lambdas, sqsRecord } from "./start-lambdas.ts";

const PROVIDER = "acme/releases";
const CONSUMER = "hooli/ledger";
const RELEASE = ".github/workflows/release.yml";
/** The length of a payload that is too large for an item. */
const LARGE = 2000;

/** Archives what only large bodies leave there, as another instance would have: none of these has it in memory. */
export async function archiveFromElsewhere(stage: Stage, lambdas: Lambdas): Promise<void> {
  const { archive, runs } = lambdas.deps.store;
  const repositoryId = stage.repositoryId(PROVIDER);
  const bodyKey = `messages/${repositoryId}/1/large.json`;
  await archive.put(bodyKey, "{}");
  await runs.addMessage({
    repositoryId,
    runId: "1",
    ownerId: String(stage.github.control.account("acme").id),
    messageId: "message-large",
    eventType: "large",
    runAttempt: 1,
    receivedAt: iso(Date.now()),
    body: null,
    bodyKey,
    size: 2,
    sha256: "",
  } as never);
  const globex = stage.repositoryId("globex/night-builds");
  for (const kind of ["events", "messages", "plans"])
    await archive.put(`${kind}/${globex}/1/large.json`, "{}".padEnd(LARGE));
}

/** Brings about what takes a large fan-out, a paused connection, a lost webhook or a step that knows little. */
export async function provokeTheRare(stage: Stage, lambdas: Lambdas): Promise<void> {
  await confirmByCorrelation(stage);
  await loseAPayload(stage, lambdas);
  await planForMany(stage, lambdas);
  await resumeByProbe(stage, lambdas);
  await failBySchedule(stage, lambdas);
  await resumeBySchedule(stage, lambdas);
  await missARun(stage, lambdas);
  await sendOneTooMany(stage, lambdas);
}

/** A step that names the provider's run alone, as one does that was started by an older workflow file. */
async function confirmByCorrelation(stage: Stage): Promise<void> {
  const { dispatches } = stage.github.control.repository(CONSUMER);
  const runId = dispatches.at(-1)?.runIds.at(-1) ?? 0;
  const token = await tokenOf(stage, runId);
  const answer = await callAs(stage, token, "POST", "/event-delivery/confirm", { correlationId: "1" });
  if (answer.status !== 404) throw new Error(`Run 1 sent nothing there, but: ${answer.status}`);
}

/** S3 does not say that an object is gone to one who may not list the bucket; Zekt says so all the same. */
async function loseAPayload({ api, repositoryId }: Stage, lambdas: Lambdas): Promise<void> {
  const { archive, deliveries } = lambdas.deps.store;
  const { items } = await deliveries.list("consumer", repositoryId("hooli/mirror"));
  // One that this instance has not read for its provider's export.
  const delivery = items.find(({ eventType }) => eventType === "artifact-ready");
  if (!delivery) throw new Error("No artifact was told of.");
  await archive.removeAll([delivery.archiveKey]);
  const told = await api("hooli-dev", "GET", `/deliveries/${delivery.deliveryId}/payload`).then(
    () => "It was read.",
    (error: Error) => error.message,
  );
  if (!/answered 410/.test(told)) throw new Error(`A payload that is gone was not told to be: ${told}`);
}

/** A plan too large for its item, kept in the archive; and one that was decided elsewhere, read from there. */
async function planForMany(stage: Stage, lambdas: Lambdas): Promise<void> {
  const { archive, catalog, runs } = lambdas.deps.store;
  const { control } = stage.github;
  const repositoryId = stage.repositoryId(PROVIDER);
  const { services } = await catalog.offerOf(repositoryId);
  const service = services.find(({ workflow }) => workflow === RELEASE);
  const [subscription] = await catalog.subscriptionsTo(service?.serviceId ?? "");
  if (!subscription) throw new Error("Nobody has subscribed to releases.");
  const eventTypes = Array.from({ length: 4000 }, (_, n) => `one-of-very-many-event-types-${n}`);
  await catalog.updateSubscription(subscription, { eventTypes });
  const { id } = await control.startRun({ repository: PROVIDER, workflow: RELEASE });
  await control.completeRun(id, "success");
  const run = { repositoryId, runId: String(id), runAttempt: 1 };
  await until(async () => Boolean((await runs.getEvent(run))?.planKey));
  await catalog.updateSubscription(subscription, { eventTypes: subscription.eventTypes });
  const event = await runs.getEvent(run);
  const decided = JSON.parse((await archive.get(event?.planKey ?? "")) ?? "{}") as object;
  const other = { ...run, runId: "4712" };
  const planKey = `plans/${repositoryId}/4712/elsewhere.json`;
  await archive.put(planKey, JSON.stringify({ ...decided, services: [] }));
  await runs.addEvent({ ...event, ...other, eventId: "event-decided-elsewhere", planKey } as never);
  await lambdas.functions.worker.call({ Records: [sqsRecord("routing", "plan", JSON.stringify(other))] });
}

/** Pauses a connection, of which its people are told. */
async function pause(lambdas: Lambdas, delivery: Delivery, dueAt: string | null): Promise<void> {
  const { connections, notices } = lambdas.deps.store;
  const { subscriptionId, consumerRepositoryId: repositoryId, consumerOwnerId: ownerId } = delivery;
  const at = iso(Date.now() - MINUTE);
  const before = await connections.get(subscriptionId);
  const failure = { stage: "github", reason: "GitHub did not take it." } as ConnectionState["failure"];
  await connections.replace(before, { ...before, failures: 20, pausedAt: at, failure, probes: 1, dueAt });
  const rest = { reason: "It failed.", deliveryId: null, service: null, other: null };
  const subject = subscriptionId;
  await notices.open({
    kind: "connection-paused",
    ...{ repositoryId, ownerId, subject, at, subscriptionId },
    ...rest,
  });
}

async function lastTo(stage: Stage, lambdas: Lambdas): Promise<Delivery> {
  const { items } = await lambdas.deps.store.deliveries.list("consumer", stage.repositoryId(CONSUMER));
  if (!items[0]) throw new Error(`${CONSUMER} has no delivery.`);
  return items[0];
}

async function isPaused(lambdas: Lambdas, { subscriptionId }: Delivery): Promise<boolean> {
  return (await lambdas.deps.store.connections.get(subscriptionId)).pausedAt !== null;
}

/** The worker probes with a delivery whose payload is large, and archived by another instance; it arrives. */
async function resumeByProbe(stage: Stage, lambdas: Lambdas): Promise<void> {
  const { archive, deliveries } = lambdas.deps.store;
  const made = await lastTo(stage, lambdas);
  const archiveKey = `events/${stage.repositoryId(PROVIDER)}/4713/elsewhere.json`;
  await archive.put(archiveKey, ((await archive.get(made.archiveKey)) ?? "").padEnd(LARGE));
  const probe = {
    ...made,
    ...{
      deliveryId: "delivery-that-probes",
      archiveKey,
      status: "Pending",
      attempts: [],
      isFinalized: false,
    },
    ...{ confirmedAt: null, endedAt: null, notBefore: null, dueFor: "dispatch" },
  } as never as Delivery;
  await deliveries.add(probe as never);
  await pause(lambdas, made, null);
  const job = JSON.stringify({ ...deliveryJob(probe), probe: true });
  await lambdas.functions.worker.call({ Records: [sqsRecord("delivery", "probe", job)] });
  if (await isPaused(lambdas, made)) throw new Error("A probe that arrived did not resume its connection.");
}

/** A confirmed delivery whose run never ends fails by the schedule, which records it whole. */
async function failBySchedule(stage: Stage, lambdas: Lambdas): Promise<void> {
  const { deliveries } = lambdas.deps.store;
  const { items } = await deliveries.list("consumer", stage.repositoryId(CONSUMER));
  const one = items.find(({ durable }) => durable !== null);
  if (!one) throw new Error(`${CONSUMER} has no durable delivery.`);
  const dueAt = iso(Date.now() - MINUTE);
  const confirmedAt = iso(Date.now() - MINUTE - (one.durable?.completeWithin ?? 0) * SECOND);
  const attempts = one.attempts.map((attempt) => ({ ...attempt, startedAt: confirmedAt }));
  const confirmed = {
    status: "Confirmed",
    confirmedAt,
    attempts,
    endedAt: null,
    isFinalized: false,
  } as const;
  await deliveries.replace(one, { ...one, ...confirmed, dueFor: "completion", dueAt });
  await lambdas.tick();
  const after = await deliveries.get(one.deliveryId);
  if (after?.status !== "Failed") throw new Error(`A delivery whose run never ended is ${after?.status}.`);
}

/** The schedule resumes what nothing waits for, and nothing that arrives meanwhile does it instead. */
async function resumeBySchedule(stage: Stage, lambdas: Lambdas): Promise<void> {
  const { deliveries } = lambdas.deps.store;
  await until(async () => {
    const { items } = await deliveries.list("consumer", stage.repositoryId(CONSUMER));
    return items.every(({ status }) => status !== "Pending");
  });
  // While a delivery of it waits for its confirmation, a connection is left to that one.
  const { items } = await deliveries.list("consumer", stage.repositoryId(CONSUMER));
  for (const one of items)
    if (one.dueFor !== null)
      await deliveries.replace(one, { ...one, isFinalized: true, dueFor: null, dueAt: null });
  const made = await lastTo(stage, lambdas);
  await pause(lambdas, made, iso(Date.now() - MINUTE));
  await lambdas.tick();
  if (await isPaused(lambdas, made)) throw new Error("A connection that nothing waits for stayed paused.");
}

/** A run ends while the provider's webhook is gone. */
async function missARun(stage: Stage, lambdas: Lambdas): Promise<void> {
  const { control } = stage.github;
  const { accounts, runs } = lambdas.deps.store;
  const repositoryId = stage.repositoryId(PROVIDER);
  control.deleteHook(PROVIDER, control.repository(PROVIDER).hooks[0]?.id ?? 0);
  const { id } = await control.startRun({ repository: PROVIDER, workflow: RELEASE });
  await control.completeRun(id, "success");
  await accounts.scheduleRepository(repositoryId, iso(Date.now() - MINUTE));
  await lambdas.tick();
  if (!(await runs.getEvent({ repositoryId, runId: String(id), runAttempt: 1 })))
    throw new Error("A run that ended without a webhook was not found.");
}

/** A run that has sent as many messages as one may: the next is refused, and removed again. */
async function sendOneTooMany(stage: Stage, lambdas: Lambdas): Promise<void> {
  const { facts, runs } = lambdas.deps.store;
  const repositoryId = stage.repositoryId(PROVIDER);
  const { id } = await stage.github.control.startRun({ repository: PROVIDER, workflow: RELEASE });
  const run = { repositoryId, runId: String(id) };
  const one = {
    ...run,
    ownerId: String(stage.github.control.account("acme").id),
    eventType: "one-of-many",
    runAttempt: 1,
    receivedAt: iso(Date.now()),
    body: "{}",
  };
  // As many as make a run crowded; the others are counted, as if they had been sent.
  await Promise.all(
    Array.from({ length: 100 }, (_, n) => runs.addMessage({ ...one, messageId: `message-${n}` } as never)),
  );
  for (let n = 0; n < MAX_MESSAGES; n++) await facts.count(RUN_MESSAGES.of(run));
  const token = await tokenOf(stage, id);
  const answer = await callAs(stage, token, "POST", "/events/receive", { eventType: "late", payload: {} });
  if (answer.status !== 409) throw new Error(`A run sent more messages than it may: ${answer.status}`);
}
