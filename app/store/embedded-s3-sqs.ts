import { buildApp } from "fauxqs";
import { writeObjectsThrough } from "./write-through.ts";

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;
type SqsStore = Stores["sqsStore"];

interface Persistence {
  load(sqs: Stores["sqsStore"], sns: Stores["snsStore"], s3: Stores["s3Store"]): void;
  close(): void;
}

/** S3 and SQS of this process. */
export interface EmbeddedS3Sqs {
  app: ReturnType<typeof buildApp>;
  /** What a queue holds that somebody received and neither deleted nor let go. */
  inFlight(queueName: string): { body: string; receiptHandle: string }[];
}

async function part<T>(file: string): Promise<T> {
  return (await import(new URL(file, import.meta.resolve("fauxqs")).href)) as T;
}

/**
 * Makes the embedded S3 and SQS, which keep what they hold in a folder where one is given. Made of its
 * parts, since started whole it listens to every network that this machine is on, and asks nobody who
 * they are.
 */
export async function makeS3Sqs(dataDir?: string): Promise<EmbeddedS3Sqs> {
  const [{ SqsStore }, { SnsStore }, { S3Store }] = await Promise.all([
    part<{ SqsStore: new () => SqsStore }>("sqs/sqsStore.js"),
    part<{ SnsStore: new () => Stores["snsStore"] }>("sns/snsStore.js"),
    part<{ S3Store: new () => Stores["s3Store"] }>("s3/s3Store.js"),
  ]);
  const stores: Stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  const persistence = dataDir ? await persist(dataDir, stores) : null;
  const app = buildApp({ logger: false, host: "127.0.0.1", stores });
  app.addHook("preClose", async () => persistence?.close());
  return {
    app,
    inFlight: (queueName) =>
      (stores.sqsStore.inspectQueue(queueName)?.messages.inflight ?? []).map(
        ({ message, receiptHandle }) => ({
          body: message.body,
          receiptHandle,
        }),
      ),
  };
}

/** Loads what a folder holds, and has what changes written there from now on: in this order, or loading would write. */
async function persist(dataDir: string, stores: Stores): Promise<Persistence> {
  await writeObjectsThrough();
  const { PersistenceManager } = await part<{ PersistenceManager: new (dataDir: string) => Persistence }>(
    "persistence.js",
  );
  const persistence = new PersistenceManager(dataDir);
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
  for (const keeper of [...Object.values(stores), ...stores.sqsStore.allQueues()]) {
    (keeper as { persistence?: Persistence }).persistence = persistence;
  }
  return persistence;
}
