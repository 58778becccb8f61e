import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { SECOND } from "../../domain/clock.ts";
import { LazyS3, loadS3 } from "./s3.ts";

/** Where DynamoDB, S3 and SQS answer; left out, the AWS SDK's own variables and roles decide. */
export interface AwsEndpoints {
  dynamodb?: string;
  s3?: string;
  sqs?: string;
}

export interface AwsClients {
  dynamodb: DynamoDBClient;
  /** DynamoDB spoken to in plain objects, of which undefined is left out. */
  documents: DynamoDBDocumentClient;
  s3: S3Client;
  sqs: SQSClient;
}

/** Any key will do for services of this machine; they check none. */
const LOCAL = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};

/** Tables and queues answer within milliseconds. A webhook, whose function has 10 seconds, can be stored on a second try. */
const ANSWER_WITHIN = 3 * SECOND;
/** A part of an upload has 8 MB, and goes up beside five others. */
const S3_ANSWERS_WITHIN = 10 * SECOND;

/**
 * Returns a limit on the wait for an answer, after which the SDK asks again on another connection. By itself it waits for
 * minutes. A connection may be forgotten by the network while its function is frozen, and nothing then answers on it.
 * https://github.com/aws/aws-sdk-js-v3/blob/main/supplemental-docs/CLIENTS.md#request-handler-requesthandler
 */
const answeredWithin = (requestTimeout: number) => ({
  requestHandler: { requestTimeout, throwOnRequestTimeout: true },
});

/** Requests at once to one service of this machine. */
const MAX_SOCKETS = 256;

const at = (endpoint: string | undefined, limit = ANSWER_WITHIN) =>
  endpoint
    ? { ...LOCAL, endpoint, requestHandler: { httpAgent: { maxSockets: MAX_SOCKETS } } }
    : answeredWithin(limit);

/** Makes the AWS clients, S3's once it is asked; with endpoints they speak to those of this machine. */
export function awsClients(endpoints: AwsEndpoints = {}): AwsClients {
  return { ...intakeClients(endpoints), s3: new LazyS3(() => s3Client(endpoints)) as unknown as S3Client };
}

/** Makes the client of S3. */
export async function s3Client({ s3 }: AwsEndpoints): Promise<S3Client> {
  const { S3Client } = await loadS3();
  return new S3Client({ ...at(s3, S3_ANSWERS_WITHIN), forcePathStyle: s3 !== undefined });
}

/** Makes those clients that taking in webhooks needs. */
export function intakeClients(endpoints: AwsEndpoints = {}): Omit<AwsClients, "s3"> {
  const dynamodb = new DynamoDBClient(at(endpoints.dynamodb));
  return {
    dynamodb,
    documents: DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
    sqs: new SQSClient(at(endpoints.sqs)),
  };
}
