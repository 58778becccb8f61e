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
  /** Null where nobody waits for it. */
  done: PromiseWithResolvers<void> | null;
}

/** dynalite's keys of what its secondary indexes hold begin so. */
const INDEX = "index-";
/** How long a change of an index waits for the item it belongs to, in milliseconds. */
const INDEX_WAIT = 1000;

/**
 * Gathers a database's writes: all that come while the disk is busy go to it together, and are done
 * once it has them for good. One fsync a write would let it do a few hundred a second.
 *
 * dynalite changes an item's places in the indexes first, entry by entry, and then the item: a kill in
 * between would leave an item that no index knows. So an index's change is taken at once, and goes to
 * the disk with the item that follows it, both or neither.
 */
class GroupCommit {
  readonly #write: (operations: readonly Operation[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(write: (operations: readonly Operation[]) => Promise<void>) {
    this.#write = write;
  }

  async add(operations: readonly Operation[]): Promise<void> {
    if (operations.every(({ key }) => typeof key === "string" && key.startsWith(INDEX))) {
      this.#waiting.push({ operations, done: null });
      // Should no item follow, as where it went first, the index does not wait for long.
      setTimeout(() => this.#busy || void this.#flush(), INDEX_WAIT);
      return;
    }
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ operations, done });
    if (!this.#busy) void this.#flush();
    await done.promise;
  }

  async #flush(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(group.flatMap(({ operations }) => operations));
        for (const { done } of group) done?.resolve();
      } catch (error) {
        for (const { done } of group) done?.reject(error);
        // Nobody hears that an index was not changed, so that is tried again, before what came since.
        const unheard = group.filter(({ done }) => done === null);
        this.#waiting.unshift(...unheard);
        if (this.#waiting.length === unheard.length) break;
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
