import type { Clock } from "../domain/clock.ts";
import { DEFAULT_BUDGET } from "../domain/delivery/budget.ts";
import type { BudgetLimits } from "../domain/records/budget.ts";
import { Accounts } from "./accounts.ts";
import { ExpiringArchive } from "./archive.ts";
import { Audit } from "./audit.ts";
import { Budgets } from "./budgets.ts";
import { Catalog } from "./catalog.ts";
import { Changes } from "./changes.ts";
import { Connections } from "./connections.ts";
import { Deliveries } from "./deliveries.ts";
import { Facts } from "./facts.ts";
import { Failures } from "./failures.ts";
import { Jobs } from "./jobs.ts";
import { Meters } from "./meters.ts";
import { Notices } from "./notices.ts";
import { OwnerExports } from "./owner-exports.ts";
import type { IntakeStorage, Storage, Table } from "./ports.ts";
import { Queues } from "./queues.ts";
import { ReplayJobs } from "./replay-jobs.ts";
import { Runs } from "./runs.ts";
import { Sessions } from "./sessions.ts";
import { SmallPayloads } from "./small-payloads.ts";
import type { TableName } from "./tables.ts";

/** All that Zekt keeps. */
export interface Store {
  accounts: Accounts;
  catalog: Catalog;
  runs: Runs;
  deliveries: Deliveries;
  failures: Failures;
  connections: Connections;
  replayJobs: ReplayJobs;
  ownerExports: OwnerExports;
  budgets: Budgets;
  meters: Meters;
  facts: Facts;
  notices: Notices;
  audit: Audit;
  jobs: Jobs;
  sessions: Sessions;
  /** Publishes the changes that this process makes. */
  changes: Changes;
  archive: ExpiringArchive;
  queues: Queues;
  storeThenEnqueue: StoreThenEnqueue;
}

/**
 * Stores something, and enqueues what is to be done with it once it is stored. Where one write can do both, it does,
 * and the disk is waited for once. `store` begins its write before it waits for anything. Returns what `store` does.
 */
export type StoreThenEnqueue = <T>(store: () => Promise<T>, enqueue: () => Promise<void>) => Promise<T>;

/** The part of the store that the intake of webhooks needs. */
export type IntakeStore = Pick<
  Store,
  "accounts" | "runs" | "meters" | "facts" | "jobs" | "queues" | "storeThenEnqueue"
>;

const queuesOf = (storage: IntakeStorage): Queues =>
  new Queues({ routing: storage.queue("routing"), delivery: storage.queue("delivery") });

const storeThenEnqueueOf =
  ({ writesTogether = false }: IntakeStorage): StoreThenEnqueue =>
  async (store, enqueue) => {
    if (writesTogether) return (await Promise.all([store(), enqueue()]))[0];
    const stored = await store();
    await enqueue();
    return stored;
  };

/** Opens what taking in webhooks needs. */
export function openIntakeStore(storage: IntakeStorage, clock: Clock): IntakeStore {
  const table = (name: TableName): Table => storage.table(name, clock);
  const queues = queuesOf(storage);
  return {
    accounts: new Accounts(table("accounts"), clock),
    runs: new Runs(table("runs"), clock),
    meters: new Meters(table("meters"), clock),
    facts: new Facts(table("guards"), clock),
    jobs: new Jobs(table("jobs"), clock, queues),
    queues,
    storeThenEnqueue: storeThenEnqueueOf(storage),
  };
}

/** Opens the store of a deployment. */
export function openStore(storage: Storage, clock: Clock, budget: BudgetLimits = DEFAULT_BUDGET): Store {
  const table = (name: TableName): Table => storage.table(name, clock);
  const queues = queuesOf(storage);
  const changes = new Changes();
  return {
    accounts: new Accounts(table("accounts"), clock),
    catalog: new Catalog(table("catalog"), changes),
    runs: new Runs(table("runs"), clock),
    deliveries: new Deliveries(table("deliveries"), clock, changes),
    changes,
    failures: new Failures(table("meters")),
    connections: new Connections(table("deliveries"), clock),
    replayJobs: new ReplayJobs(table("guards"), clock),
    ownerExports: new OwnerExports(table("guards"), clock),
    budgets: new Budgets(table("guards"), clock, budget),
    meters: new Meters(table("meters"), clock),
    facts: new Facts(table("guards"), clock),
    notices: new Notices(table("guards"), clock),
    audit: new Audit(table("guards"), clock),
    sessions: new Sessions(table("sessions")),
    archive: new ExpiringArchive(storage.archive, new SmallPayloads(table("runs"), clock), clock),
    jobs: new Jobs(table("jobs"), clock, queues),
    queues,
    storeThenEnqueue: storeThenEnqueueOf(storage),
  };
}
