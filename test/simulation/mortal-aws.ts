import { basename } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { AwsClients } from "../../app/store/aws/clients.ts";
import { awsStorage } from "../../app/store/aws/storage.ts";
import type { LocalAws } from "../../harness/local-aws.ts";
import { type Decide, type Fate, Life, type MortalStorage, type RequestKind } from "./mortal.ts";
import type { SimulatedTime } from "./time.ts";

/** A request to AWS, as the SDK is about to send it. */
interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** An answer of AWS. */
interface Answered {
  statusCode: number;
  headers: Record<string, string>;
  body?: unknown;
}

interface Answer {
  response: Answered;
}

type Handle = (request: Sent, options?: object) => Promise<Answer>;
type Go = (sent: Sent) => Promise<Answer>;

/** The body of a request for a batch, of DynamoDB or SQS, and of its answer. */
interface Batch {
  TableName?: string;
  RequestItems?: Record<string, unknown[] | { Keys: unknown[] }>;
  QueueUrl?: string;
  Entries?: { Id: string; DelaySeconds?: number }[];
  UnprocessedItems?: object;
  UnprocessedKeys?: object;
  Failed?: object[];
}

/** The content of a request to AWS. */
interface Asked {
  kind: RequestKind;
  name: string;
  service: keyof typeof REFUSALS;
}

const DYNAMODB_WRITES = /^(?:Put|Update|Delete|BatchWrite)Item$/;
const SQS_KINDS: Record<string, "send" | "write"> = { SendMessageBatch: "send", DeleteMessageBatch: "write" };
/** Seconds after which SQS delivers what is late: after what is sent within the next minute. */
const LATE = 60;

/** Answers of services to who asks for too much: status and code. */
const REFUSALS = {
  dynamodb: [400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"],
  sqs: [400, "com.amazonaws.sqs#RequestThrottled"],
  s3: [503, "SlowDown"],
} as const;

/**
 * Opens DynamoDB, S3 and SQS for one process, with clients of its own, whose requests fare as is decided. A request that
 * the SDK repeats is one: its first try is what fares badly, and where nothing is ever heard, all of them are.
 */
export async function mortalAws(aws: LocalAws, time: SimulatedTime, decide: Decide): Promise<MortalStorage> {
  const life = new Life(decide);
  const clients = await aws.connect();
  for (const client of [clients.dynamodb, clients.s3, clients.sqs]) await repeatAtOnce(client);
  const fates = new Map<string, Fate>();
  for (const { config } of [clients.dynamodb, clients.s3, clients.sqs]) {
    const handler = config.requestHandler as unknown as { handle: Handle };
    const handle = handler.handle.bind(handler);
    handler.handle = async (request, options) =>
      await time.during(() => fare(request, (sent) => answer(handle, sent, options)));
  }
  const fare = async (request: Sent, go: Go): Promise<Answer> => {
    const asked = askedBy(request, aws.names.tablePrefix);
    const id = request.headers["amz-sdk-invocation-id"] ?? "";
    const isFirst = !fates.has(id);
    if (isFirst) fates.set(id, await life.fateOf(asked.kind, asked.name));
    else if (life.isOver) life.end();
    const fate = fates.get(id) as Fate;
    if (fate === "throttled" || (fate === "throttled-once" && isFirst)) return { response: refusal(asked) };
    if (!isFirst && fate !== "answer-lost") return life.heard(await go(request), "done");
    switch (fate) {
      case "repeated":
      case "answer-lost":
        life.heard(await go(request), "done");
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      case "some-left":
        return life.heard(await doSome(request, asked, go), "done");
      case "end-midway":
        return life.heard(await doSome(request, asked, go), "end-after");
      case "messages-twice":
        await go(request);
        return life.heard(await go(request), "done");
      case "messages-late":
        return life.heard(await go(later(request)), "done");
      default:
        return life.heard(await go(request), fate);
    }
  };
  return {
    storage: awsStorage(clients, aws.names),
    fetch: life.fetch,
    get isOver() {
      return life.isOver;
    },
  };
}

/** Makes a client of the SDK ask again without a pause. */
async function repeatAtOnce({ config }: AwsClients["dynamodb" | "s3" | "sqs"]): Promise<void> {
  const { retryBackoffStrategy: pauses } = (await config.retryStrategy()) as {
    retryBackoffStrategy?: { computeNextBackoffDelay(attempts: number): number };
  };
  if (!pauses) throw new Error("The SDK pauses by another strategy.");
  pauses.computeNextBackoffDelay = () => 0;
}

/** Sends a request. The answer tells Zekt's time: of another one the SDK would think that its clock is wrong. */
async function answer(handle: Handle, sent: Sent, options?: object): Promise<Answer> {
  const answered = await handle(sent, options);
  answered.response.headers.date = new Date().toUTCString();
  return answered;
}

/** Returns what a request asks for. */
function askedBy({ method, path, headers, body }: Sent, prefix: string): Asked {
  const [api = "", operation = ""] = (headers["x-amz-target"] ?? "").split(".");
  if (api === "")
    return { service: "s3", kind: method === "GET" ? "read" : "write", name: `s3 ${method} ${path}` };
  const batch = batchIn(body);
  const { RequestItems = {}, TableName, QueueUrl = "" } = batch;
  const count = partsOf(batch).length;
  const many = count > 1 ? ` (${count})` : "";
  if (api === "AmazonSQS") {
    const kind = SQS_KINDS[operation] ?? "read";
    return {
      service: "sqs",
      kind: kind === "send" && count > 1 ? "batch-send" : kind,
      name: `${operation} ${basename(QueueUrl)}${many}`,
    };
  }
  const tables = (TableName ? [TableName] : Object.keys(RequestItems)).map((table) =>
    table.slice(prefix.length + 1),
  );
  const kind = DYNAMODB_WRITES.test(operation) ? "write" : "read";
  return {
    service: "dynamodb",
    kind: count > 1 ? `batch-${kind}` : kind,
    name: `${operation} ${tables.join(", ")}${many}`,
  };
}

/** Returns AWS's answer to who asks for too much. */
function refusal({ service }: Asked): Answered {
  const [statusCode, code] = REFUSALS[service];
  const message = "Rate exceeded";
  const body =
    service === "s3"
      ? `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
      : JSON.stringify({ __type: code, message });
  return answerOf({ statusCode, headers: {} }, body);
}

const answerOf = ({ statusCode, headers }: Answered, text: string): Answered => {
  const { "content-length": _, ...rest } = headers;
  return { statusCode, headers: rest, body: Readable.from([Buffer.from(text)]) };
};

/** A part of a batch: an item to write or to read, by its table, or a message. */
type Part = [table: string, one: unknown];

function partsOf({ RequestItems = {}, Entries = [] }: Batch): Part[] {
  const items = Object.entries(RequestItems).flatMap(([table, asked]) =>
    (Array.isArray(asked) ? asked : asked.Keys).map((one): Part => [table, one]),
  );
  return [...items, ...Entries.map((one): Part => ["", one])];
}

/** Returns parts of a batch of items, as they are asked for. */
function itemsOf(parts: readonly Part[], { RequestItems = {} }: Batch): NonNullable<Batch["RequestItems"]> {
  const of = [...Map.groupBy(parts, ([table]) => table)].map(([table, some]) => {
    const ones = some.map(([, one]) => one);
    const asked = RequestItems[table];
    return [table, Array.isArray(asked) ? ones : { ...asked, Keys: ones }];
  });
  return Object.fromEntries(of);
}

/**
 * Makes AWS do the first half of a batch, and say that the other half is left.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
async function doSome(request: Sent, { kind }: Asked, go: Go): Promise<Answer> {
  const batch = batchIn(request.body);
  const parts = partsOf(batch);
  const done = parts.slice(0, parts.length / 2);
  const left = parts.slice(done.length);
  if (kind === "batch-send") {
    const Entries = done.map(([, one]) => one) as Batch["Entries"];
    const Failed = left.map(([, one]) => ({
      Id: (one as { Id: string }).Id,
      SenderFault: false,
      Code: "InternalError",
    }));
    return await withAnswer(await go(withBody(request, { ...batch, Entries })), { Failed });
  }
  const { response } = await go(withBody(request, { ...batch, RequestItems: itemsOf(done, batch) }));
  const name = kind === "batch-read" ? "UnprocessedKeys" : "UnprocessedItems";
  return await withAnswer({ response }, { [name]: itemsOf(left, batch) });
}

/** Returns an answer that says something more. */
async function withAnswer({ response }: Answer, more: Batch): Promise<Answer> {
  const text = (await buffer(response.body as Readable)).toString();
  return { response: answerOf(response, JSON.stringify({ ...JSON.parse(text), ...more })) };
}

/** Returns a request with another body. */
function withBody(request: Sent, body: object): Sent {
  const text = JSON.stringify(body);
  const headers = { ...request.headers, "content-length": String(Buffer.byteLength(text)) };
  return Object.assign(Object.create(Object.getPrototypeOf(request)), request, { headers, body: text });
}

/** Returns a request whose messages come later than they should. */
function later(request: Sent): Sent {
  const batch = batchIn(request.body);
  const Entries = batch.Entries?.map((one) => ({ ...one, DelaySeconds: (one.DelaySeconds ?? 0) + LATE }));
  return withBody(request, { ...batch, Entries });
}

const batchIn = (body: unknown): Batch => JSON.parse(new TextDecoder().decode(body as Uint8Array)) as Batch;
