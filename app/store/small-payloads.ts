import { type Clock, epochSeconds } from "../domain/clock.ts";
import { ARCHIVE_TTL } from "../domain/limits.ts";
import type { ArchivedText, Key, Page, Table } from "./ports.ts";

/** The largest of them in bytes: with its key it takes two write units of DynamoDB, and an object of S3 costs eight. */
const MOST_BYTES = 1_800;
/** Keys of a page, at most. */
const PAGE = 500;

const PREFIX = /^events\/([^/]+)\/$/;
const KEY = /^events\/([^/]+)\/(.+)$/;

const pkOf = (repositoryId: string): string => `payloads#${repositoryId}`;

/** Returns the place of a payload by its key in the archive, `events/<repositoryId>/…`; null of anything else. */
function placeOf(key: string): Key | null {
  const [, repositoryId, sk] = KEY.exec(key) ?? [];
  return repositoryId && sk ? { pk: pkOf(repositoryId), sk } : null;
}

/** Joined payloads that are small, each an item: one partition for each provider's repository. */
export class SmallPayloads {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Stores a payload by its key in the archive; false, and nothing stored, where it is large or none. */
  async put(key: string, text: string): Promise<boolean> {
    const place = placeOf(key);
    if (!place || Buffer.byteLength(text) > MOST_BYTES) return false;
    const at = this.#clock.now();
    await this.#table.put<ArchivedText>({ ...place, text, at, expiresAt: epochSeconds(at + ARCHIVE_TTL) });
    return true;
  }

  /** Reads a payload; null where it is not one of these. */
  async get(key: string): Promise<ArchivedText | null> {
    const place = placeOf(key);
    return place && (await this.#table.get<ArchivedText>(place));
  }

  /** Lists a page of a repository's keys, which begin so; of any other prefix there are none. */
  async list(prefix: string, cursor?: string): Promise<Page<string>> {
    const [, repositoryId] = PREFIX.exec(prefix) ?? [];
    if (!repositoryId) return { items: [], cursor: null };
    const page = await this.#table.page<ArchivedText>(
      { hash: ["pk", pkOf(repositoryId)] },
      { cursor, limit: PAGE },
    );
    return { items: page.items.map(({ sk }) => `${prefix}${sk}`), cursor: page.cursor };
  }

  /** Removes payloads; what is not one of these is left alone. */
  async removeAll(keys: readonly string[]): Promise<void> {
    await this.#table.deleteAll(keys.flatMap((key) => placeOf(key) ?? []));
  }
}
