import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Request } from "./answer.ts";
import { EmbeddedDynamoDB } from "./dynamodb.ts";
import { EmbeddedS3Sqs, type HttpAnswer, type HttpRequest, type InFlight, type NewObject } from "./s3-sqs.ts";

/** The stand-ins for DynamoDB, S3 and SQS, in whichever thread they run: all that is asked and answered can be copied. */
export interface StandIns {
  dynamodb(request: Request): Promise<Answer>;
  sqs(request: Request): Promise<Answer>;
  /** Puts an object of S3. */
  put(object: NewObject): Promise<void>;
  /** Of S3 and of SQS, as it comes by HTTP. */
  http(request: HttpRequest): Promise<HttpAnswer>;
  inFlight(queueName: string): Promise<InFlight[]>;
  close(): Promise<void>;
}

/** Stand-ins of this thread, which can be asked over loopback too, by whoever asks: they know no passwords. */
export interface OpenStandIns extends StandIns {
  listen(): Promise<{ dynamodb: string; s3: string; sqs: string }>;
}

/** Opens the stand-ins in this thread, on what a folder holds or else in memory. */
export async function openStandIns(dataDir?: string): Promise<OpenStandIns> {
  if (dataDir) mkdirSync(dataDir, { recursive: true });
  const dynamodb = new EmbeddedDynamoDB(dataDir && join(dataDir, "dynamodb.db"));
  const rest = await EmbeddedS3Sqs.make(dataDir && join(dataDir, "s3-sqs"));
  return {
    dynamodb: (request) => dynamodb.answer(request),
    sqs: (request) => rest.sqs(request),
    put: (object) => rest.put(object),
    http: (request) => rest.answer(request),
    inFlight: async (queueName) => rest.inFlight(queueName),
    async listen() {
      const url = await rest.listen();
      return { dynamodb: await dynamodb.listen(), s3: url, sqs: url };
    },
    async close() {
      await rest.close();
      await dynamodb.close();
    },
  };
}
