import { AsyncLocalStorage } from "node:async_hooks";
import { type FileHandle, open } from "node:fs/promises";
import { createRequire } from "node:module";

interface Operation {
  type: "put" | "del";
  key: unknown;
  value?: unknown;
}

/** What a LevelDB does for its writers; keys and values are encoded already. */
interface Level {
  _put(key: unknown, value: unknown, options: object): Promise<void>;
  _del(key: unknown, options: object): Promise<void>;
  _batch(operations: readonly Operation[], options: object): Promise<void>;
}

interface Waiting {
  operations: readonly Operation[];
  done: PromiseWithResolvers<void>;
}

/** dynalite's keys of what its secondary indexes hold begin so. */
const INDEX = "index-";

const isOfIndex = ({ key }: Operation): boolean => typeof key === "string" && key.startsWith(INDEX);

/** What a request has changed of the indexes, and not yet of an item. */
const changing = new AsyncLocalStorage<Operation[]>();

/** Has what a request changes of the indexes reach the disk with the item that it belongs to. */
export const inOneWrite = <T>(request: () => T): T => changing.run([], request);

/**
 * Gathers a database's writes: all that come while the disk is busy go to it together, and are done
 * once it has them for good. One fsync a write would let it do a few hundred a second.
 *
 * dynalite changes an item's places in the indexes first, entry by entry, and then the item: a kill in
 * between would leave an item that no index knows, or an index's entry of no item. So an index's change
 * waits for the item that follows it in the same request, and both go to the disk or neither. Once a write
 * has failed nothing more is written: what stands on the disk is whole, and what would follow might not be.
 */
class GroupCommit {
  readonly #write: (operations: readonly Operation[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #busy = false;
  #failed: Error | null = null;

  constructor(write: (operations: readonly Operation[]) => Promise<void>) {
    this.#write = write;
  }

  async add(operations: readonly Operation[]): Promise<void> {
    if (this.#failed) throw this.#failed;
    const ofIndexes = changing.getStore();
    if (ofIndexes && operations.every(isOfIndex)) {
      ofIndexes.push(...operations);
      return;
    }
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ operations: [...(ofIndexes?.splice(0) ?? []), ...operations], done });
    if (!this.#busy) void this.#flush();
    await done.promise;
  }

  async #flush(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failed) throw this.#failed;
        await this.#write(group.flatMap(({ operations }) => operations));
        for (const { done } of group) done.resolve();
      } catch (error) {
        this.#failed = error as Error;
        for (const { done } of group) done.reject(error);
      }
    }
    this.#busy = false;
  }
}

/** The database class that dynalite loads, whichever place it was installed to. */
export function databaseOfDynalite(): Level {
  let from = createRequire(import.meta.url);
  for (const name of ["dynalite", "level"]) from = createRequire(from.resolve(name));
  return (from("classic-level") as { ClassicLevel: { prototype: Level } }).ClassicLevel.prototype;
}

const patched = new WeakSet<object>();

/**
 * Has the embedded DynamoDB write to the disk for good before it answers, as DynamoDB does: left alone,
 * its LevelDB leaves that to the operating system, and a power cut takes what was accepted. dynalite has no setting for it and opens the database itself.
 * https://github.com/google/leveldb/blob/main/doc/index.md#synchronous-writes
 */
export function writeThrough(): void {
  const prototype = databaseOfDynalite();
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const batch = prototype._batch;
  const groups = new WeakMap<Level, GroupCommit>();
  const groupOf = (db: Level): GroupCommit => {
    const known = groups.get(db);
    if (known) return known;
    const group = new GroupCommit((operations) => batch.call(db, operations, { sync: true }));
    groups.set(db, group);
    return group;
  };
  prototype._put = function (key, value) {
    return groupOf(this).add([{ type: "put", key, value }]);
  };
  prototype._del = function (key) {
    return groupOf(this).add([{ type: "del", key }]);
  };
  prototype._batch = function (operations) {
    return groupOf(this).add(operations);
  };
}

/**
 * Has a SQLite database's journal on the disk for good when asked to, for all who ask at once: a commit
 * that waits for the disk by itself stops the whole process meanwhile.
 * https://www.sqlite.org/wal.html
 */
export class JournalSync {
  readonly #path: string;
  #journal: FileHandle | null = null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** Takes the database over: from now on its commits reach the journal, and the disk at the next {@link JournalSync.sync}. */
  constructor(database: { exec(sql: string): void }, path: string) {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    this.#path = `${path}-wal`;
  }

  /** Resolves once all that was committed before is on the disk. */
  async sync(): Promise<void> {
    // What is on its way now may have begun before.
    this.#next ??= (this.#running ?? Promise.resolve()).catch(() => {}).then(() => this.#run());
    await this.#next;
  }

  async #run(): Promise<void> {
    this.#running = this.#next;
    this.#next = null;
    this.#journal ??= await open(this.#path, "r+");
    await this.#journal.datasync();
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => {});
    await this.#journal?.close();
  }
}
