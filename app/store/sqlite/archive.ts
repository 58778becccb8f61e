import type { Clock } from "../../domain/clock.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import type { Archive, ArchivedText, Page } from "../ports.ts";
import { Refused, type Turns } from "./turns.ts";

/** Keys of a page, at most, as S3 gives them. */
const PAGE = 1000;
/** Above every text. */
const END = "\u{10ffff}";

const nameOf = (key: string): string => `archive\n${key}`;

/** The archive in SQLite. */
export class SqliteArchive implements Archive {
  readonly #turns: Turns;
  readonly #clock: Clock;

  constructor(turns: Turns, clock: Clock) {
    this.#turns = turns;
    this.#clock = clock;
  }

  /** Stores a text; storing it again is harmless. */
  async put(key: string, text: string): Promise<void> {
    const sql =
      "INSERT INTO archive (key, text, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text, at = excluded.at";
    await this.#turns.write(["archive", nameOf(key)], () =>
      this.#turns.prepare(sql).run(key, text, this.#clock.now()),
    );
  }

  /** Reads a text, or null where there is none. */
  async get(key: string): Promise<ArchivedText | null> {
    return await this.#turns.read(nameOf(key), () => {
      const row = this.#turns.prepare("SELECT text, at FROM archive WHERE key = ?").get(key);
      if (!row) return null;
      const [text, at] = row as unknown as [string, number];
      return { text, at };
    });
  }

  /** Lists a page of the keys that begin so. */
  async list(prefix: string, cursor?: string): Promise<Page<string>> {
    const after = cursor ? String(decodeCursor(cursor).key) : "";
    return await this.#turns.read("archive", () => {
      const keys = this.#turns
        .prepare("SELECT key FROM archive WHERE key >= ? AND key <= ? AND key > ? ORDER BY key LIMIT ?")
        .all(prefix, `${prefix}${END}`, after, PAGE + 1)
        .flat() as unknown as string[];
      const items = keys.slice(0, PAGE);
      return { items, cursor: keys.length > PAGE ? encodeCursor({ key: items.at(-1) }) : null };
    });
  }

  /** Stores under a key what other keys hold, one after another. */
  async join(key: string, parts: readonly string[]): Promise<void> {
    const from = JSON.stringify(parts);
    const sql = `INSERT INTO archive (key, text, at)
      SELECT ?, group_concat(text, '' ORDER BY part.key), ? FROM json_each(?) AS part
      JOIN archive ON archive.key = part.value HAVING count(*) = ?
      ON CONFLICT (key) DO UPDATE SET text = excluded.text, at = excluded.at`;
    await this.#turns.write(["archive", nameOf(key)], () => {
      const { changes } = this.#turns.prepare(sql).run(key, this.#clock.now(), from, parts.length);
      // Nothing was written then: what others write in the same turn stands.
      if (Number(changes) === 0) throw new Refused(`A part of ${key} is not archived.`);
    });
  }

  /** Returns null: only this process reads its file. */
  async linkTo(): Promise<null> {
    return null;
  }

  /** Removes texts; one that is gone already is no error. */
  async removeAll(keys: readonly string[]): Promise<void> {
    await this.#turns.write(["archive", ...keys.map(nameOf)], () => {
      for (const key of keys) this.#turns.prepare("DELETE FROM archive WHERE key = ?").run(key);
    });
  }
}
