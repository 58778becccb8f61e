import type { Clock } from "../domain/clock.ts";
import type { QueueName } from "./queues.ts";
import type { TableName } from "./tables.ts";

/** Names an item of a table: its partition, and its place in it. */
export interface Key {
  pk: string;
  sk: string;
}

/** An item: its key, its attributes, and where it may end by itself its TTL in epoch seconds. */
export type Item<T> = T & Key & { expiresAt?: number };

/** An item that is stored and cannot be read: it is damaged, or a later version wrote it. */
export class UnreadableItem extends Error {
  readonly table: string;
  readonly key: Key;

  constructor(table: string, { pk, sk }: Key, cause: Error) {
    super(`The item "${sk}" of "${pk}" in table ${table} cannot be read. ${cause.message}`);
    this.name = "UnreadableItem";
    this.table = table;
    this.key = { pk, sk };
  }
}

/** The attribute that counts how often an unreadable item was put off. What reads the item does not see it. */
export const UNREADABLE = "unreadable";

/** Is given what can be seen of an item that cannot be read: its key, and those of its indexes. */
export type OnUnreadable = (item: Item<Record<string, unknown>>) => void;

/** One thing that a write asks of the item that is stored under its key. */
export type Check =
  | { readonly is: "exists" }
  | { readonly is: "absent"; readonly attribute: string }
  | { readonly is: "equals"; readonly attribute: string; readonly value: string | number }
  | { readonly is: "absentOrAtMost"; readonly attribute: string; readonly value: string | number };

/** Checks that all have to hold for a write to be made. */
export type Condition = readonly Check[];

/** Checks that an item is stored under the key. */
export const exists: Check = { is: "exists" };

/** Checks that the item has no such attribute; of `pk`, that no item is stored, or only one past its TTL. */
export const absent = (attribute: string): Check => ({ is: "absent", attribute });

/** Checks that an attribute is stored with this value. */
export const equals = (attribute: string, value: string | number): Check => ({
  is: "equals",
  attribute,
  value,
});

/** Checks that the item has no such attribute, or one of the same type that is not greater; texts compare by their UTF-8 bytes. */
export const absentOrAtMost = (attribute: string, value: string | number): Check => ({
  is: "absentOrAtMost",
  attribute,
  value,
});

/** Holds where nothing is stored under the key, or only an item past its TTL. */
export const IF_ABSENT: Condition = [absent("pk")];

/** Holds where an item is stored under the key. */
export const IF_EXISTS: Condition = [exists];

/** Holds where the stored item is the one that was read. */
export const ifVersion = (version: number): Condition => [equals("version", version)];

/** A partition of a table (`hash` on `pk`) or, with an index, of that index of `tables.json`. */
export interface Partition {
  index?: string;
  hash: readonly [attribute: string, value: string];
  /** The attribute that orders an index; `sk` where it is left out. */
  range?: string;
}

export interface QueryOptions {
  /** Items a page; what is past its TTL counts, and is left out of the page. */
  limit?: number;

  /** The place where the page before ended, as it said. */
  cursor?: string | undefined;

  /** Instead of a cursor, the whole key of the item to go on after: of an index, with both its attributes. */
  startAfter?: Record<string, string> | undefined;
  descending?: boolean;

  /** Only sort keys that begin so. */
  beginsWith?: string;

  /** Only sort keys within, both ends included. */
  between?: readonly [string, string];

  /** True to look again, for less than a second, where an index that may be behind knows of nothing. */
  settles?: true;
}

export interface Page<T> {
  items: T[];
  /** Where to go on; null at the end. */
  cursor: string | null;
}

/**
 * A table of items. Reads of items and of a partition see every write that was made before; an index may
 * be behind. An item past its TTL reads as gone, though it may be removed days later. Attributes that are
 * undefined are not stored. Attributes of an index are texts, and neither they nor `pk` and `sk` are empty.
 */
export interface Table {
  /**
   * Reads one item, or null where there is none.
   *
   * @throws UnreadableItem
   */
  get<T>(key: Key): Promise<Item<T> | null>;

  /** Reads one item though it be past its TTL: for a writer whose condition names what is stored. */
  getEvenExpired<T>(key: Key): Promise<Item<T> | null>;

  /** Reads many items, in the order of their keys, leaving out those that are not there or cannot be read. */
  getMany<T>(keys: readonly Key[], onUnreadable?: OnUnreadable): Promise<Item<T>[]>;

  /**
   * Writes an item whole. With a condition: false, and nothing written, where it does not hold. An item past
   * its TTL counts as stored, except for {@link IF_ABSENT}.
   *
   * @throws Error where the item is larger than 400 KB, or an attribute of an index is empty or no text
   */
  put<T extends object>(item: Item<T>, condition?: Condition): Promise<boolean>;

  /**
   * Sets attributes of an item, removes those given as undefined, and leaves the others as they are. Makes the item
   * where there is none and the condition allows it. Returns the whole item as it is afterwards, or null where the
   * condition does not hold or the item is past its TTL.
   *
   * @throws UnreadableItem where the change was made, and the item cannot be read
   */
  update<T>(key: Key, change: Record<string, unknown>, condition?: Condition): Promise<Item<T> | null>;

  /** Adds to a number, from zero where there is none or only one past its TTL, and returns the sum. */
  add(key: Key, attribute: string, n: number, expiresAt: number): Promise<number>;

  /** Removes an item, if it is there; false, and nothing removed, where its condition does not hold. */
  delete(key: Key, condition?: Condition): Promise<boolean>;

  /** Removes items, whether they are there or not. */
  deleteAll(keys: readonly Key[]): Promise<void>;

  /** Writes items without a condition, each by itself; of one key the last one stands. */
  putAll(items: readonly Item<object>[]): Promise<void>;

  /**
   * Reads a page of a partition, in the order of its sort keys by their UTF-8 bytes, leaving out what cannot be read.
   *
   * @throws BadCursor where the cursor is not one that this list gave out
   */
  page<T>(of: Partition, options?: QueryOptions): Promise<Page<Item<T>>>;

  /**
   * Reads all pages. For partitions whose size has a bound.
   *
   * @throws UnreadableItem: who asks for all of it works on the whole
   */
  all<T>(of: Partition, options?: QueryOptions): Promise<Item<T>[]>;
}

/** A message to enqueue. */
export interface NewMessage {
  body: string;
  /** Whose it is: groups take turns, so that one with many messages delays no other. */
  group: string;
  /** Not before so many seconds from now: at most 900. */
  delaySeconds?: number | undefined;
}

/** A message that was received: hidden from other receivers until it is removed or its visibility timeout is over. */
export interface ReceivedMessage {
  body: string;
  /** Names this receipt of the message, for {@link Queue.remove}. */
  receipt: string;
}

/** The approximate number of a queue's messages. */
export interface QueueCounts {
  /** To be received now. */
  ready: number;
  /** Not before their delay is over. */
  delayed: number;
  /** Received and not yet removed. */
  working: number;
}

/**
 * A queue of `queues.json`. A message is received at least once. One that is not removed within
 * `VisibilityTimeout` seconds is received again, and goes to the dead letters after `maxReceiveCount` receipts.
 */
export interface Queue {
  /**
   * Enqueues messages, and resolves once they are stored for good.
   *
   * @throws Error where one could not be enqueued; others may have been
   */
  send(messages: readonly NewMessage[]): Promise<void>;

  /**
   * Receives messages, at most so many and at most 10. Waits for the first one up to `waitSeconds` (at most 20; 0),
   * or until the signal.
   */
  receive(most: number, options?: { waitSeconds?: number; signal?: AbortSignal }): Promise<ReceivedMessage[]>;

  /** Removes messages that were worked; one that is gone already is no error. */
  remove(messages: readonly ReceivedMessage[]): Promise<void>;

  /** Counts the messages. */
  count(): Promise<QueueCounts>;
}

/** A text and when it was archived. */
export interface ArchivedText {
  text: string;
  /** In milliseconds since the epoch. */
  at: number;
}

/** Texts too large for a table, each under a key that names its content. */
export interface Archive {
  /** Stores a text; storing it again is harmless. */
  put(key: string, text: string): Promise<void>;

  /** Reads a text, or null where there is none. */
  get(key: string): Promise<ArchivedText | null>;

  /** Lists a page of the keys that begin so, in the order of their UTF-8 bytes, at most 1000. */
  list(prefix: string, cursor?: string): Promise<Page<string>>;

  /** Removes texts, at most 1000; one that is gone already is no error. */
  removeAll(keys: readonly string[]): Promise<void>;

  /**
   * Stores under a key what other keys hold, one after another.
   *
   * @throws Error where one of them holds nothing
   */
  join(key: string, parts: readonly string[]): Promise<void>;

  /**
   * Returns an address where anybody may read a text for some seconds, as a file of this name. Null where
   * only this process can read it.
   */
  linkTo(key: string, name: string, seconds: number): Promise<string | null>;
}

/** The tables and queues of a deployment, which is all that taking in webhooks needs. */
export interface IntakeStorage {
  /** Opens a table, whose TTL this clock decides. */
  table(name: TableName, clock: Clock): Table;
  queue(name: QueueName): Queue;
  /** True where what is asked of tables and queues in one turn of the event loop is stored whole or not at all. */
  writesTogether?: boolean;
}

/** The messages of a queue, as those who run a deployment see them. */
export interface QueueStats extends QueueCounts {
  name: QueueName;
  /** Messages that failed at each of their receipts. */
  dead: number;
  /** When the oldest message that is to be received now was sent, in milliseconds since the epoch; null for none. */
  oldestAt: number | null;
}

/** The items of a table that wait for a moment. */
export interface DueStats {
  table: TableName;
  /** Items with a due time. */
  waiting: number;
  /** Those of them whose time is over. */
  pastDue: number;
  /** The earliest of the times (ISO 8601); null for none. */
  earliestAt: string | null;
}

/** The work that a deployment has yet to do. Counting costs in proportion to that work, not to what is stored. */
export interface WorkStats {
  queues: QueueStats[];
  due: DueStats[];
}

/** All that an adapter gives: where a deployment stores. */
export interface Storage extends IntakeStorage {
  archive: Archive;

  /** Counts the work to do; absent where the platform has figures of its own, as AWS does. */
  countWork?(): Promise<WorkStats>;

  /** Says why something could not be stored lately; null where all was. Absent where nobody could mend it. */
  problem?(): string | null;

  /** Releases everything, once what was asked before is done. */
  close(): Promise<void>;
}
