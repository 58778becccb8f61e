import { DatabaseSync, type StatementSync } from "node:sqlite";
import { MINUTE } from "../../domain/clock.ts";
import { DiskFailed } from "./errors.ts";
import { GIVES_BACK } from "./give-back-space.ts";
import { JournalSync } from "./journal-sync.ts";

/** Something that the caller got wrong, thrown before anything was written. */
export class Refused extends Error {
  override name = "Refused";
}

/** Milliseconds for which a refused write tells of a disk that takes nothing: the minute's work writes in between. */
const TELLS = 2 * MINUTE;

/** Everything that is written together: one transaction, stored whole or not at all. */
interface Turn {
  /** Names of what it wrote. */
  readonly names: Set<string>;
  /** Resolves once it is on the disk for good. */
  readonly stored: Promise<void>;
  failed: Error | null;
}

/**
 * SQLite with group commit: all writes of one turn of the event loop, or of the disk's work, reach the disk together.
 * A transaction and an fsync for each write would allow a few hundred a second. A turn that cannot be stored is
 * undone as a whole, and all who wrote in it, or read what it wrote, are told.
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
  /** Set once the disk did not take what had been committed: nobody knows any more what stands on it. */
  #broken: DiskFailed | null = null;
  /** The last turn that could not be stored, and when that was by the clock that nobody sets. */
  #refused: { error: DiskFailed; at: number } | null = null;

  /** Opens a file, or stores everything in memory. */
  constructor(file?: string) {
    this.#db = new DatabaseSync(file ?? ":memory:");
    if (file) this.#db.exec(GIVES_BACK);
    this.#journal = file ? new JournalSync(this.#db, file) : null;
  }

  /** The reason that something could not be stored in the last two minutes; null where all was. */
  get problem(): string | null {
    if (this.#broken) return this.#broken.message;
    if (this.#refused === null || performance.now() - this.#refused.at > TELLS) return null;
    return this.#refused.error.message;
  }

  /** Runs statements of a schema, before anything is read or written. */
  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** Prepares a statement, once for each text; its rows are arrays. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Reads, and resolves once all that it may have seen is on the disk for good.
   *
   * @param name - names what is read, as writers name what they write
   * @throws DiskFailed where what it saw could not be stored
   */
  async read<T>(name: string, work: () => T): Promise<T> {
    if (this.#broken) throw this.#broken;
    const result = work();
    if (this.#unstored.size > 0) {
      for (const turn of [...this.#unstored]) if (turn.names.has(name)) await turn.stored;
    }
    return result;
  }

  /**
   * Writes, after it has read what it needs, and resolves once all of it is on the disk for good.
   *
   * @param names - names what is written or read, for readers
   * @throws Refused as `work` did; DiskFailed where it could not be stored, and nothing was
   */
  async write<T>(names: readonly string[], work: () => T): Promise<T> {
    if (this.#broken) throw this.#broken;
    this.#current ??= this.#begin();
    const turn = this.#current;
    for (const name of names) turn.names.add(name);
    const result = turn.failed ? null : this.#attempt(turn, work);
    await turn.stored;
    return result as T;
  }

  #attempt<T>(turn: Turn, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (error instanceof Refused) throw error;
      // Half of what belongs together may have been written.
      turn.failed = new DiskFailed(error as Error);
      return null;
    }
  }

  #begin(): Turn {
    this.prepare("BEGIN IMMEDIATE").run();
    const ended = Promise.withResolvers<void>();
    const turn: Turn = { names: new Set(), stored: ended.promise, failed: null };
    setImmediate(() => this.#end(turn).then(ended.resolve, ended.reject));
    this.#unstored.add(turn);
    const forget = (): void => void this.#unstored.delete(turn);
    turn.stored.then(forget, forget);
    return turn;
  }

  async #end(turn: Turn): Promise<void> {
    await this.#atDisk;
    this.#current = null;
    try {
      if (turn.failed) throw turn.failed;
      this.prepare("COMMIT").run();
    } catch (error) {
      if (this.#db.isTransaction) this.prepare("ROLLBACK").run();
      const refused = error instanceof DiskFailed ? error : new DiskFailed(error as Error);
      this.#refused = { error: refused, at: performance.now() };
      throw refused;
    }
    if (!this.#journal) return;
    const synced = this.#journal.sync();
    this.#atDisk = synced.catch(() => {});
    try {
      await synced;
    } catch (error) {
      this.#broken = new DiskFailed(error as Error);
      throw this.#broken;
    }
  }

  /** Closes it once all is stored. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#unstored].map(({ stored }) => stored));
    await this.#journal?.close();
    this.#db.close();
  }
}
