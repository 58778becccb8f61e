import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { IntakeStorage, UnreadableItem } from "../ports.ts";
import type { QueueName } from "../queues.ts";
import { tableName } from "../tables.ts";
import { Packing } from "./packing.ts";
import { SqsQueue } from "./queue.ts";
import { Reads } from "./reads.ts";
import { reportHourly } from "./report-hourly.ts";
import { DynamoTable } from "./table.ts";
import { Writes } from "./writes.ts";

/** Names of what a deployment stores in. */
export interface StoreNames {
  /** Put before every table's name. */
  tablePrefix: string;
  bucket: string;
  queueUrls: Record<QueueName, string>;
}

/**
 * Opens a deployment's tables and queues, which is all that taking in webhooks needs; nothing of it asks for S3.
 *
 * @param onUnreadable - hears of an item that cannot be read when it is found, once an hour
 */
export function intakeStorage(
  { documents, sqs }: { documents: DynamoDBDocumentClient; sqs: SQSClient },
  { tablePrefix, queueUrls }: Pick<StoreNames, "tablePrefix" | "queueUrls">,
  onUnreadable: (error: UnreadableItem) => void = () => {},
): IntakeStorage {
  const together = {
    reads: new Reads(documents),
    writes: new Writes(documents),
    report: reportHourly(onUnreadable),
  };
  return {
    table: (name, clock) =>
      new DynamoTable(
        documents,
        { ...together, packing: new Packing(name) },
        tableName(tablePrefix, name),
        clock,
      ),
    queue: (name) => new SqsQueue(sqs, queueUrls[name]),
  };
}
