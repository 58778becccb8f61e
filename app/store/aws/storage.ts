import type { Storage, UnreadableItem } from "../ports.ts";
import { S3Archive } from "./archive.ts";
import type { AwsClients } from "./clients.ts";
import { intakeStorage, type StoreNames } from "./intake-storage.ts";

/**
 * Opens a deployment's tables, queues and archive on AWS.
 *
 * @param onUnreadable - hears of an item that cannot be read when it is found, once an hour
 */
export const awsStorage = (
  clients: AwsClients,
  names: StoreNames,
  onUnreadable?: (error: UnreadableItem) => void,
): Storage => ({
  ...intakeStorage(clients, names, onUnreadable),
  archive: new S3Archive(clients.s3, names.bucket),
  async close() {
    for (const client of Object.values(clients)) client.destroy();
  },
});
