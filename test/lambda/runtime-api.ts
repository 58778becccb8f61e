import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { MAX_EVENT_BYTES } from "./http-event.ts";

/** A call of a function, as its runtime gets it. */
export interface RuntimeCall {
  event: unknown;
  awsRequestId: string;
  functionArn: string;
  /** The value of the trace's header, which tells Lambda how often a chain went round. */
  trace: string;
  /** Returns the moment by which the call is cut off, in milliseconds since the epoch. */
  deadline(): number;
  /** Readies the instance for the call that it has asked for. */
  prepare(): Promise<void>;
}

/** A function's failure, as its runtime reports it, or as Lambda reports it of a runtime that is gone. */
export interface Failure {
  errorType: string;
  errorMessage: string;
}

type Current = RuntimeCall & PromiseWithResolvers<unknown>;

/**
 * Lambda's side of a function's runtime: hands out its calls, one at a time, and takes what becomes of each.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  /** Hears that the runtime asks for a call while there is none. */
  onIdle: () => void = () => {};
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  /** The runtime's request for a call, while it waits. */
  #next: ServerResponse | null = null;
  #call: Current | null = null;

  static async open(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    // A frozen runtime's connection stays; nothing else would end it.
    api.#server.keepAliveTimeout = 0;
    api.#server.listen(0, "127.0.0.1");
    await once(api.#server, "listening");
    return api;
  }

  /** The host and port, as `AWS_LAMBDA_RUNTIME_API` has them. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Gives a call to the runtime as soon as it asks for one. Answers its result, or rejects with its failure. */
  hand(call: RuntimeCall): Promise<unknown> {
    this.#call = { ...call, ...Promise.withResolvers<unknown>() };
    if (this.#next) void this.#handOver(this.#next, this.#call);
    return this.#call.promise;
  }

  /** Fails the call that goes on, if one does. */
  fail({ errorType, errorMessage }: Failure): void {
    this.#call?.reject(new Error(`${errorType}: ${errorMessage}`));
    this.#call = null;
  }

  /** Forgets the runtime's request, as its process has ended. */
  forget(): void {
    this.#next = null;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #handOver(next: ServerResponse, call: Current): Promise<void> {
    this.#next = null;
    await call.prepare();
    next.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": call.awsRequestId,
      "lambda-runtime-deadline-ms": String(Math.round(call.deadline())),
      "lambda-runtime-invoked-function-arn": call.functionArn,
      "lambda-runtime-trace-id": call.trace,
    });
    next.end(JSON.stringify(call.event));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").replace("/2018-06-01/runtime", "");
    if (path === "/invocation/next") {
      this.#next = response;
      if (this.#call) await this.#handOver(response, this.#call);
      else this.onIdle();
      return;
    }
    const [, id, kind] = /^\/(?:invocation\/([^/]+)|init)\/(response|error)$/.exec(path) ?? [];
    const body = await text(request);
    const say = (status: number, answer: object): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    if (id !== undefined && id !== this.#call?.awsRequestId)
      return say(400, { errorType: "InvalidRequestID", errorMessage: "No such call goes on." });
    if (kind === "error") {
      say(202, { status: "OK" });
      return this.fail(JSON.parse(body) as Failure);
    }
    if (Buffer.byteLength(body) > MAX_EVENT_BYTES) {
      say(413, {
        errorType: "RequestEntityTooLarge",
        errorMessage: "Exceeded maximum allowed payload size.",
      });
      return this.fail({
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: "Lambda takes no such answer.",
      });
    }
    say(202, { status: "OK" });
    this.#call?.resolve(JSON.parse(body));
    this.#call = null;
  }
}
