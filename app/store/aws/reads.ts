import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from "@aws-sdk/lib-dynamodb";
import DataLoader from "dataloader";
import type { Key } from "../ports.ts";
import { asError, isInvalid, untilNothingIsLeft } from "./leftovers.ts";

type Stored = Record<string, unknown>;
type Request = NonNullable<ConstructorParameters<typeof BatchGetCommand>[0]["RequestItems"]>;

interface Wanted {
  table: string;
  key: Key;
}

/** BatchGetItem takes so many keys: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MOST_KEYS = 100;

const nameOf = ({ table, key }: Wanted): string => `${table}\n${key.pk}\n${key.sk}`;

/**
 * Reads, of single items strongly consistent. Reads of the same moment, of several tables or for several deliveries,
 * are one request to DynamoDB. Nothing is remembered afterwards.
 */
export class Reads {
  readonly #client: DynamoDBDocumentClient;
  /** Queries that were asked in this turn of the event loop. */
  readonly #queries = new Map<string, Promise<QueryCommandOutput>>();
  readonly #loader: DataLoader<Wanted, Stored | undefined>;

  constructor(client: DynamoDBDocumentClient) {
    this.#client = client;
    this.#loader = new DataLoader((wanted) => this.#read(wanted), { cache: false, maxBatchSize: MOST_KEYS });
  }

  /** Reads one item of a table, undefined where there is none. */
  async one(table: string, key: Key): Promise<Stored | undefined> {
    return await this.#loader.load({ table, key });
  }

  /** Reads many items of a table, each at its key's place, undefined where there is none. */
  async many(table: string, keys: readonly Key[]): Promise<(Stored | undefined)[]> {
    return await Promise.all(keys.map((key) => this.one(table, key)));
  }

  /** Asks a query; whoever asks the same in the same moment shares its answer, and changes nothing of it. */
  async query(input: QueryCommandInput): Promise<QueryCommandOutput> {
    const name = JSON.stringify(input);
    const asked = this.#queries.get(name) ?? this.#client.send(new QueryCommand(input));
    if (this.#queries.size === 0) setImmediate(() => this.#queries.clear());
    this.#queries.set(name, asked);
    return await asked;
  }

  /** Reads what was asked for in one moment. A key that DynamoDB refuses fails alone: the others are others' work. */
  async #read(wanted: readonly Wanted[]): Promise<(Stored | undefined | Error)[]> {
    const different = new Map(wanted.map((one) => [nameOf(one), one]));
    try {
      const found = await this.#ask([...different.values()]);
      return wanted.map((one) => found.get(nameOf(one)));
    } catch (error) {
      if (different.size === 1 || !isInvalid(error)) throw error;
      const alone = wanted.map((one) => this.#ask([one]).then((found) => found.get(nameOf(one)), asError));
      return await Promise.all(alone);
    }
  }

  async #ask(wanted: readonly Wanted[]): Promise<Map<string, Stored>> {
    const [only] = wanted;
    if (only && wanted.length === 1) {
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: only.table, Key: plainKey(only.key), ConsistentRead: true }),
      );
      return new Map(Item ? [[nameOf(only), Item]] : []);
    }
    const found = new Map<string, Stored>();
    const batch: Request = {};
    for (const { table, key } of wanted) {
      batch[table] ??= { Keys: [], ConsistentRead: true };
      batch[table].Keys?.push(plainKey(key));
    }
    await untilNothingIsLeft(batch, async (RequestItems) => {
      const { Responses = {}, UnprocessedKeys } = await this.#client.send(
        new BatchGetCommand({ RequestItems }),
      );
      for (const [table, items] of Object.entries(Responses)) {
        for (const item of items) found.set(nameOf({ table, key: item as unknown as Key }), item);
      }
      return UnprocessedKeys;
    });
    return found;
  }
}

const plainKey = ({ pk, sk }: Key): Record<string, string> => ({ pk, sk });
