import { Readable } from "node:stream";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Answer, Request } from "./answer.ts";
import { actionOf, dynamoDBException } from "./direct-clients.ts";
import { InProcess } from "./in-process.ts";
import type { HttpRequest } from "./s3-sqs.ts";
import type { StandIns } from "./stand-ins.ts";

/** What of an SDK client's way to its server is for a network, and for nothing here. */
const OF_THE_NETWORK = [
  "loggerMiddleware",
  "contentLengthMiddleware",
  "getUserAgentMiddleware",
  "hostHeaderMiddleware",
  "recursionDetectionMiddleware",
  "httpSigningMiddleware",
];

/** What carries a client's requests, and can be ended. */
type Carrier = Pick<InProcess<never, never>, "end">;

/**
 * Has a client ask the stand-in by calling it. What the SDK hands over is what the stand-in works on, so
 * neither is written as JSON, signed and read again on the way.
 */
export function carryDynamoDB(client: DynamoDBClient, { dynamodb }: StandIns): Carrier {
  for (const name of OF_THE_NETWORK) client.middlewareStack.remove(name);
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) =>
        next({ ...args, request: { action: actionOf(commandName), body: args.input } }),
    { step: "serialize", name: "serializerMiddleware", override: true },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const { response } = await next(args);
      return { response, output: (response as { output: object }).output as never };
    },
    { step: "deserialize", name: "deserializerMiddleware", override: true },
  );
  const carrier = new InProcess(async (request: Request) => outputOf(await dynamodb(request)));
  client.config.requestHandler = carrier as never;
  return carrier;
}

function outputOf(answer: Answer): { output: object } {
  if ("refused" in answer) throw dynamoDBException(answer.refused);
  return { output: { ...answer.output, $metadata: {} } };
}

/** A request as the AWS SDK hands it to whatever carries it. */
interface SdkRequest extends Omit<HttpRequest, "query"> {
  query?: Record<string, string | string[] | null>;
}

/** Has a client ask the stand-in by calling it, unsigned: nobody else can hand it a request this way. */
export function carryHttp(client: S3Client | SQSClient, { http }: StandIns): Carrier {
  const carrier = new InProcess(async ({ method, path, query = {}, headers, body }: SdkRequest) => {
    const answer = await http({
      method,
      path,
      query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value ?? ""])),
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { ...answer, body: Readable.from([answer.body]) };
  });
  client.config.requestHandler = carrier as never;
  client.config.signer = (async () => ({ sign: async (request: object) => request })) as never;
  return carrier;
}
