import { type FileHandle, open } from "node:fs/promises";

/**
 * Pages of the journal, of 4 kB, that are brought into the database at once. The process stands still meanwhile, for a
 * tenth of the time of a burst with SQLite's own thousand. Pages that are written often, as those of indexes, are
 * copied once.
 */
const PAGES = 8000;

/**
 * Bytes that the journal's file may keep, twice what it has of work alone. It grows for as long as somebody reads what
 * stood at one moment, as a backup does, and stays as large.
 * https://www.sqlite.org/pragma.html#pragma_journal_size_limit
 */
export const JOURNAL_BYTES = 64 * 1024 * 1024;

/**
 * Brings a SQLite database's journal to the disk for good, for all who ask at once. A commit that waits for the disk
 * by itself stops the whole process meanwhile.
 * https://www.sqlite.org/wal.html
 */
export class JournalSync {
  readonly #path: string;
  #journal: FileHandle | null = null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** Opens the database: from now on its commits reach the journal, and the disk at the next {@link JournalSync.sync}. */
  constructor(database: { exec(sql: string): void }, path: string) {
    // On macOS fsync leaves in the disk's own memory what the journal is given up for. Node's datasync does not.
    // https://www.sqlite.org/pragma.html#pragma_checkpoint_fullfsync
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = ${PAGES}; PRAGMA journal_size_limit = ${JOURNAL_BYTES}`,
    );
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
