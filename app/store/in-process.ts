import { EventEmitter } from "node:events";
import type { RequestListener, Server } from "node:http";
import { Readable } from "node:stream";
import type { buildApp } from "fauxqs";
import type { AwsClients } from "./clients.ts";

/** A request as the AWS SDK hands it to whatever carries it. */
interface Request {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Answers a request that came by no socket. */
export type Answering = (request: Request) => Promise<Answer>;

/**
 * Carries the AWS SDK's requests to a server of this process by calling it: over a socket both of its
 * ends would be ours, and would take more time than what is asked for.
 */
class InProcess {
  readonly metadata = { handlerProtocol: "in-process" };
  readonly #answering: Answering;
  readonly #asked = new Set<Promise<Answer>>();
  #ended = false;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  async handle(request: Request, { abortSignal }: { abortSignal?: AbortSignal } = {}): Promise<object> {
    if (this.#ended) throw new Error("The embedded AWS has ended.");
    abortSignal?.throwIfAborted();
    const asked = this.#answering(request).finally(() => this.#asked.delete(asked));
    this.#asked.add(asked);
    const { statusCode, headers, body } = await orAborted(asked, abortSignal);
    return { response: { statusCode, headers, body: Readable.from([body]) } };
  }

  /** Takes no more requests, and waits for those that are at work: what they ask is closed next. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#asked);
  }

  httpHandlerConfigs(): object {
    return {};
  }

  updateHttpClientConfig(): void {}

  destroy(): void {}
}

/** Waits no longer than until it is aborted; what was asked goes on. */
async function orAborted<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await asked;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([asked, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Has a client speak to a server of this process by calling it, without signing what only it can read; end it before the server. */
export function speakInProcess(
  client: AwsClients[keyof AwsClients],
  answering: Answering,
): Pick<InProcess, "end"> {
  const handler = new InProcess(answering);
  client.config.requestHandler = handler as never;
  client.config.signer = (async () => ({ sign: async (request: object) => request })) as never;
  return handler;
}

/** Calls dynalite as much as it uses of HTTP. */
export function dynaliteAnswers(server: Server): Answering {
  const listener = server.listeners("request")[0] as RequestListener;
  return ({ method, path, headers, body = "" }) => {
    const request = Object.assign(new EventEmitter(), {
      method,
      url: path,
      headers: { ...UNSIGNED, ...lowered(headers) },
    });
    return new Promise((resolve) => {
      listener(request as never, responseTo(resolve) as never);
      request.emit("data", bytesOf(body));
      request.emit("end");
    });
  };
}

/** Looks like a signature, which dynalite asks for and does not check: nobody else can hand it a request this way. */
const UNSIGNED = {
  authorization: "AWS4-HMAC-SHA256 Credential=none, SignedHeaders=none, Signature=none",
  "x-amz-date": "-",
};

const lowered = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

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
      resolve({ statusCode: this.statusCode, headers, body: Buffer.from(body) });
    },
  };
}

/** Hands requests to a Fastify application as its tests would. https://fastify.dev/docs/latest/Guides/Testing/ */
export function fastifyAnswers(app: Pick<ReturnType<typeof buildApp>, "inject">): Answering {
  return async ({ method, path, query = {}, headers, body }) => {
    const {
      statusCode,
      headers: answered,
      rawPayload,
    } = await app.inject({
      method: method as "GET",
      url: path,
      query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value ?? ""])),
      headers,
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : bytesOf(body) }),
    });
    return { statusCode, headers: answered as Record<string, string>, body: rawPayload };
  };
}
