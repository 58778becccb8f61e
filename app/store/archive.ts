import { LRUCache } from "lru-cache";
import type { Clock } from "../domain/clock.ts";
import { ARCHIVE_TTL } from "../domain/limits.ts";
import type { ArchivedPayload } from "../domain/records/archived-payload.ts";
import type { RunFacts } from "../domain/records/event.ts";
import type { Message } from "../domain/records/message.ts";
import type { Archive, ArchivedText, Page } from "./ports.ts";
import type { SmallPayloads } from "./small-payloads.ts";

/** Bytes of memory for archived texts and what was read of them, so that a wide fan-out reads its payload once. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** Bytes of memory for each byte of a small text, once it was read: each of its values is an object. */
const ONCE_READ = 4;

/** Begins a list's cursors among the small payloads. */
const SMALL = "small:";
/** A list's cursor behind the last of them. */
const LARGE = "large:";

/**
 * The archive: joined payloads for 90 days, and bodies too large for the tables. Texts never change. An
 * adapter removes what is past its days later, if at all; so what is older reads as gone. A small payload is an
 * item of a table. Versions before stored it among the large ones, where it is found as well.
 */
export class ExpiringArchive {
  readonly #archive: Archive;
  readonly #small: SmallPayloads;
  readonly #clock: Clock;
  readonly #cache = new LRUCache<string, ArchivedText & { payload?: ArchivedPayload }>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ text }) => Math.max(1, ONCE_READ * text.length),
  });

  constructor(archive: Archive, small: SmallPayloads, clock: Clock) {
    this.#archive = archive;
    this.#small = small;
    this.#clock = clock;
  }

  /** Stores a text under a key that names its content; storing it again is harmless. */
  async put(key: string, text: string): Promise<void> {
    if (!(await this.#small.put(key, text))) await this.#archive.put(key, text);
    this.#cache.set(key, { text, at: this.#clock.now() });
  }

  /** Removes texts; one that is gone already is no error. */
  async removeAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    for (const key of keys) this.#cache.delete(key);
    await Promise.all([this.#small.removeAll(keys), this.#archive.removeAll(keys)]);
  }

  /** Lists a page of the keys that begin so, at most 1000. A repository's small payloads come before the large ones. */
  async list(prefix: string, cursor = SMALL): Promise<Page<string>> {
    if (!cursor.startsWith(SMALL))
      return await this.#archive.list(prefix, cursor === LARGE ? undefined : cursor);
    const { items, cursor: next } = await this.#small.list(prefix, cursor.slice(SMALL.length) || undefined);
    if (items.length === 0 && next === null) return await this.#archive.list(prefix);
    return { items, cursor: next === null ? LARGE : `${SMALL}${next}` };
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

  async #find(key: string): Promise<(ArchivedText & { payload?: ArchivedPayload }) | null> {
    const archived = this.#cache.get(key) ?? (await this.#small.get(key)) ?? (await this.#archive.get(key));
    if (!archived || archived.at + ARCHIVE_TTL <= this.#clock.now()) return null;
    // Of many who read it at once the first one's stays.
    const kept = this.#cache.get(key) ?? archived;
    this.#cache.set(key, kept);
    return kept;
  }

  /** Archives the joined payload of a run and a message; returns its size in bytes. Doing so again changes nothing. */
  async putPayload(key: string, run: RunFacts, message: Message | null): Promise<number> {
    const payload: ArchivedPayload = {
      run,
      body: message === null ? null : await this.requireBody(message),
      sha256: message?.sha256 ?? null,
      size: message?.size ?? 0,
    };
    const text = JSON.stringify(payload);
    await this.put(key, text);
    return Buffer.byteLength(text);
  }

  /** Reads a delivery's payload by its key, or null once its 90 days are over. All who read it share one. */
  async findPayload(key: string): Promise<Readonly<ArchivedPayload> | null> {
    const archived = await this.#find(key);
    if (!archived) return null;
    archived.payload ??= JSON.parse(archived.text) as ArchivedPayload;
    return archived.payload;
  }

  /** Reads a message's JSON, from its item or from here; null where it is in neither. */
  async findBody({ body, bodyKey }: Pick<Message, "body" | "bodyKey">): Promise<string | null> {
    return body ?? (bodyKey === null ? null : await this.get(bodyKey));
  }

  /**
   * Reads a message's JSON, from its item or from here.
   *
   * @throws Error where it is in neither
   */
  async requireBody(message: Pick<Message, "body" | "bodyKey">): Promise<string> {
    const body = await this.findBody(message);
    if (body === null) throw new Error(`The message body ${message.bodyKey} is not in the archive.`);
    return body;
  }
}
