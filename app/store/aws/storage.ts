import type { Storage } from "../ports.ts";
import { S3Archive } from "./archive.ts";
import type { AwsClients } from "./clients.ts";
import { intakeStorage, type StoreNames } from "./intake-storage.ts";

/** Opens a deployment's tables, queues and archive on AWS. */
export const awsStorage = (clients: AwsClients, names: StoreNames): Storage => ({
  ...intakeStorage(clients, names),
  archive: new S3Archive(clients.s3, names.bucket),
  async close() {
    for (const client of Object.values(clients)) client.destroy();
  },
});
