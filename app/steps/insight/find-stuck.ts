import type { WorkerDeps } from "../../deps.ts";
import { DAY, HOUR, iso, MINUTE } from "../../domain/clock.ts";
import {
  type DeadJob,
  type Stuck,
  stuckConnection,
  stuckDeadJob,
  stuckDelivery,
  stuckEvent,
  stuckJob,
} from "../../domain/insight/stuck.ts";
import { DEAD_JOBS } from "../../store/fact-kinds.ts";

/** Due items looked at of each kind and shard, at most. */
const LOOKED_AT = 250;
/** Paused connections listed, at most. */
const MOST_CONNECTIONS = 100;
/** Stuck work is due again after an hour at most. */
const AHEAD = HOUR + 5 * MINUTE;
/** Dead jobs stay listed for so long. */
const DEAD_RANGE = 14 * DAY;

/** Finds what is stuck over all owners, oldest first. It reads due indexes, as far as an hour ahead. */
export async function findStuck(deps: WorkerDeps): Promise<Stuck[]> {
  const { deliveries, runs, jobs, facts } = deps.store;
  const now = deps.clock.now();
  const until = iso(now + AHEAD);
  const [late, events, waiting, dead, paused] = await Promise.all([
    deliveries.dueUntil(until, LOOKED_AT),
    runs.eventsDueUntil(until, LOOKED_AT),
    jobs.dueUntil(until, LOOKED_AT),
    facts.recorded(DEAD_JOBS.of(), iso(now - DEAD_RANGE), iso(now)),
    pausedConnections(deps),
  ]);
  return [
    ...late.map(stuckDelivery),
    ...events.map(stuckEvent),
    ...waiting.map(stuckJob),
    ...dead.map((one) => stuckDeadJob(JSON.parse(one) as DeadJob)),
    ...paused,
  ]
    .filter((one) => one !== null)
    .sort((a, b) => (a.since < b.since ? -1 : 1));
}

async function pausedConnections(deps: WorkerDeps): Promise<Stuck[]> {
  const paused = await deps.store.connections.paused(MOST_CONNECTIONS);
  return await Promise.all(
    paused.map(async (state) => {
      const subscription = await deps.store.catalog.findSubscription(state.subscriptionId);
      return stuckConnection(state, subscription?.ownerId ?? "");
    }),
  );
}
