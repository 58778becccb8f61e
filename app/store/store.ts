import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../domain/clock.ts";
import { DEFAULT_BUDGET } from "../domain/delivery/budget.ts";
import type { BudgetLimits } from "../domain/records/budget.ts";
import { Accounts } from "./accounts.ts";
import { Archive } from "./archive.ts";
import { Budgets } from "./budgets.ts";
import { Catalog } from "./catalog.ts";
import type { AwsClients } from "./clients.ts";
import { Connections } from "./connections.ts";
import { Deliveries } from "./deliveries.ts";
import { Facts } from "./facts.ts";
import { Failures } from "./failures.ts";
import { Meters } from "./meters.ts";
import { Notices } from "./notices.ts";
import { type QueueName, Queues } from "./queues.ts";
import { Reads } from "./reads.ts";
import { ReplayJobs } from "./replay-jobs.ts";
import { Runs } from "./runs.ts";
import { Sessions } from "./sessions.ts";
import { Table } from "./table.ts";
import type { TableName } from "./tables.ts";
import { Writes } from "./writes.ts";

/** Names of what a deployment stores in. */
export interface StoreNames {
  /** Put before every table's name. */
  tablePrefix: string;
  bucket: string;
  queueUrls: Record<QueueName, string>;
}

/** All that Zekt keeps. */
export interface Store {
  accounts: Accounts;
  catalog: Catalog;
  runs: Runs;
  deliveries: Deliveries;
  failures: Failures;
  connections: Connections;
  replayJobs: ReplayJobs;
  budgets: Budgets;
  meters: Meters;
  facts: Facts;
  notices: Notices;
  sessions: Sessions;
  archive: Archive;
  queues: Queues;
}

/** What of it taking in webhooks needs. */
export type IntakeStore = Pick<Store, "accounts" | "runs" | "meters" | "facts" | "queues">;

function tablesOf(
  documents: DynamoDBDocumentClient,
  prefix: string,
  clock: Clock,
): (name: TableName) => Table {
  const together = { reads: new Reads(documents), writes: new Writes(documents) };
  return (table) => new Table(documents, together, { prefix, table }, clock);
}

/** Opens what taking in webhooks needs; nothing of it asks for S3. */
export function openIntakeStore(
  clients: Pick<AwsClients, "documents" | "sqs">,
  names: Pick<StoreNames, "tablePrefix" | "queueUrls">,
  clock: Clock,
): IntakeStore {
  const table = tablesOf(clients.documents, names.tablePrefix, clock);
  return {
    accounts: new Accounts(table("accounts"), clock),
    runs: new Runs(table("runs"), clock),
    meters: new Meters(table("meters"), clock),
    facts: new Facts(table("guards"), clock),
    queues: new Queues(clients.sqs, names.queueUrls),
  };
}

/** Opens the store of a deployment. */
export function openStore(
  clients: AwsClients,
  names: StoreNames,
  clock: Clock,
  budget: BudgetLimits = DEFAULT_BUDGET,
): Store {
  const table = tablesOf(clients.documents, names.tablePrefix, clock);
  return {
    accounts: new Accounts(table("accounts"), clock),
    catalog: new Catalog(table("catalog")),
    runs: new Runs(table("runs"), clock),
    deliveries: new Deliveries(table("deliveries"), clock),
    failures: new Failures(table("meters"), clock),
    connections: new Connections(table("deliveries"), clock),
    replayJobs: new ReplayJobs(table("guards"), clock),
    budgets: new Budgets(table("guards"), clock, budget),
    meters: new Meters(table("meters"), clock),
    facts: new Facts(table("guards"), clock),
    notices: new Notices(table("guards"), clock),
    sessions: new Sessions(table("sessions")),
    archive: new Archive(clients.s3, names.bucket, clock),
    queues: new Queues(clients.sqs, names.queueUrls),
  };
}
