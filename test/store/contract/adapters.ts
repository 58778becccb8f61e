import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { GetQueueUrlCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { awsStorage } from "../../../app/store/aws/storage.ts";
import type { Storage } from "../../../app/store/ports.ts";
import type { QueueName } from "../../../app/store/queues.ts";
import { openSqlite } from "../../../app/store/sqlite/storage.ts";
import { startLocalAws } from "../../../harness/local-aws.ts";

/** An adapter of the store at work. */
export interface Opened {
  storage: Storage;
  /** Reads the bodies of a queue's dead letters. */
  deadLetters(queue: QueueName): Promise<string[]>;
  close(): Promise<void>;
}

async function openAws(): Promise<Opened> {
  const aws = await startLocalAws();
  return {
    storage: awsStorage(aws.clients, aws.names),
    async deadLetters(queue) {
      const { QueueUrl } = await aws.clients.sqs.send(
        new GetQueueUrlCommand({ QueueName: `zekt-${queue}-dead-letters` }),
      );
      const { Messages = [] } = await aws.clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      return Messages.map(({ Body = "" }) => Body);
    },
    close: () => aws.close(),
  };
}

async function openSqliteFolder(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), "zekt-contract-"));
  // Its queues go by the clock that the tests move.
  const storage = openSqlite({ folder, clock: { now: () => Date.now() } });
  return {
    storage,
    async deadLetters(queue) {
      // Resolves once all that was written before is stored.
      await storage.queue(queue).remove([]);
      const db = new DatabaseSync(join(folder, "zekt.db"), { readOnly: true });
      const rows = db.prepare("SELECT body FROM messages WHERE queue = ?").all(`${queue}-dead-letters`);
      db.close();
      return rows.map(({ body }) => body as string);
    },
    async close() {
      await storage.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Every adapter by its name, for `describe.each`. */
export const ADAPTERS: [name: string, open: () => Promise<Opened>][] = [
  ["AWS", openAws],
  ["SQLite", openSqliteFolder],
];
