import { MINUTE } from "../../app/domain/clock.ts";
import { connectionScope } from "../../app/domain/delivery/delivery-facts.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import { runEveryMinute } from "../../app/steps/jobs/run-every-minute.ts";
import { pages } from "../../app/store/pages.ts";
import type { ConsumerRun } from "./consumer-runs.ts";
import { dossierOf, dossierOfProvider } from "./dossier.ts";
import type { Consumer, SimulatedWorld } from "./world.ts";

/** A consumer's deliveries and the runs that their dispatches started. */
interface Side {
  consumer: Consumer;
  deliveries: Delivery[];
  runs: ConsumerRun[];
}

/** The figures of a run of the simulation that held. */
export interface Judged {
  deliveries: number;
  dispatches: number;
  /** Dispatches after the first of a delivery: those that had to be, since the one before came to nothing that is known. */
  repeated: number;
  completed: number;
  /** Durable deliveries that failed, by the reason's stage; and those whose outcome is not known. */
  failed: number;
  unknown: number;
  /** Those that failed though a run ended well whose own step could not call Zekt for as long as it tries. */
  unheard: number;
}

/** Returns whether every consumer has the deliveries of so many events, and none of them waits for anything. */
export async function areAtRest(world: SimulatedWorld, events: number): Promise<boolean> {
  for (const consumer of world.consumers) {
    const all = await deliveriesOf(world, consumer);
    if (all.length < events || all.some(({ isFinalized, dueAt }) => !isFinalized || dueAt !== null))
      return false;
  }
  return true;
}

/**
 * Waits until the figures have what came late to them. The total of a folded hour stands until the next
 * minute folds it anew. A delivery that ends after the minute's sweep is not in it yet.
 */
async function awaitFigures({ time, worker }: SimulatedWorld): Promise<void> {
  for (let minutes = 0; minutes < 2; minutes++) {
    time.pass(MINUTE);
    await runEveryMinute((await worker(0)).deps);
  }
}

/** Lists every delivery of a consumer. */
async function deliveriesOf(world: SimulatedWorld, { repositoryId }: Consumer): Promise<Delivery[]> {
  const { deliveries } = world.observer.store;
  const found: Delivery[] = [];
  for await (const items of pages((cursor) =>
    deliveries.list("consumer", repositoryId, { cursor, limit: 200 }),
  ))
    found.push(...items);
  return found;
}

const isUnknown = ({ failure }: Delivery): boolean => /is not known/.test(failure?.reason ?? "");

/**
 * Holds what Zekt says against what happened at GitHub, once all is at rest.
 *
 * @param correlationIds - the provider's runs that ended
 * @throws Error naming each invariant that does not hold
 */
export async function judge(
  world: SimulatedWorld,
  correlationIds: ReadonlySet<string>,
  runs: readonly ConsumerRun[],
): Promise<Judged> {
  const faults: string[] = [];
  const hold = (holds: boolean, what: string): void => void (holds || faults.push(what));
  await awaitFigures(world);
  const total: Judged = {
    deliveries: 0,
    dispatches: 0,
    repeated: 0,
    completed: 0,
    failed: 0,
    unknown: 0,
    unheard: 0,
  };
  for (const consumer of world.consumers) {
    const deliveries = await deliveriesOf(world, consumer);
    const side = { consumer, deliveries, runs: runs.filter((run) => run.consumer === consumer) };
    const { fullName } = consumer;
    const events = new Set(deliveries.map((one) => one.correlationId));
    for (const id of correlationIds)
      hold(events.has(id), `${fullName} has no delivery of run ${id}: ${webhooksOf(world, id)}`);
    if (deliveries.length < correlationIds.size)
      process.stderr.write(`The provider: ${await dossierOfProvider(world)}\n`);
    hold(deliveries.length === correlationIds.size, `${fullName} has ${deliveries.length} deliveries`);
    for (const delivery of deliveries) {
      const before = faults.length;
      judgeDelivery(side, delivery, hold);
      const isOdd = delivery.durable !== null && !isUnknown(delivery) && !endedAsItsRuns(side, delivery);
      if (faults.length > before || isOdd)
        process.stderr.write(`${await dossierOf(world, delivery, side.runs)}\n`);
    }
    await judgeFigures(world, side, hold);
    const durable = deliveries.filter((one) => one.durable !== null);
    total.deliveries += deliveries.length;
    total.dispatches += side.runs.length;
    total.repeated += side.runs.filter(({ dispatch }) => dispatch > 1).length;
    total.completed += durable.filter(({ status }) => status === "Completed").length;
    total.unknown += durable.filter(isUnknown).length;
    total.unheard += durable.filter((one) => one.status === "Failed" && wasUnheard(side, one)).length;
    total.failed += durable.filter((one) => one.status === "Failed" && !isUnknown(one)).length;
  }
  await judgeRest(world, hold);
  if (faults.length > 0) throw new Error(`${faults.length} do not hold:\n${faults.slice(0, 20).join("\n")}`);
  return total;
}

/** Returns how the webhooks of a provider's run fared. */
const webhooksOf = (world: SimulatedWorld, runId: string): string =>
  world.github.control
    .repository("acme/repo")
    .hooks.flatMap(({ deliveries }) => deliveries)
    .filter(({ request }) => request.body.includes(`"id":${runId}`))
    .map(
      ({ action, deliveredAt, statusCode, redelivery }) =>
        `${action} ${new Date(deliveredAt).toISOString()} ${statusCode}${redelivery ? " again" : ""}`,
    )
    .join(", ");

/** Returns whether a delivery ended as one of its runs did. */
function endedAsItsRuns({ runs }: Side, { deliveryId, status }: Delivery): boolean {
  const conclusion = status === "Completed" ? "success" : "failure";
  return runs.some((run) => run.deliveryId === deliveryId && run.conclusion === conclusion);
}

/** Returns whether a step of a run that ended well gave up its call: then Zekt cannot know how it ended. */
const wasUnheard = ({ runs }: Side, { deliveryId }: Delivery): boolean =>
  runs.some((run) => run.deliveryId === deliveryId && run.conclusion === "success" && run.gaveUp);

type Hold = (holds: boolean, what: string) => void;

function judgeDelivery(side: Side, delivery: Delivery, hold: Hold): void {
  const { deliveryId, status, isFinalized, failure } = delivery;
  const own = side.runs.filter((run) => run.deliveryId === deliveryId);
  const at = (ms: number): string => new Date(ms).toISOString();
  const ended = own.map(
    ({ dispatch, conclusion, dispatchedAt, makeAt, beginAt, endAt, run }) =>
      `${dispatch} ${run?.id} ${at(dispatchedAt)} made ${at(makeAt)} began ${at(beginAt)} ended ${at(endAt)} ${conclusion}`,
  );
  const told = [delivery.confirmedAt, delivery.completedAt, ...own.map((run) => run.confirmed)];
  const attempts = delivery.attempts.map(
    ({ number, outcome, startedAt }) => `${number} ${outcome} ${startedAt}`,
  );
  const who = `${side.consumer.fullName} ${deliveryId} (${status}; ${failure?.reason}; told ${told}; attempts ${attempts}; runs ${ended})`;
  hold(isFinalized && delivery.dueAt === null && delivery.parkedAt === null, `is not at rest: ${who}`);
  // Only what is not durable may end without a dispatch, or what fits another's run, and then it says so.
  const saysSo = status === "Failed" || delivery.attempts.at(-1)?.outcome === "unknown";
  const maySaySo = delivery.durable === null || isUnknown(delivery);
  hold(own.length > 0 || (maySaySo && saysSo), `was never dispatched: ${who}`);
  const unsaid = own.filter(({ possibleDuplicate }) => !possibleDuplicate);
  if (delivery.durable === null) {
    hold(unsaid.length <= 1, `was sent again unsaid: ${who}`);
    return;
  }
  for (const run of own.slice(1)) {
    // A run that failed may be followed by another; one that is to end well, or did, may not.
    const before = own.filter(
      ({ dispatch, conclusion }) => dispatch < run.dispatch && conclusion === "success",
    );
    hold(before.length === 0, `was dispatched needlessly: ${who}`);
  }
  const succeeded = own.some(({ conclusion }) => conclusion === "success");
  if (status === "Completed") hold(succeeded, `is completed by no run: ${who}`);
  if (status === "Failed" && !isUnknown(delivery)) hold(!succeeded, `failed though a run ended well: ${who}`);
  const owners = own.filter(({ confirmed }) => confirmed === "owner");
  hold(owners.length <= 1, `has ${owners.length} owners: ${who}`);
}

/** Holds a connection's figures against its deliveries: each counts once. */
async function judgeFigures(
  world: SimulatedWorld,
  { consumer, deliveries }: Side,
  hold: Hold,
): Promise<void> {
  const now = world.time.now();
  const { meters } = world.observer.store;
  const first = Math.min(now, ...deliveries.map(({ createdAt }) => Date.parse(createdAt)));
  const last = Math.max(now, ...deliveries.map(({ createdAt }) => Date.parse(createdAt)));
  const counts: Record<string, number | undefined> = await meters.total(
    connectionScope(consumer.subscriptionId),
    first,
    last,
  );
  const count = (is: (one: Delivery) => boolean): number => deliveries.filter(is).length;
  const expected = {
    "health:total": deliveries.length,
    "health:completed": count((one) => one.durable !== null && one.status === "Completed"),
    "health:failed": count(({ status }) => status === "Failed"),
  };
  for (const [name, value] of Object.entries(expected))
    hold((counts[name] ?? 0) === value, `${consumer.fullName}: ${name} is ${counts[name]}, not ${value}`);
}

/** Holds that nothing is left to do. */
async function judgeRest({ observer, provider, consumers }: SimulatedWorld, hold: Hold): Promise<void> {
  const { deliveries, runs, jobs, connections } = observer.store;
  for await (const due of deliveries.pastDue()) hold(due.length === 0, `${due.length} deliveries are due`);
  const events = await runs.pastDue(100);
  hold(events.events.length === 0, `${events.events.length} events are due`);
  hold((await jobs.pastDue(100)).length === 0, "jobs are due");
  hold((await connections.pastDue(100)).length === 0, "connections are due");
  for (const { fullName, subscriptionId } of consumers) {
    const state = await connections.get(subscriptionId);
    hold(state.pausedAt === null, `${fullName} is paused`);
  }
  hold(provider !== "", "there is no provider");
}
