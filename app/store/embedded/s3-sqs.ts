import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buildApp } from "fauxqs";
import type { Answer, Request } from "./answer.ts";
import { JournalSync } from "./journal-sync.ts";

type App = ReturnType<typeof buildApp>;
type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;

interface Persistence {
  db: { exec(sql: string): void };
  load(sqs: Stores["sqsStore"], sns: Stores["snsStore"], s3: Stores["s3Store"]): void;
  close(): void;
}

/** A request as the AWS SDK hands it to whatever carries it. */
export interface HttpRequest {
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}
export interface HttpAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** How fauxqs does what SQS is asked for. */
type Act = (body: Request["body"], store: Stores["sqsStore"]) => unknown;

/** An object to be put into a bucket. */
export interface NewObject {
  bucket: string;
  key: string;
  body: string;
  contentType: string;
}

/** A message that somebody received and neither deleted nor let go. */
export interface InFlight {
  body: string;
  receiptHandle: string;
}

/** The stand-in for S3 and SQS: fauxqs without its server. */
export class EmbeddedS3Sqs {
  readonly #stores: Stores;
  readonly #app: App;
  readonly #journal: JournalSync | null;
  readonly #acts = new Map<string, Act>();

  private constructor(stores: Stores, app: App, journal: JournalSync | null) {
    this.#stores = stores;
    this.#app = app;
    this.#journal = journal;
  }

  /**
   * Makes it, keeping what it holds in a folder where one is given. Made of its parts, since started whole
   * it listens to every network that this machine is on, and asks nobody who they are.
   */
  static async make(dataDir?: string): Promise<EmbeddedS3Sqs> {
    const [{ SqsStore }, { SnsStore }, { S3Store }] = await Promise.all([
      part<{ SqsStore: new () => Stores["sqsStore"] }>("sqs/sqsStore.js"),
      part<{ SnsStore: new () => Stores["snsStore"] }>("sns/snsStore.js"),
      part<{ S3Store: new () => Stores["s3Store"] }>("s3/s3Store.js"),
    ]);
    const stores: Stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
    const kept = dataDir ? await persist(dataDir, stores) : null;
    const app = buildApp({ logger: false, host: "127.0.0.1", stores });
    app.addHook("preClose", async () => {
      await kept?.journal.close();
      kept?.persistence.close();
    });
    await app.ready();
    return new EmbeddedS3Sqs(stores, app, kept?.journal ?? null);
  }

  /** Answers on loopback, to whoever asks: it knows no passwords. Returns where. */
  async listen(): Promise<string> {
    await this.#app.listen({ port: 0, host: "127.0.0.1" });
    const server: Server = this.#app.server;
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Answers a request of S3 or SQS as it comes by HTTP. */
  async answer({ method, path, query, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#app.inject({
      method: method as "GET",
      url: path,
      query,
      headers,
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : bytesOf(body) }),
    });
    // An object is there for good once that is answered. Messages survive a kill without it, and those that
    // a power cut takes are found again by the `due` index.
    if (method === "PUT") await this.#journal?.sync();
    return {
      statusCode: answer.statusCode,
      headers: answer.headers as Record<string, string>,
      body: answer.rawPayload,
    };
  }

  /** Answers what SQS is asked for, without HTTP around it. */
  async sqs({ action, body }: Request): Promise<Answer> {
    const act =
      this.#acts.get(action) ?? (await part<Record<string, Act>>(`sqs/actions/${action}.js`))[action];
    if (!act) throw new Error(`The embedded SQS does not know ${action}.`);
    this.#acts.set(action, act);
    try {
      return { output: (await act(body, this.#stores.sqsStore)) as Request["body"] };
    } catch (error) {
      const { code, statusCode, message } = error as Error & { code?: string; statusCode?: number };
      if (!code || !statusCode) throw error;
      return { refused: { name: code, message, status: statusCode } };
    }
  }

  /** Puts an object, without HTTP around it; it is there for good then. */
  async put({ bucket, key, body, contentType }: NewObject): Promise<void> {
    this.#stores.s3Store.putObject(bucket, key, Buffer.from(body), contentType, {});
    await this.#journal?.sync();
  }

  /** What a queue holds that somebody received and neither deleted nor let go. */
  inFlight(queueName: string): InFlight[] {
    const inFlight = this.#stores.sqsStore.inspectQueue(queueName)?.messages.inflight ?? [];
    return inFlight.map(({ message, receiptHandle }) => ({ body: message.body, receiptHandle }));
  }

  /** Whoever waits for messages is let go. */
  async close(): Promise<void> {
    // Closing wakes those who wait by then; a request that is still on its way must not begin to.
    for (const queue of this.#stores.sqsStore.allQueues())
      Object.assign(queue, { waitForMessages: async () => {} });
    await this.#app.close();
  }
}

const bytesOf = (body: Uint8Array): Buffer => Buffer.from(body.buffer, body.byteOffset, body.byteLength);

async function part<T>(file: string): Promise<T> {
  return (await import(new URL(file, import.meta.resolve("fauxqs")).href)) as T;
}

/** Loads what a folder holds, and has what changes written there from now on: in this order, or loading would write. */
async function persist(
  dataDir: string,
  stores: Stores,
): Promise<{ persistence: Persistence; journal: JournalSync }> {
  const { PersistenceManager } = await part<{ PersistenceManager: new (dataDir: string) => Persistence }>(
    "persistence.js",
  );
  const persistence = new PersistenceManager(dataDir);
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  for (const keeper of [...Object.values(stores), ...stores.sqsStore.allQueues()]) {
    (keeper as { persistence?: Persistence }).persistence = persistence;
  }
  return { persistence, journal: new JournalSync(persistence.db, join(dataDir, "fauxqs.db")) };
}
