import { DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { SQSServiceException } from "@aws-sdk/client-sqs";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { type Answer, known, type Refused, type Request } from "./answer.ts";
import { orAborted } from "./in-process.ts";
import type { StandIns } from "./stand-ins.ts";

type Ask = (request: Request) => Promise<Answer>;

/** Where in a request or an answer attributes are; null where a value is one, `*` for each of a list or a map. */
type Nodes = { [name: string]: Nodes } | null;

/** A command of the document client, with what it knows of its own attributes. */
interface DocumentCommand {
  input: object;
  clientCommand: object;
  inputKeyNodes: Nodes;
  outputKeyNodes: Nodes;
}

/** `GetItemCommand` is `getItem`. */
export const actionOf = (commandName: string): string =>
  commandName.charAt(0).toLowerCase() + commandName.slice(1).replace(/Command$/, "");

/** Turns the attributes of a request or an answer, and leaves out what is undefined. */
function turned(value: unknown, nodes: Nodes, turn: (attribute: never) => unknown): unknown {
  if (nodes === null) return turn(value as never);
  const names = Object.keys(nodes);
  const ofEach = names.length === 0 ? null : nodes["*"];
  if (ofEach === undefined) {
    const to = known(value as object);
    for (const name of names) if (name in to) to[name] = turned(to[name], nodes[name] ?? null, turn);
    return to;
  }
  if (Array.isArray(value)) return value.map((one) => turned(one, ofEach, turn));
  const of = known(value as object);
  for (const name of Object.keys(of)) of[name] = turned(of[name], ofEach, turn);
  return of;
}

const MARSHALL = { removeUndefinedValues: true, convertTopLevelContainer: true } as const;
const UNMARSHALL = { convertWithoutMapWrapper: true } as const;

function exceptionOf({ name, message, status }: Refused) {
  return {
    name,
    message,
    $fault: status < 500 ? ("client" as const) : ("server" as const),
    $metadata: { httpStatusCode: status },
  };
}

/** A DynamoDB exception as the SDK throws it. */
export function dynamoDBException(refused: Refused): DynamoDBServiceException {
  const exception = new DynamoDBServiceException(exceptionOf(refused));
  // Some are expected, thousands of times; nobody reads where here they were made.
  exception.stack = `${refused.name}: ${refused.message}`;
  return exception;
}

/**
 * Stands for the SDK's document client where DynamoDB's stand-in is in the same process: without what the
 * SDK does for a network, which takes longer than what is asked for.
 */
export class DirectDocuments {
  readonly #ask: Ask;

  constructor({ dynamodb }: StandIns) {
    this.#ask = dynamodb;
  }

  /** @throws DynamoDBServiceException as DynamoDB refuses */
  async send({ input, clientCommand, inputKeyNodes, outputKeyNodes }: DocumentCommand): Promise<object> {
    const action = actionOf(clientCommand.constructor.name);
    const body = turned(input, inputKeyNodes, (value) => marshall(value, MARSHALL)) as Request["body"];
    const answer = await this.#ask({ action, body });
    if ("refused" in answer) throw dynamoDBException(answer.refused);
    return turned(answer.output, outputKeyNodes, (value) => unmarshall(value, UNMARSHALL)) as object;
  }

  destroy(): void {}
}

/** Stands for the SDK's client of SQS likewise. */
export class DirectSqs {
  readonly #ask: Ask;

  constructor({ sqs }: StandIns) {
    this.#ask = sqs;
  }

  /** @throws SQSServiceException as SQS refuses, or what it was aborted with */
  async send(
    command: { input: object },
    { abortSignal }: { abortSignal?: AbortSignal } = {},
  ): Promise<object> {
    abortSignal?.throwIfAborted();
    const action = actionOf(command.constructor.name);
    const answer = await orAborted(this.#ask({ action, body: { ...command.input } }), abortSignal);
    if ("refused" in answer) throw new SQSServiceException(exceptionOf(answer.refused));
    return answer.output;
  }

  destroy(): void {}
}

/** Stands for the SDK's client of S3 where objects are put, and leaves the rest to it. */
export class DirectS3 {
  readonly #put: StandIns["put"];
  readonly #rest: S3Client;

  constructor({ put }: StandIns, rest: S3Client) {
    this.#put = put;
    this.#rest = rest;
  }

  async send(command: { input: object }): Promise<object> {
    if (!(command instanceof PutObjectCommand)) return await this.#rest.send(command as never);
    const { Bucket = "", Key = "", Body, ContentType = "" } = command.input;
    if (typeof Body !== "string") throw new Error("The embedded S3 is given texts.");
    await this.#put({ bucket: Bucket, key: Key, body: Body, contentType: ContentType });
    return {};
  }

  destroy(): void {
    this.#rest.destroy();
  }
}
