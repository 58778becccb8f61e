import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";
import { type AwsClients, type AwsEndpoints, intakeClients, s3Client } from "../app/store/aws/clients.ts";
import type { StoreNames } from "../app/store/aws/intake-storage.ts";
import { awsStorage } from "../app/store/aws/storage.ts";
import type { Storage } from "../app/store/ports.ts";
import { type QueueName, queues } from "../app/store/queues.ts";
import { type TableName, tableName, tables } from "../app/store/tables.ts";

/** DynamoDB, S3 and SQS on this machine, with Zekt's tables, bucket and queues. */
export interface LocalAws {
  endpoints: Required<AwsEndpoints>;
  clients: AwsClients;
  /** Makes clients of another process, which are no kinder than these. */
  connect(): Promise<AwsClients>;
  names: StoreNames;
  /** All of it as Zekt stores in it; closing it closes only the clients. */
  storage: Storage;
  /** Ends all of it; requests that still wait for messages fail. */
  close(): Promise<void>;
}

const PREFIX = "zekt";
const BUCKET = "zekt-archive";

/** A DynamoDB on this machine, and what Zekt's tables are named by in it. */
interface LocalDynamoDB {
  url: string;
  tablePrefix: string;
  close(): Promise<unknown>;
}

/**
 * Starts dynalite and fauxqs on loopback, in memory, with what `tables.json` and `queues.json` describe. The address of
 * another DynamoDB, as Amazon's own for one machine, stands in dynalite's place where `ZEKT_TEST_DYNAMODB` has it. Its
 * tables are left there, under a prefix of their own.
 */
export async function startLocalAws(): Promise<LocalAws> {
  const rest = buildApp({ logger: false, host: "127.0.0.1" });
  const [dynamodb] = await Promise.all([
    startDynamoDB(process.env.ZEKT_TEST_DYNAMODB),
    rest.listen({ port: 0, host: "127.0.0.1" }),
  ]);
  const { tablePrefix } = dynamodb;
  const endpoints = { dynamodb: dynamodb.url, s3: urlOf(rest.server), sqs: urlOf(rest.server) };
  const connect = async (): Promise<AwsClients> => {
    // With S3's own client, not the one that is made once it is asked: the bench counts what each is asked.
    const clients = { ...intakeClients(endpoints), s3: await s3Client(endpoints) };
    loseOrder(clients.documents);
    refuseUnnamedChecksums(clients.s3);
    return clients;
  };
  const clients = await connect();
  await createTables(clients.dynamodb, tablePrefix);
  await clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const queueUrls = await createQueues(clients.sqs);
  const names = { tablePrefix, bucket: BUCKET, queueUrls };
  const storage = awsStorage(clients, names);
  return {
    endpoints,
    clients,
    connect,
    names,
    storage,
    async close() {
      for (const client of Object.values(clients)) client.destroy();
      await Promise.all([dynamodb.close(), rest.close()]);
    },
  };
}

async function startDynamoDB(url: string | undefined): Promise<LocalDynamoDB> {
  if (url) {
    const tablePrefix = `${PREFIX}${crypto.randomUUID().replaceAll("-", "")}`;
    return { url, tablePrefix, close: async () => {} };
  }
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = (): Promise<unknown> => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url: urlOf(server), tablePrefix: PREFIX, close };
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/**
 * Makes answers name what a map holds in another order than it was written in. DynamoDB's maps have none; dynalite's do.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
function loseOrder(documents: DynamoDBDocumentClient): void {
  documents.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { Item, Items, Attributes, Responses } = answer.output as Record<string, unknown>;
      const items = inAnotherOrder({ Item, Items, Attributes, Responses }) as object;
      return { ...answer, output: { ...answer.output, ...items } };
    },
    { step: "initialize", name: "lose-order" },
  );
}

/** A request to S3, as far as uploads in parts are concerned. */
interface UploadRequest {
  headers: Record<string, string>;
  query: Record<string, string | null>;
  body?: unknown;
}

/**
 * Makes S3 refuse what fauxqs lets pass. A part's checksum has to be one that the upload began with; where there is
 * one, the upload is completed with those of all parts.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
function refuseUnnamedChecksums(s3: S3Client): void {
  const named = new Map<string, string | undefined>();
  s3.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { headers, query, body } = args.request as UploadRequest;
        const upload = query.uploadId ?? "";
        const algorithm = named.get(upload);
        const sent = Object.keys(headers).find((name) =>
          /^x-amz-checksum-(?!mode|type|algorithm)/.test(name),
        );
        if (commandName === "UploadPartCommand" && sent && sent !== `x-amz-checksum-${algorithm}`)
          throw invalidRequest(
            `Checksum Type mismatch occurred, expected ${algorithm ?? null}, actual ${sent}`,
          );
        if (commandName === "CompleteMultipartUploadCommand" && algorithm) {
          const [parts, checksums] = [/<PartNumber>/g, /<Checksum/g].map(
            (tag) => String(body).match(tag)?.length,
          );
          if (parts !== checksums)
            throw invalidRequest("The complete request must include the checksum for each part.");
        }
        const answer = await next(args);
        const { UploadId } = answer.output as { UploadId?: string };
        if (commandName === "CreateMultipartUploadCommand" && UploadId)
          named.set(UploadId, headers["x-amz-checksum-algorithm"]?.toLowerCase());
        return answer;
      },
    { step: "finalizeRequest", name: "refuse-unnamed-checksums" },
  );
}

const invalidRequest = (message: string): Error =>
  Object.assign(new Error(message), { name: "InvalidRequest" });

function inAnotherOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inAnotherOrder);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([name, one]) => [name, inAnotherOrder(one)]));
}

/** Makes the tables; dynalite has no TTL, which DynamoDB is late with as well. */
async function createTables(client: DynamoDBClient, prefix: string): Promise<void> {
  const create = async (name: TableName): Promise<void> => {
    const { TimeToLiveSpecification: _, ...table } = tables[name] as Record<string, unknown>;
    const TableName = tableName(prefix, name);
    await client.send(new CreateTableCommand({ ...table, TableName } as unknown as CreateTableCommandInput));
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
  };
  await Promise.all((Object.keys(tables) as TableName[]).map(create));
}

async function createQueues(client: SQSClient): Promise<Record<QueueName, string>> {
  const create = async (QueueName: string, attributes: Record<string, unknown>): Promise<string> => {
    const Attributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, String(value)]),
    );
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl as string;
  };
  const urls: Partial<Record<QueueName, string>> = {};
  for (const name of Object.keys(queues) as QueueName[]) {
    const { maxReceiveCount, ...attributes } = queues[name];
    const { MessageRetentionPeriod } = attributes;
    const deadLetters = await create(`${PREFIX}-${name}-dead-letters`, { MessageRetentionPeriod });
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ["QueueArn"] }),
    );
    const deadLetterTargetArn = Attributes?.QueueArn;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: String(maxReceiveCount) });
    urls[name] = await create(`${PREFIX}-${name}`, { ...attributes, RedrivePolicy });
  }
  return urls as Record<QueueName, string>;
}
