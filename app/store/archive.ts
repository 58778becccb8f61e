import { LRUCache } from "lru-cache";
import type { Clock } from "../domain/clock.ts";
import { ARCHIVE_TTL } from "../domain/limits.ts";
import type { Archive, ArchivedText, Page } from "./ports.ts";

/** Bytes of archived texts kept in memory, so that a wide fan-out reads its payload once. */
const CACHE_BYTES = 32 * 1024 * 1024;

/**
 * The archive: joined payloads for 90 days, and bodies too large for the tables. Texts never change. An
 * adapter removes what is past its days later, if at all; so what is older reads as gone.
 */
export class ExpiringArchive {
  readonly #archive: Archive;
  readonly #clock: Clock;
  readonly #cache = new LRUCache<string, ArchivedText & { value?: unknown }>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ text }) => Math.max(1, text.length),
  });

  constructor(archive: Archive, clock: Clock) {
    this.#archive = archive;
    this.#clock = clock;
  }

  /** Stores a text under a key that names its content; storing it again is harmless. */
  async put(key: string, text: string): Promise<void> {
    await this.#archive.put(key, text);
    this.#cache.set(key, { text, at: this.#clock.now() });
  }

  /** Removes texts; one that is gone already is no error. */
  async removeAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    for (const key of keys) this.#cache.delete(key);
    await this.#archive.removeAll(keys);
  }

  /** Lists a page of the keys that begin so, at most 1000. */
  async list(prefix: string, cursor?: string): Promise<Page<string>> {
    return await this.#archive.list(prefix, cursor);
  }

  /** Stores under a key what other keys hold, one after another. */
  async join(key: string, parts: readonly string[]): Promise<void> {
    await this.#archive.join(key, parts);
  }

  /** Returns an address where anybody may read a text for some seconds; null where only this process can. */
  async linkTo(key: string, name: string, seconds: number): Promise<string | null> {
    return await this.#archive.linkTo(key, name, seconds);
  }

  /** Reads a text, or null where it is not, or no longer, archived. */
  async get(key: string): Promise<string | null> {
    return (await this.#find(key))?.text ?? null;
  }

  /** Reads the value of a text that is JSON, as {@link ExpiringArchive.get} does. All who read it share one. */
  async getValue<T extends object>(key: string): Promise<Readonly<T> | null> {
    const archived = await this.#find(key);
    if (!archived) return null;
    archived.value ??= JSON.parse(archived.text);
    return archived.value as T;
  }

  async #find(key: string): Promise<(ArchivedText & { value?: unknown }) | null> {
    const archived = this.#cache.get(key) ?? (await this.#archive.get(key));
    if (!archived || archived.at + ARCHIVE_TTL <= this.#clock.now()) return null;
    // Of many who read it at once the first one's stays.
    const kept = this.#cache.get(key) ?? archived;
    this.#cache.set(key, kept);
    return kept;
  }
}
