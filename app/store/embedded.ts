import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { type AwsClients, type AwsEndpoints, intakeClients, s3Client } from "./clients.ts";
import { carryDynamoDB, carryHttp } from "./embedded/carry.ts";
import { DirectDocuments, DirectS3, DirectSqs } from "./embedded/direct-clients.ts";
import type { StandIns } from "./embedded/stand-ins.ts";
import { openStandInsThread } from "./embedded/stand-ins-thread.ts";
import { type QueueName, queues } from "./queues.ts";
import type { StoreNames } from "./store.ts";
import { type TableName, tableName, tables } from "./tables.ts";

/** DynamoDB, S3 and SQS in this process, with the tables, bucket and queues made. */
export interface EmbeddedAws {
  /** Where they answer others too. */
  endpoints: Required<AwsEndpoints>;
  clients: AwsClients;
  names: StoreNames;
  close(): Promise<void>;
}

const PREFIX = "zekt";
const BUCKET = "zekt-archive";

/** What to keep things in, and whether processes of this machine may ask for them. */
export interface EmbeddedOptions {
  /** A folder that keeps everything across restarts, a kill or a power cut included; without one it is kept in memory. */
  dataDir?: string | undefined;
  /** Answers on loopback too, to whoever asks; otherwise to {@link EmbeddedAws.clients} alone. */
  open?: boolean;
}

/** Starts the embedded stand-ins in this thread. They have no password, so it is by calling them that their clients reach them, and by nothing else unless they are opened. */
export async function startEmbeddedAws({
  dataDir,
  open = false,
}: EmbeddedOptions = {}): Promise<EmbeddedAws> {
  if (dataDir) checkFolder(dataDir);
  // Where they have a thread of their own, this one need not load them.
  const { openStandIns } = await import("./embedded/stand-ins.ts");
  const standIns = await openStandIns(dataDir);
  return await connect(standIns, open ? await standIns.listen() : NOWHERE);
}

/**
 * Starts the embedded stand-ins in a thread of their own, on what a folder keeps, as a server has them; what
 * is asked of them most does without the SDK's way through a network.
 */
export async function startEmbeddedThread(dataDir: string): Promise<EmbeddedAws> {
  checkFolder(dataDir);
  const standIns = await openStandInsThread(dataDir);
  const aws = await connect(standIns, NOWHERE);
  Object.assign(aws.clients, {
    documents: new DirectDocuments(standIns),
    sqs: new DirectSqs(standIns),
    s3: new DirectS3(standIns, aws.clients.s3),
  });
  return aws;
}

/** Addresses that the SDK asks for, and nobody goes to. */
const NOWHERE = { dynamodb: "http://127.0.0.1:0", s3: "http://127.0.0.1:0", sqs: "http://127.0.0.1:0" };

async function connect(standIns: StandIns, endpoints: Required<AwsEndpoints>): Promise<EmbeddedAws> {
  const clients = { ...intakeClients(endpoints), s3: await s3Client(endpoints) };
  const toDynamoDB = carryDynamoDB(clients.dynamodb, standIns);
  const toRest = [carryHttp(clients.s3, standIns), carryHttp(clients.sqs, standIns)];
  await createTables(clients.dynamodb);
  await clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET })).catch(ignoreExisting);
  const queueUrls = await createQueues(clients.sqs);
  await releaseInFlight(clients.sqs, standIns, queueUrls);
  return {
    endpoints,
    clients,
    names: { tablePrefix: PREFIX, bucket: BUCKET, queueUrls },
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      await toDynamoDB.end();
      // Whoever waits for messages is let go by closing.
      const ended = toRest.map((carrier) => carrier.end());
      await standIns.close();
      await Promise.all(ended);
    },
  };
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && error.name === "BucketAlreadyOwnedByYou")) throw error;
}

/** Makes the tables of `tables.json`. The stand-in has no TTL: expired items are told by reading them. */
async function createTables(client: DynamoDBClient): Promise<void> {
  for (const [name, { TimeToLiveSpecification: _, ...table }] of Object.entries({ ...tables } as Record<
    string,
    Record<string, unknown>
  >)) {
    const input = { ...table, TableName: tableName(PREFIX, name as TableName) } as CreateTableCommandInput;
    try {
      await client.send(new CreateTableCommand(input));
    } catch (error) {
      if (!(error instanceof Error && error.name === "ResourceInUseException")) throw error;
      await checkIndexes(client, input);
    }
  }
}

/** Data that cannot be used by this version; the message says what to do. */
export class OldData extends Error {
  override name = "OldData";
  constructor(what: string) {
    super(
      `The data folder was made by an earlier version: ${what}. Move the folder away and start again, or start the earlier version, export each owner (GET /api/owners/{ownerId}/export) and keep that.`,
    );
  }
}

/**
 * Refuses a folder whose tables lie in the way of a version before, rather than read it as empty.
 *
 * @throws OldData
 */
function checkFolder(dataDir: string): void {
  if (existsSync(join(dataDir, "dynamodb")) && !existsSync(join(dataDir, "dynamodb.db")))
    throw new OldData("its tables are not in dynamodb.db");
}

/**
 * Holds a table that is there already against its definition: the stand-in can add no index to one, and
 * without its index a list would be silently empty.
 *
 * @throws OldData naming the indexes that are missing
 */
async function checkIndexes(client: DynamoDBClient, wanted: CreateTableCommandInput): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: wanted.TableName }));
  const there = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  const missing = (wanted.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName }) =>
    IndexName && !there.has(IndexName) ? [IndexName] : [],
  );
  if (missing.length === 0) return;
  throw new OldData(`its table ${wanted.TableName} has no index ${missing.join(", ")}`);
}

async function createQueues(client: SQSClient): Promise<Record<QueueName, string>> {
  const create = async (QueueName: string, attributes: Record<string, string | number>): Promise<string> => {
    const Attributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, String(value)]),
    );
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl as string;
  };
  const urls: Partial<Record<QueueName, string>> = {};
  for (const [name, { maxReceiveCount, ...attributes }] of Object.entries(queues)) {
    const deadLetters = await create(`${PREFIX}-${name}-dead-letters`, {
      MessageRetentionPeriod: attributes.MessageRetentionPeriod,
    });
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ["QueueArn"] }),
    );
    urls[name as QueueName] = await create(`${PREFIX}-${name}`, {
      ...attributes,
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: Attributes?.QueueArn,
        maxReceiveCount: String(maxReceiveCount),
      }),
    });
  }
  return urls as Record<QueueName, string>;
}

/**
 * What was in flight when the process before was killed has no worker any more, so it is put back at
 * once. Sent anew and then removed: a kill between the two leaves it twice, which no step minds.
 */
async function releaseInFlight(
  client: SQSClient,
  { inFlight }: StandIns,
  urls: Record<QueueName, string>,
): Promise<void> {
  for (const [name, QueueUrl] of Object.entries(urls)) {
    for (const { body, receiptHandle } of await inFlight(`${PREFIX}-${name}`)) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receiptHandle }));
    }
  }
}
