import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type Clock, epochSeconds } from "../../domain/clock.ts";
import { BadCursor, decodeCursor, encodeCursor } from "../cursor.ts";
import {
  type Condition,
  IF_ABSENT,
  type Item,
  type Key,
  type OnUnreadable,
  type Page,
  type Partition,
  type QueryOptions,
  type Table,
  UnreadableItem,
} from "../ports.ts";
import { expressionOf } from "./condition.ts";
import type { Packing } from "./packing.ts";
import type { Reads } from "./reads.ts";
import type { Writes } from "./writes.ts";

/**
 * Waits before an index is asked again, in milliseconds. It learns of a write within a second.
 * https://repost.aws/knowledge-center/dynamodb-missing-table-items-gsi
 */
const SETTLING = [50, 100, 200, 400];

/** Holds where the item has no TTL, is not past it, or is not there at all. */
const ALIVE = "(attribute_not_exists(expiresAt) OR expiresAt > :ttl)";

/** Returns whether a range ends before it begins, in the order of UTF-8 bytes that DynamoDB has. */
const isReversed = ([from, to]: readonly [string, string]): boolean =>
  Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0;

const isConditionFailed = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

/** Returns whether the SDK has asked more than once. An earlier request may have been done, and its answer lost. */
const wasRepeated = (error: unknown): boolean =>
  ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1;

/** Returns what is stored as JSON, which leaves out what is undefined, as the SDK does. */
const plain = (stored: object | null): unknown => JSON.parse(JSON.stringify(stored));

interface Parts {
  reads: Reads;
  writes: Writes;
  packing: Packing;
  /** Reports each item that is found unreadable. */
  report: (error: UnreadableItem) => void;
}

/**
 * One DynamoDB table. Reads of single items and of a partition are strongly consistent. An item past its TTL reads as
 * gone, though DynamoDB may take days to remove it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
export class DynamoTable implements Table {
  readonly name: string;
  readonly #client: DynamoDBDocumentClient;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #packing: Packing;
  readonly #report: (error: UnreadableItem) => void;
  readonly #clock: Clock;

  constructor(
    client: DynamoDBDocumentClient,
    { reads, writes, packing, report }: Parts,
    name: string,
    clock: Clock,
  ) {
    this.#client = client;
    this.#reads = reads;
    this.#writes = writes;
    this.#packing = packing;
    this.#report = report;
    this.#clock = clock;
    this.name = name;
  }

  /** @throws UnreadableItem */
  #unpack<T>(stored: Record<string, unknown>): Item<T> {
    try {
      return this.#packing.unpack(stored) as Item<T>;
    } catch (cause) {
      const error = new UnreadableItem(this.name, stored as unknown as Key, cause as Error);
      this.#report(error);
      throw error;
    }
  }

  #isAlive(stored: Record<string, unknown> | undefined): stored is Record<string, unknown> {
    const expiresAt = stored?.expiresAt as number | undefined;
    return stored !== undefined && !(expiresAt !== undefined && expiresAt <= epochSeconds(this.#clock.now()));
  }

  /** Returns those items that are not past their TTL and can be read. */
  #readable<T>(
    items: readonly (Record<string, unknown> | undefined)[],
    onUnreadable: OnUnreadable = () => {},
  ): Item<T>[] {
    return items.flatMap((stored) => {
      if (!this.#isAlive(stored)) return [];
      try {
        return [this.#unpack<T>(stored)];
      } catch {
        onUnreadable(stored as Parameters<OnUnreadable>[0]);
        return [];
      }
    });
  }

  #expressionOf(condition: Condition | undefined) {
    if (!condition?.length) return undefined;
    return expressionOf(this.#packing.condition(condition), epochSeconds(this.#clock.now()));
  }

  /** Reads one item, or null where there is none. */
  async get<T>(key: Key): Promise<Item<T> | null> {
    const stored = await this.#reads.one(this.name, key);
    return this.#isAlive(stored) ? this.#unpack<T>(stored) : null;
  }

  /** Reads one item though it be past its TTL: for a writer whose condition names what is stored. */
  async getEvenExpired<T>(key: Key): Promise<Item<T> | null> {
    const item = await this.#reads.one(this.name, key);
    return item ? this.#unpack<T>(item) : null;
  }

  /** Reads many items, in the order of their keys; what is not there or cannot be read is left out. */
  async getMany<T>(keys: readonly Key[], onUnreadable?: OnUnreadable): Promise<Item<T>[]> {
    return this.#readable<T>(await this.#reads.many(this.name, keys), onUnreadable);
  }

  /**
   * Writes an item whole. With a condition: false, and nothing written, where it does not hold. A repeated request may
   * find its condition broken by the first one, whose answer was lost; what is stored tells.
   */
  async put<T extends object>(item: Item<T>, condition?: Condition): Promise<boolean> {
    const expression = this.#expressionOf(condition);
    try {
      const Item = this.#packing.pack(item);
      await this.#client.send(new PutCommand({ TableName: this.name, Item, ...expression }));
      return true;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return wasRepeated(error) && (await this.#isStored(item));
    }
  }

  async #isStored(item: Item<object>): Promise<boolean> {
    return isDeepStrictEqual(plain(await this.getEvenExpired<object>(item)), plain(item));
  }

  /** Returns an item that has the attributes of a change, and lacks those that it removes; null where it has not. */
  async #changed<T>(key: Key, change: Record<string, unknown>): Promise<Item<T> | null> {
    const stored = await this.get<Record<string, unknown>>(key);
    const isSet = (name: string): boolean =>
      isDeepStrictEqual(plain([stored?.[name]]), plain([change[name]]));
    return stored && Object.keys(change).every(isSet) ? (stored as Item<T>) : null;
  }

  /**
   * Sets attributes of an item and removes those given as undefined, leaving the others as they are.
   * Returns the whole item as it is afterwards, or null where the condition does not hold, or the item
   * is past its TTL. A repeated request may find its condition broken by the first one, as with a put.
   */
  async update<T>(key: Key, change: Record<string, unknown>, condition?: Condition): Promise<Item<T> | null> {
    const given = this.#expressionOf(condition);
    const names: Record<string, string> = { ...given?.ExpressionAttributeNames };
    const values: Record<string, unknown> = {
      ...given?.ExpressionAttributeValues,
      ":ttl": epochSeconds(this.#clock.now()),
    };
    const set: string[] = [];
    const remove: string[] = [];
    for (const [index, [attribute, value]] of Object.entries(change).entries()) {
      names[`#a${index}`] = attribute;
      const stored = this.#packing.value(attribute, value);
      if (stored === undefined) remove.push(`#a${index}`);
      else {
        set.push(`#a${index} = :a${index}`);
        values[`:a${index}`] = stored;
      }
    }
    const expression = [
      set.length && `SET ${set.join(", ")}`,
      remove.length && `REMOVE ${remove.join(", ")}`,
    ];
    try {
      const { Attributes } = await this.#client.send(
        new UpdateCommand({
          TableName: this.name,
          Key: { pk: key.pk, sk: key.sk },
          UpdateExpression: expression.filter(Boolean).join(" "),
          ConditionExpression: given ? `${given.ConditionExpression} AND ${ALIVE}` : ALIVE,
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
          ReturnValues: "ALL_NEW",
        }),
      );
      return this.#unpack<T>(Attributes as Record<string, unknown>);
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return wasRepeated(error) ? await this.#changed<T>(key, change) : null;
    }
  }

  /** Adds to a number, from zero where there is none or only one past its TTL, and returns the sum. */
  async add(key: Key, attribute: string, n: number, expiresAt: number): Promise<number> {
    const now = epochSeconds(this.#clock.now());
    for (;;) {
      try {
        const { Attributes } = await this.#client.send(
          new UpdateCommand({
            TableName: this.name,
            Key: { pk: key.pk, sk: key.sk },
            UpdateExpression: "ADD #n :n SET expiresAt = :expiresAt",
            ConditionExpression: ALIVE,
            ExpressionAttributeNames: { "#n": attribute },
            ExpressionAttributeValues: { ":n": n, ":expiresAt": expiresAt, ":ttl": now },
            ReturnValues: "UPDATED_NEW",
          }),
        );
        return Attributes?.[attribute] as number;
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
      }
      if (await this.put({ pk: key.pk, sk: key.sk, [attribute]: n, expiresAt }, IF_ABSENT)) return n;
    }
  }

  /**
   * Removes an item; false where its condition does not hold. A repeated request may find nothing to hold it to, since
   * the first one removed it.
   */
  async delete(key: Key, condition?: Condition): Promise<boolean> {
    const expression = this.#expressionOf(condition);
    try {
      await this.#client.send(
        new DeleteCommand({ TableName: this.name, Key: { pk: key.pk, sk: key.sk }, ...expression }),
      );
      return true;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return wasRepeated(error) && (await this.getEvenExpired(key)) === null;
    }
  }

  /** Removes items, whether they are there or not. */
  async deleteAll(keys: readonly Key[]): Promise<void> {
    await this.#writes.make(keys.map((key) => ({ table: this.name, delete: key })));
  }

  /** Writes items that may be written twice without harm; asks for nothing of what is there. */
  async putAll(items: readonly Item<object>[]): Promise<void> {
    await this.#writes.make(
      items.map((item) => ({ table: this.name, put: this.#packing.pack(item) as unknown as Key })),
    );
  }

  /** Reads a page of a partition (consistently) or, with an index, of what the index knows by now. */
  async page<T>(of: Partition, options: QueryOptions = {}): Promise<Page<Item<T>>> {
    let page = await this.#page(of, options);
    for (const ms of options.settles ? SETTLING : []) {
      if (page.items.length > 0) break;
      await wait(ms);
      page = await this.#page(of, options);
    }
    return { items: this.#readable<T>(page.items), cursor: page.cursor };
  }

  /** Reads a page as it is stored. */
  async #page(of: Partition, options: QueryOptions): Promise<Page<Record<string, unknown>>> {
    const range = of.range ?? "sk";
    const names: Record<string, string> = { "#hash": of.hash[0] };
    const values: Record<string, unknown> = { ":hash": of.hash[1] };
    let expression = "#hash = :hash";
    if (options.beginsWith !== undefined) {
      expression += " AND begins_with(#range, :begin)";
      values[":begin"] = options.beginsWith;
    } else if (options.between) {
      expression += " AND #range BETWEEN :from AND :to";
      [values[":from"], values[":to"]] = options.between;
    }
    if (expression.includes("#range")) names["#range"] = range;
    const startKey = options.startAfter ?? (options.cursor ? decodeCursor(options.cursor) : undefined);
    // DynamoDB refuses such a range; nothing lies within, nor a place to go on after.
    if (options.between && isReversed(options.between)) {
      if (startKey) throw new BadCursor();
      return { items: [], cursor: null };
    }
    const answer = await this.#query({
      TableName: this.name,
      IndexName: of.index,
      KeyConditionExpression: expression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ConsistentRead: of.index === undefined,
      ScanIndexForward: !options.descending,
      Limit: options.limit,
      ExclusiveStartKey: startKey,
    });
    return {
      items: answer.Items ?? [],
      cursor: answer.LastEvaluatedKey ? encodeCursor(answer.LastEvaluatedKey) : null,
    };
  }

  async #query(input: QueryCommandInput): Promise<QueryCommandOutput> {
    try {
      return await this.#reads.query(input);
    } catch (cause) {
      // Of all a query holds only the place to begin at comes from outside.
      if (input.ExclusiveStartKey && cause instanceof Error && cause.name === "ValidationException") {
        throw new BadCursor({ cause });
      }
      throw cause;
    }
  }

  /** Reads all pages. For partitions whose size has a bound; where an item cannot be read, none is returned. */
  async all<T>(of: Partition, options: QueryOptions = {}): Promise<Item<T>[]> {
    const items: Item<T>[] = [];
    let cursor: string | null | undefined = options.cursor;
    do {
      const page = await this.#page(of, { ...options, cursor: cursor ?? undefined });
      for (const stored of page.items) if (this.#isAlive(stored)) items.push(this.#unpack<T>(stored));
      cursor = page.cursor;
    } while (cursor !== null);
    return items;
  }
}
