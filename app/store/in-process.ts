import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { Readable } from "node:stream";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Looks like a signature, which dynalite asks for and does not check: nobody else can hand it a request this way. */
const UNSIGNED = {
  authorization: "AWS4-HMAC-SHA256 Credential=none, SignedHeaders=none, Signature=none",
  "x-amz-date": "-",
};

/** A request as the AWS SDK hands it to whatever carries it. */
interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

interface Answer {
  response: { statusCode: number; headers: Record<string, string>; body: Readable };
}

/**
 * Carries the AWS SDK's requests to a server of this process by calling it: over a socket both of its
 * ends would be ours, and would take more time than what is asked for. As much of HTTP as dynalite uses.
 */
class InProcess {
  readonly metadata = { handlerProtocol: "in-process" };
  readonly #server: Server;
  readonly #asked = new Set<Promise<Answer>>();
  #ended = false;

  constructor(server: Server) {
    this.#server = server;
  }

  async handle(request: Request): Promise<Answer> {
    if (this.#ended) throw new Error("The embedded DynamoDB has ended.");
    const answer = this.#ask(request);
    this.#asked.add(answer);
    return await answer.finally(() => this.#asked.delete(answer));
  }

  /** Takes no more requests, and waits for those that are at work: its database is closed next. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#asked);
  }

  #ask({ method, path, headers, body = "" }: Request): Promise<Answer> {
    const lowered = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const request = Object.assign(new EventEmitter(), {
      method,
      url: path,
      headers: { ...UNSIGNED, ...lowered },
    });
    return new Promise((resolve) => {
      this.#server.emit("request", request, responseTo(resolve));
      request.emit("data", bytesOf(body));
      request.emit("end");
    });
  }

  httpHandlerConfigs(): object {
    return {};
  }

  updateHttpClientConfig(): void {}

  destroy(): void {}
}

/** Has a client speak to a server of this process by calling it, without signing what only it can read; end it before the server. */
export function speakInProcess(client: DynamoDBClient, server: Server): Pick<InProcess, "end"> {
  const handler = new InProcess(server);
  client.config.requestHandler = handler as never;
  client.config.signer = async () => ({ sign: async (request: object) => request }) as never;
  return handler;
}

const bytesOf = (body: string | Uint8Array): Buffer =>
  typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

function responseTo(resolve: (answer: Answer) => void) {
  const headers: Record<string, string> = {};
  return {
    statusCode: 200,
    setHeader(name: string, value: unknown): void {
      headers[name.toLowerCase()] = String(value);
    },
    end(body = ""): void {
      resolve({
        response: { statusCode: this.statusCode, headers, body: Readable.from([Buffer.from(body)]) },
      });
    },
  };
}
