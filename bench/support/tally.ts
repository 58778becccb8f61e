import type { AwsClients } from "../../app/store/aws/clients.ts";
import { IndexWrites } from "./index-writes.ts";

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

/** Returns the kinds of items that a request to DynamoDB names, each with its number where it is more than one. */
function kindsOf({ TableName = "", Item, Key, RequestItems = {}, ...query }: Input): string[] {
  const values = (query as { ExpressionAttributeValues?: Item }).ExpressionAttributeValues ?? {};
  const named = Item ?? Key ?? (RequestItems && Object.keys(RequestItems).length > 0 ? null : values);
  if (named) return [kindOf(TableName, named)];
  const all = Object.entries(RequestItems).flatMap(([table, asked]) => {
    const items = Array.isArray(asked)
      ? asked.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {})
      : ((asked as { Keys?: Item[] }).Keys ?? []);
    return items.map((item) => kindOf(table, item));
  });
  return [...Map.groupBy(all, (kind) => kind)].map(([kind, { length }]) =>
    length === 1 ? kind : `${length} ${kind}`,
  );
}

/** Names a kind of item by its table and the words in its key, ids left out. */
function kindOf(tableName: string, { pk, sk, ":hash": hash }: Item): string {
  const table = tableName.slice(tableName.indexOf("-") + 1);
  const words = [pk ?? hash, sk]
    .flatMap((key) => String(key ?? "").split("#"))
    .filter((word) => /^[a-z][a-z-]*$/.test(word) && word.length < 20);
  return [table, ...new Set(words)].join(" ");
}

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
  s3Puts = 0;
  s3Gets = 0;
  sqs = 0;
  bytesOut = 0;
  readonly commands = new Map<string, number>();
  /** What DynamoDB was asked, by command, table and kind of item: `Put guards dispatched`. */
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
        this.writeUnits += units;
        this.#countIndexes(input, output.Attributes as Item | undefined);
      }
      const kind = `${command} ${kindsOf(input).join(" + ")}`;
      const counted = this.kinds.get(kind) ?? { requests: 0, units: 0, indexUnits: 0 };
      this.kinds.set(kind, {
        requests: counted.requests + 1,
        units: counted.units + units,
        indexUnits: counted.indexUnits + this.indexes.units - indexUnitsBefore,
      });
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
