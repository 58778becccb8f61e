import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { LRUCache } from "lru-cache";
import type { Page } from "./table.ts";

/** Bytes of archived objects kept in memory, so that a wide fan-out reads its payload once. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** The archive: joined payloads for 90 days, and bodies too large for the tables. Objects never change. */
export class Archive {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #cache = new LRUCache<string, string>({
    maxSize: CACHE_BYTES,
    sizeCalculation: (text) => Math.max(1, text.length),
  });

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** Stores a text under a key that names its content; storing it again is harmless. */
  async put(key: string, text: string): Promise<void> {
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: text, ContentType: "application/json" }),
    );
    this.#cache.set(key, text);
  }

  /** Removes objects; one that is gone already is no error. */
  async removeAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    for (const key of keys) this.#cache.delete(key);
    const { Errors = [] } = await this.#s3.send(
      new DeleteObjectsCommand({
        Bucket: this.#bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
      }),
    );
    if (Errors.length > 0) {
      throw new Error(`${Errors.length} archived objects could not be removed: ${Errors[0]?.Code}`);
    }
  }

  /** Lists a page of the keys that begin so, at most 1000. */
  async list(prefix: string, cursor?: string): Promise<Page<string>> {
    const { Contents = [], NextContinuationToken } = await this.#s3.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: cursor }),
    );
    return { items: Contents.flatMap(({ Key }) => Key ?? []), cursor: NextContinuationToken ?? null };
  }

  /** Reads a text, or null where it is not, or no longer, archived. */
  async get(key: string): Promise<string | null> {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    try {
      const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      const text = (await Body?.transformToString("utf8")) ?? "";
      this.#cache.set(key, text);
      return text;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }
}
