import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type DynamoDBClient, DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import dynalite, { type DynaliteOptions } from "dynalite";
import { InProcess } from "./in-process.ts";
import { partsOf } from "./parts-of.ts";
import { inOneWrite } from "./write-through.ts";

/** What dynalite keeps its tables in. */
interface Store {
  lifecycleManager: { gracefulClose(done: (error?: unknown) => void): void };
}
/** A request as dynalite has it once HTTP is taken off: JSON whose attributes have types. */
type Body = Record<string, unknown>;
interface ApiError extends Error {
  statusCode?: number;
  body?: { __type: string; message?: string; Message?: string };
}
type Action = (store: Store, body: Body, done: (error: ApiError | null, answer?: Body) => void) => void;
interface Validation {
  types: object;
  custom?: unknown;
}
interface Validations {
  checkTypes(body: Body, types: object): Body;
  checkValidations(body: Body, types: object, custom: unknown, store: Store): void;
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
  readonly #store: Store;
  readonly #server: Server;
  readonly #handlers: InProcess<Request, Response>[] = [];

  constructor(options: DynaliteOptions) {
    const database = parts<{ create(options: DynaliteOptions): Store }>("./db");
    const { create } = database;
    let store: Store | null = null;
    database.create = (given) => {
      store = create(given);
      return store;
    };
    try {
      this.#server = dynalite(options);
    } finally {
      database.create = create;
    }
    this.#store = store as unknown as Store;
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
    const output = await new Promise<Body>((resolve, reject) => {
      const checked = validations.checkTypes({ ...body }, types);
      validations.checkValidations(checked, types, custom, this.#store);
      inOneWrite(() =>
        act(this.#store, checked, (error, answer) => (error ? reject(error) : resolve(answer ?? {}))),
      );
    }).catch((error: ApiError) => {
      if (error.body) throw exceptionOf(error);
      endWith(error);
      throw error;
    });
    return { output: { ...output, $metadata: {} } };
  }

  async close(): Promise<void> {
    await Promise.all(this.#handlers.map((handler) => handler.end()));
    if (this.#server.listening) {
      this.#server.closeAllConnections();
      // Its database is closed with it.
      await new Promise((done) => this.#server.close(done));
    } else await new Promise((done) => this.#store.lifecycleManager.gracefulClose(done));
  }
}

interface Request {
  action: string;
  body: Body;
}
interface Response {
  output: Body;
}

/**
 * Ends the process, where the disk is full or fails: an item and its places in the indexes are written in
 * several steps, and only whoever starts anew finds them as they were before.
 */
function endWith(error: Error): void {
  setImmediate(() => {
    throw error;
  });
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
