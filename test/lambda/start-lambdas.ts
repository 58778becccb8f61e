import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { apiDeps } from "../../app/main/api-deps.ts";
import type { Config } from "../../app/main/config.ts";
import type { Listener, RunningServer, ServerOptions } from "../../app/main/start-server.ts";
import { awsClients } from "../../app/store/aws/clients.ts";
import { Jobs } from "../../app/store/jobs.ts";
import type { BackgroundJob, QueueName } from "../../app/store/queues.ts";
import { access, type FunctionName } from "../../deploy/access.ts";
import { type LocalAws, startLocalAws } from "../../harness/local-aws.ts";
import { type AwsGate, openGate, SESSION_TOKEN } from "./aws-gate.ts";
import { Chains } from "./chains.ts";
import { FunctionProcess } from "./function-process.ts";
import { bytesOf, eventOf, MAX_EVENT_BYTES, responseOf } from "./http-event.ts";
import { LaggingIndexes } from "./lagging-indexes.ts";
import type { Packaged } from "./package.ts";
import { parameterStore } from "./parameter-store.ts";
import { givenTo } from "./role-of.ts";

/** The packaged functions at work, behind what stands in for their API, their queues and their schedule. */
export interface Lambdas extends RunningServer {
  aws: LocalAws;
  functions: Record<FunctionName, FunctionProcess>;
  gates: Record<FunctionName, AwsGate>;
  /** The values of the Parameter Store. */
  parameters: Record<string, string | undefined>;
  /** The chains of calls through the queues, and the functions' clock. */
  chains: Chains;
  /** The calls of functions that go on at once; a new account has 10, and refuses what goes beyond. */
  atOnce(): number;
  /** Starts one more instance of a function; with `timeout` it has other seconds for a call than it is deployed with. */
  startFresh(name: FunctionName, timeout?: number): FunctionProcess;
  /** Runs the schedule once. */
  tick(): Promise<void>;
}

/** Calls of functions that a new account has at once: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const AT_ONCE = 10;
/** Batches of a queue that Lambda begins with where nothing bounds it. */
const UNBOUNDED = 5;

/** A queue message as Lambda hands it to a function. */
/** Stores a job, and answers the queue message that names it, which is not sent. */
export async function storeJob(
  { storage }: Pick<Lambdas, "storage">,
  job: object,
  at = Date.now(),
): Promise<string> {
  const clock = { now: () => at };
  const messages: object[] = [];
  const queues = { enqueueJobs: async (some: object[]) => void messages.push(...some) } as never;
  await new Jobs(storage.table("jobs", clock), clock, queues).enqueue([job as BackgroundJob]);
  return JSON.stringify(messages[0]);
}

export const sqsRecord = (queue: QueueName, messageId: string, body: string): SQSRecord => ({
  messageId,
  receiptHandle: messageId,
  body,
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "0",
    SenderId: "zekt",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:zekt-test-${queue}`,
  awsRegion: "us-east-1",
});

/** EventBridge's event of a schedule. */
export const SCHEDULED = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-01-01T00:00:00Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/zekt-test-schedule"],
  detail: {},
};

/** Starts what was packaged as `startServer` starts the one process: over local services, answering at a listener. */
export const startLambdas =
  (packaged: Packaged, isVirtual = false) =>
  async (config: Config, listener: Listener, { log }: ServerOptions): Promise<Lambdas> => {
    const aws = await startLocalAws();
    const slug = config.ZEKT_APP_SLUG ?? "zekt-demo";
    const parameters: Lambdas["parameters"] = {
      APP_ID: config.APP_ID,
      PRIVATE_KEY: config.PRIVATE_KEY,
      WEBHOOK_SECRET: config.WEBHOOK_SECRET,
      GITHUB_CLIENT_ID: config.GITHUB_CLIENT_ID,
      GITHUB_CLIENT_SECRET: config.GITHUB_CLIENT_SECRET,
      ZEKT_MASTER_KEY: config.ZEKT_MASTER_KEY,
      ZEKT_APP_SLUG: slug,
    };
    const { RecursiveLoop } = packaged.template.Resources.WorkerLambdaFunction?.Properties ?? {};
    const chains = new Chains(RecursiveLoop === "Allow", isVirtual);
    const answerParameters = parameterStore(parameters);
    const indexes = new LaggingIndexes();
    const gates = {} as Record<FunctionName, AwsGate>;
    const functions = {} as Record<FunctionName, FunctionProcess>;
    const queueUrlsAt = (url: string): Record<QueueName, string> =>
      Object.fromEntries(
        Object.entries(aws.names.queueUrls).map(([queue, at]) => [queue, at.replace(/^http:\/\/[^/]+/, url)]),
      ) as Record<QueueName, string>;
    const startFresh: Lambdas["startFresh"] = (name, timeout = gates[name].given.timeout) => {
      const { url, given } = gates[name];
      const queueUrls = queueUrlsAt(url);
      return new FunctionProcess(
        { ...given, timeout },
        packaged.folderOf(name),
        {
          AWS_REGION: "us-east-1",
          AWS_ACCESS_KEY_ID: "ASIATEST",
          AWS_SECRET_ACCESS_KEY: "test",
          AWS_SESSION_TOKEN: SESSION_TOKEN,
          AWS_ENDPOINT_URL: url,
          ZEKT_STAGE: given.variables.ZEKT_STAGE ?? "",
          ZEKT_TABLE_PREFIX: aws.names.tablePrefix,
          ZEKT_BUCKET: aws.names.bucket,
          ZEKT_QUEUE_ROUTING: queueUrls.routing,
          ZEKT_QUEUE_DELIVERY: queueUrls.delivery,
          ZEKT_PUBLIC_URL: listener.url,
          ZEKT_PARAMETERS: given.variables.ZEKT_PARAMETERS ?? "",
          GITHUB_API_URL: config.GITHUB_API_URL,
          GITHUB_WEB_URL: config.GITHUB_WEB_URL,
          GITHUB_OIDC_ISSUER: config.GITHUB_OIDC_ISSUER,
          ZEKT_OPERATORS: config.ZEKT_OPERATORS,
        },
        () => chains.ahead,
      );
    };
    for (const name of Object.keys(access) as FunctionName[]) {
      gates[name] = await openGate(givenTo(name, packaged.template), aws, answerParameters, chains, indexes);
      functions[name] = startFresh(name);
    }
    let atOnce = 0;
    /** Calls a function, or answers null where the account runs as many as it may. */
    const callIfFree = async <T>(call: () => Promise<T>): Promise<T | null> => {
      if (atOnce >= AT_ONCE) return null;
      atOnce += 1;
      return await call().finally(() => {
        atOnce -= 1;
      });
    };
    let requests = 0;
    listener.serve(async (request) => {
      const name = new URL(request.url).pathname.startsWith("/github/webhooks") ? "webhooks" : "api";
      // An HTTP API hands bodies over as text or in base64, as it sees fit.
      const event = await eventOf(request, ++requests % 2 === 0);
      if (bytesOf(event) > MAX_EVENT_BYTES)
        return new Response('{"message":"Request Entity Too Large"}', { status: 413 });
      try {
        const result = await callIfFree(() => functions[name].call(event));
        if (result === null) return new Response('{"message":"Service Unavailable"}', { status: 503 });
        return responseOf(result);
      } catch {
        return new Response('{"message":"Internal Server Error"}', { status: 500 });
      }
    });
    const stop = new AbortController();
    // Lambda receives in the function's name, and so by its role.
    const { sqs } = awsClients({ sqs: gates.worker.url });
    const pumps = Object.entries(queueUrlsAt(gates.worker.url)).flatMap(([queue, url]) =>
      Array.from({ length: mostBatches(packaged, queue as QueueName) }, () =>
        pump(
          { sqs, queue: queue as QueueName, url, worker: functions.worker, chains, callIfFree },
          stop.signal,
        ),
      ),
    );
    const deps = apiDeps({
      config: { ...config, ZEKT_APP_SLUG: slug },
      log,
      storage: aws.storage,
      publicUrl: listener.url,
    });
    return {
      url: listener.url,
      deps,
      aws,
      storage: aws.storage,
      functions,
      gates,
      chains,
      atOnce: () => atOnce,
      parameters,
      startFresh,
      async tick() {
        await functions.schedule.call(SCHEDULED);
      },
      async close() {
        stop.abort();
        await Promise.all(pumps);
        sqs.destroy();
        await listener.close();
        for (const one of Object.values(functions)) await one.stop();
        for (const gate of Object.values(gates)) await gate.close();
        await aws.close();
      },
    };
  };

/** Returns the batches of a queue that are worked at once, by the template. */
function mostBatches({ template }: Packaged, queue: QueueName): number {
  const mapping = Object.values(template.Resources).find(
    ({ Type, Properties }) =>
      Type === "AWS::Lambda::EventSourceMapping" &&
      JSON.stringify(Properties.EventSourceArn).toLowerCase().includes(`"${queue}queue"`),
  );
  const { MaximumConcurrency = UNBOUNDED } = (mapping?.Properties.ScalingConfig ?? {}) as {
    MaximumConcurrency?: number;
  };
  return MaximumConcurrency;
}

interface Pump {
  sqs: SQSClient;
  queue: QueueName;
  url: string;
  worker: FunctionProcess;
  chains: Chains;
  callIfFree<T>(call: () => Promise<T>): Promise<T | null>;
}

/** Receives from a queue and calls the worker, as Lambda's event source does, until stopped. */
async function pump(
  { sqs, queue, url: QueueUrl, worker, chains, callIfFree }: Pump,
  signal: AbortSignal,
): Promise<void> {
  const receive = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
      { abortSignal: signal },
    );
    return Messages;
  };
  while (!signal.aborted) {
    const received = await receive().catch((error: unknown) => {
      if (signal.aborted) return [];
      throw error;
    });
    if (received.length === 0) continue;
    const isDropped = new Set(received.filter(({ MessageId = "" }) => chains.drops(MessageId)));
    const messages = received.filter((one) => !isDropped.has(one));
    const Records = messages.map(({ MessageId = "", Body = "" }) => sqsRecord(queue, MessageId, Body));
    const called =
      Records.length === 0
        ? { batchItemFailures: [] }
        : await callIfFree(() =>
            worker.call({ Records }, chains.begin(Records.map(({ messageId }) => messageId))),
          );
    // What finds no place is received again.
    if (called === null) continue;
    const { batchItemFailures } = called as SQSBatchResponse;
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const isKnown = (id: string): boolean => messages.some(({ MessageId }) => MessageId === id);
    // Lambda takes the whole batch for failed where an answer names a message that was not in it.
    if (![...failed].every(isKnown)) throw new Error(`No message of the batch: ${[...failed].join(", ")}`);
    const done = [...isDropped, ...messages.filter(({ MessageId = "" }) => !failed.has(MessageId))];
    if (done.length === 0) continue;
    const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}
