import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type DynamoDBClient, DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { EmbeddedTables } from "./embedded-tables.ts";
import { InProcess } from "./in-process.ts";
import { partsOf } from "./parts-of.ts";

/** A request as dynalite has it once HTTP is taken off: JSON whose attributes have types. */
type Body = Record<string, unknown>;
interface ApiError extends Error {
  statusCode?: number;
  body?: { __type: string; message?: string; Message?: string };
}
type Action = (
  store: EmbeddedTables,
  body: Body,
  done: (error: ApiError | null, answer?: Body) => void,
) => void;
interface Database {
  create(): unknown;
  createKey: ConstructorParameters<typeof EmbeddedTables>[0];
}
interface Validation {
  types: object;
  custom?: unknown;
}
interface Validations {
  checkTypes(body: Body, types: object): Body;
  checkValidations(body: Body, types: object, custom: unknown, store: EmbeddedTables): void;
}

/** What of an SDK client's way to its server is for a network, and for nothing here. */
const OF_THE_NETWORK = [
  "loggerMiddleware",
  "contentLengthMiddleware",
  "getUserAgentMiddleware",
  "hostHeaderMiddleware",
  "recursionDetectionMiddleware",
  "httpSigningMiddleware",
];

const parts = partsOf("dynalite");
const validations = parts<Validations>("./validations");

/** DynamoDB of this process. */
export class EmbeddedDynamoDB {
  readonly #tables: EmbeddedTables;
  readonly #server: Server;
  readonly #handlers: InProcess<Request, Response>[] = [];

  /** Keeps its tables in a file, or in memory. */
  constructor(file?: string) {
    const database = parts<Database>("./db");
    const { create } = database;
    this.#tables = new EmbeddedTables(database.createKey, file);
    database.create = () => this.#tables;
    try {
      this.#server = dynalite();
    } finally {
      database.create = create;
    }
  }

  /** Answers on loopback, to whoever asks: it knows no passwords. Returns where. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * Has a client ask it by calling it. What the SDK hands over is what dynalite works on, so neither is
   * written as JSON, signed and read again on the way.
   */
  connect(client: DynamoDBClient): void {
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
        return { response, output: (response as Response).output as never };
      },
      { step: "deserialize", name: "deserializerMiddleware", override: true },
    );
    const handler = new InProcess((request: Request) => this.#answer(request));
    client.config.requestHandler = handler as never;
    this.#handlers.push(handler);
  }

  async #answer({ action, body }: Request): Promise<Response> {
    const { types, custom } = parts<Validation>(`./validations/${action}`);
    const act = parts<Action>(`./actions/${action}`);
    const output = await this.#tables
      .answer<Body>((done) => {
        const checked = validations.checkTypes({ ...body }, types);
        validations.checkValidations(checked, types, custom, this.#tables);
        act(this.#tables, checked, done);
      })
      .catch((error: ApiError) => {
        throw error.body ? exceptionOf(error) : endWith(error);
      });
    return { output: { ...output, $metadata: {} } };
  }

  async close(): Promise<void> {
    await Promise.all(this.#handlers.map((handler) => handler.end()));
    if (this.#server.listening) {
      this.#server.closeAllConnections();
      // Its database is closed with it.
      await new Promise((done) => this.#server.close(done));
    } else await new Promise((done) => this.#tables.lifecycleManager.gracefulClose(done));
  }
}

interface Request {
  action: string;
  body: Body;
}
interface Response {
  output: Body;
}

/** That the disk is full or fails. */
class DiskFailed extends Error {
  override name = "DiskFailed";
}

/**
 * Ends the process, where the disk is full or fails: only whoever starts anew knows what is stored. Returns
 * what to throw meanwhile; another than what ends it, since whoever catches may add to it what is no log's.
 */
function endWith({ message }: Error): DiskFailed {
  const made = () =>
    new DiskFailed(
      `The data folder cannot be written to (${message}). See to its disk and start Zekt again: what it has accepted is kept.`,
    );
  setImmediate(() => {
    throw made();
  });
  return made();
}

/** `GetItemCommand` is `getItem`. */
const actionOf = (commandName: string): string =>
  commandName.charAt(0).toLowerCase() + commandName.slice(1).replace(/Command$/, "");

function exceptionOf({ statusCode = 400, body }: ApiError): DynamoDBServiceException {
  const exception = new DynamoDBServiceException({
    name: body?.__type.split("#").pop() ?? "",
    message: body?.message ?? body?.Message ?? "",
    $fault: statusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode: statusCode },
  });
  // Some are expected, thousands of times; nobody reads where in dynalite they were made.
  exception.stack = `${exception.name}: ${exception.message}`;
  return exception;
}
