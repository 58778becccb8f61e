import type { AwsClients } from "../../app/store/aws/clients.ts";
import { IndexWrites, shortName } from "./index-writes.ts";

type Item = Record<string, unknown>;

/** The tables and items that a writing request to DynamoDB names. */
interface Input {
  TableName?: string;
  Item?: Item;
  Key?: Item;
  RequestItems?: Record<string, { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>;
}

interface Args {
  input: Record<string, unknown>;
  request?: unknown;
}
type Next = (args: Args) => Promise<{ output: Record<string, unknown>; response: unknown }>;
interface Stack {
  add(middleware: (next: Next, context: { commandName?: string }) => Next, options: object): void;
  remove(name: string): boolean;
}

/** DynamoDB's are not JSON yet. */
const bytesOf = (body: string | Uint8Array | object | undefined): number =>
  body === undefined || typeof body === "string" || body instanceof Uint8Array
    ? Buffer.byteLength(body ?? "")
    : Buffer.byteLength(JSON.stringify(body));

/** Returns the items, or the keys of them, that a request to DynamoDB names, each with its kind. */
function itemsOf({
  TableName = "",
  Item,
  Key,
  RequestItems,
  ...query
}: Input): { kind: string; item: Item }[] {
  const values = (query as { ExpressionAttributeValues?: Item }).ExpressionAttributeValues ?? {};
  if (!RequestItems) return [{ kind: kindOf(TableName, Item ?? Key ?? values), item: Item ?? Key ?? {} }];
  return Object.entries(RequestItems).flatMap(([table, asked]) => {
    const items = Array.isArray(asked)
      ? asked.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {})
      : ((asked as { Keys?: Item[] }).Keys ?? []);
    return items.map((item) => ({ kind: kindOf(table, item), item }));
  });
}

/** Names a kind of item by its table and the words in its key, ids left out. */
function kindOf(tableName: string, { pk, sk, ":hash": hash }: Item): string {
  const words = [pk ?? hash, sk]
    .flatMap((key) => String(key ?? "").split("#"))
    .filter((word) => /^[a-z][a-z-]*$/.test(word) && word.length < 20);
  return [shortName(tableName), ...new Set(words)].join(" ");
}

/** Lists kinds, each once, with its number where it is more than one. */
const listOf = (kinds: readonly string[]): string =>
  [...Map.groupBy(kinds, (kind) => kind)]
    .map(([kind, { length }]) => (length === 1 ? kind : `${length} ${kind}`))
    .join(" + ");

const KB = 1024;

const NAME = "tally";
const PUTS = /^(?:Put|List|DeleteObjects|Copy)/;

interface Capacity {
  TableName?: string;
  CapacityUnits?: number;
  Table?: { CapacityUnits?: number };
}

/** The requests of one kind: a command, and the kind of item that it names. */
export interface KindOfRequest {
  requests: number;
  /** Write units in tables, or read units. */
  units: number;
  indexUnits: number;
}

/** Counts what is asked of DynamoDB, S3 and SQS while it runs: requests, units and bytes. */
export class Tally {
  writeUnits = 0;
  readUnits = 0;
  dynamodb = 0;
  /** Requests to DynamoDB that write. */
  writes = 0;
  s3Puts = 0;
  s3Gets = 0;
  sqs = 0;
  bytesOut = 0;
  readonly commands = new Map<string, number>();
  /** Write units in tables by table and kind of item: `guards dispatched`. */
  readonly written = new Map<string, number>();
  /** Requests to DynamoDB by command, table and kind of item: `Put guards dispatched`. */
  readonly kinds = new Map<string, KindOfRequest>();
  readonly indexes = new IndexWrites();
  readonly #stacks: Stack[] = [];

  /** Begins to count. DynamoDB is asked for what each request consumed, its indexes included. */
  static of(clients: AwsClients): Tally {
    const tally = new Tally();
    for (const service of ["dynamodb", "s3", "sqs"] as const) {
      const client = clients[service];
      const stack = client.middlewareStack as unknown as Stack;
      stack.add(
        (next, { commandName = "" }) =>
          async (args) => {
            if (service === "dynamodb") args.input = { ...args.input, ReturnConsumedCapacity: "TOTAL" };
            const answer = await next(args);
            tally.#count(service, commandName.replace(/Command$/, ""), args.input, answer.output);
            return answer;
          },
        { step: "initialize", name: NAME },
      );
      stack.add(
        (next) => async (args) => {
          const { body } = args.request as { body?: string | Uint8Array | object };
          tally.bytesOut += bytesOf(body);
          return await next(args);
        },
        { step: "finalizeRequest", name: `${NAME}-bytes` },
      );
      tally.#stacks.push(stack);
    }
    return tally;
  }

  #count(service: string, command: string, input: Input, output: Record<string, unknown>): void {
    // Waiting for messages costs by the hour, not by the event.
    if (command === "ReceiveMessage" && ((output.Messages as unknown[] | undefined) ?? []).length === 0)
      return;
    this.commands.set(command, (this.commands.get(command) ?? 0) + 1);
    if (service === "sqs") this.sqs += 1;
    else if (service === "s3") PUTS.test(command) ? this.s3Puts++ : this.s3Gets++;
    else {
      this.dynamodb += 1;
      const consumed = ([output.ConsumedCapacity ?? []] as (Capacity | Capacity[])[]).flat();
      const units = consumed.reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
      const indexUnitsBefore = this.indexes.units;
      if (/Get|Query/.test(command)) this.readUnits += units;
      else {
        this.writes += 1;
        this.writeUnits += units;
        this.#countItems(input, units);
        this.#countIndexes(input, output.Attributes as Item | undefined);
      }
      const kind = `${command} ${listOf(itemsOf(input).map((one) => one.kind))}`;
      const counted = this.kinds.get(kind) ?? { requests: 0, units: 0, indexUnits: 0 };
      this.kinds.set(kind, {
        requests: counted.requests + 1,
        units: counted.units + units,
        indexUnits: counted.indexUnits + this.indexes.units - indexUnitsBefore,
      });
    }
  }

  /** Counts a write's units by kind; those of a batch by the size of each item. */
  #countItems(input: Input, units: number): void {
    const items = itemsOf(input);
    for (const { kind, item } of items) {
      const own = items.length === 1 ? units : Math.ceil(Buffer.byteLength(JSON.stringify(item)) / KB);
      this.written.set(kind, (this.written.get(kind) ?? 0) + own);
    }
  }

  #countIndexes({ TableName = "", Item, Key, RequestItems = {} }: Input, updated: Item | undefined): void {
    if (Item) this.indexes.wrote(TableName, Item, Item);
    else if (Key && updated?.pk) this.indexes.wrote(TableName, Key, updated);
    else if (Key && !updated) this.indexes.wrote(TableName, Key, null);
    for (const [table, requests] of Object.entries(RequestItems)) {
      for (const { PutRequest, DeleteRequest } of requests) {
        if (PutRequest) this.indexes.wrote(table, PutRequest.Item, PutRequest.Item);
        if (DeleteRequest) this.indexes.wrote(table, DeleteRequest.Key, null);
      }
    }
  }

  stop(): void {
    for (const stack of this.#stacks) {
      stack.remove(NAME);
      stack.remove(`${NAME}-bytes`);
    }
  }
}
