import { DatabaseSync, type StatementSync } from "node:sqlite";
import { JournalSync } from "./journal-sync.ts";

/** What is written together: one transaction, stored whole or not at all. */
interface Turn {
  readonly keys: Set<string>;
  /** Resolves once it is on the disk for good. */
  readonly stored: Promise<void>;
}

/**
 * SQLite, of which everything that is written in one turn of the event loop, or while the disk is at work,
 * reaches the disk together: a transaction and an fsync for each write alone would let it do a few hundred a
 * second. Once a write has failed nothing more is written: what stands on the disk is whole, and what would
 * follow might not be.
 */
export class Turns {
  readonly #db: DatabaseSync;
  readonly #journal: JournalSync | null;
  readonly #statements = new Map<string, StatementSync>();
  /** Turns that are not on the disk yet, the last one perhaps still going on. */
  readonly #unstored = new Set<Turn>();
  #current: Turn | null = null;
  /** Resolves once the disk is done with the turn before. */
  #atDisk: Promise<void> = Promise.resolve();
  #failed: Error | null = null;
  /** What the request at work has read or written of turns that are not on the disk yet. */
  #touched = new Set<Turn>();

  /** Opens a file with this schema, or keeps everything in memory. */
  constructor(schema: string, file?: string) {
    this.#db = new DatabaseSync(file ?? ":memory:");
    this.#journal = file ? new JournalSync(this.#db, file) : null;
    this.#db.exec(schema);
  }

  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  /**
   * Does what a request asks, which reads and writes before it returns, and resolves once all that it wrote
   * and all that it saw of others is on the disk for good.
   *
   * @throws whatever it throws or rejects with, and Error where the disk is full or fails
   */
  async whenStored<T>(request: () => Promise<T>): Promise<T> {
    const touched = new Set<Turn>();
    this.#touched = touched;
    let answer: Promise<T>;
    try {
      answer = request();
    } finally {
      this.#touched = new Set();
    }
    // A refusal tells of what is stored as well: that an item is there already, say.
    await Promise.allSettled([answer]);
    for (const { stored } of touched) await stored;
    return await answer;
  }

  /** To be called before a key is read. */
  reads(key: string): void {
    for (const turn of this.#unstored) if (turn.keys.has(key)) this.#touched.add(turn);
  }

  /** To be called before keys that begin so are read; what it returns, where that is not done at once. */
  readsAll(prefix: string): () => void {
    const touched = this.#touched;
    const touch = (): void => {
      for (const turn of this.#unstored)
        for (const key of turn.keys) if (key.startsWith(prefix)) touched.add(turn);
    };
    touch();
    return touch;
  }

  /** Writes what belongs to a key. @throws Error where it cannot be written, or could not before */
  write(key: string, sql: string, ...values: string[]): void {
    if (this.#failed) throw this.#failed;
    this.#current ??= this.#begin();
    this.#current.keys.add(key);
    this.#touched.add(this.#current);
    try {
      this.prepare(sql).run(...values);
    } catch (error) {
      this.#failed = error as Error;
      throw error;
    }
  }

  #begin(): Turn {
    this.#db.exec("BEGIN");
    const stored = new Promise<void>((resolve, reject) => {
      setImmediate(() => this.#end().then(resolve, reject));
    });
    // Told to those who wait for it, if any still do.
    stored.catch(() => {});
    const turn = { keys: new Set<string>(), stored };
    this.#unstored.add(turn);
    void stored.then(
      () => this.#unstored.delete(turn),
      () => {},
    );
    return turn;
  }

  async #end(): Promise<void> {
    await this.#atDisk;
    this.#current = null;
    try {
      if (this.#failed) throw this.#failed;
      this.#db.exec("COMMIT");
      const synced = this.#journal?.sync();
      this.#atDisk = (synced ?? Promise.resolve()).catch(() => {});
      await synced;
    } catch (error) {
      this.#failed ??= error as Error;
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Closes it once all is stored. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#unstored].map(({ stored }) => stored));
    await this.#journal?.close();
    this.#db.close();
  }
}
