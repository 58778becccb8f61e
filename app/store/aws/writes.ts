import { BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import DataLoader from "dataloader";
import type { Key } from "../ports.ts";
import { asError, isInvalid, untilNothingIsLeft } from "./leftovers.ts";

/** An item to put, or the key of one to delete. */
export type Write = { table: string } & ({ put: Key } | { delete: Key });
type Requests = NonNullable<ConstructorParameters<typeof BatchWriteCommand>[0]["RequestItems"]>;

/** BatchWriteItem takes so many: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MOST_WRITES = 25;

const keyOf = (write: Write): Key => ("put" in write ? write.put : write.delete);
const nameOf = (write: Write): string => `${write.table}\n${keyOf(write).pk}\n${keyOf(write).sk}`;

/**
 * Writes that ask for nothing of what is there, and may be made twice without harm. What is to be written
 * in the same moment, whoever for, goes to DynamoDB in as few requests as it takes.
 */
export class Writes {
  readonly #client: DynamoDBDocumentClient;
  readonly #loader: DataLoader<Write, true>;

  constructor(client: DynamoDBDocumentClient) {
    this.#client = client;
    this.#loader = new DataLoader((writes) => this.#write(writes), {
      cache: false,
      maxBatchSize: MOST_WRITES,
    });
  }

  /** Resolves once all of them are made. */
  async make(writes: readonly Write[]): Promise<void> {
    await Promise.all(writes.map((write) => this.#loader.load(write)));
  }

  /** Makes the writes of one moment. One that DynamoDB refuses fails alone: the others are others' work. */
  async #write(writes: readonly Write[]): Promise<(true | Error)[]> {
    try {
      return await this.#ask(writes);
    } catch (error) {
      if (writes.length === 1 || !isInvalid(error)) throw error;
      return await Promise.all(writes.map((one) => this.#ask([one]).then((): true => true, asError)));
    }
  }

  async #ask(writes: readonly Write[]): Promise<true[]> {
    // Of one item only the last may be in a request, and it would win anyway.
    const batch: Requests = {};
    for (const write of new Map(writes.map((one) => [nameOf(one), one])).values()) {
      batch[write.table] ??= [];
      batch[write.table]?.push(
        "put" in write
          ? { PutRequest: { Item: { ...write.put } } }
          : { DeleteRequest: { Key: { pk: write.delete.pk, sk: write.delete.sk } } },
      );
    }
    await untilNothingIsLeft(batch, async (RequestItems) => {
      const { UnprocessedItems } = await this.#client.send(new BatchWriteCommand({ RequestItems }));
      return UnprocessedItems;
    });
    return writes.map(() => true);
  }
}
