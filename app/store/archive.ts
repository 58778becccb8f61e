import type { S3Client } from "@aws-sdk/client-s3";
import { LRUCache } from "lru-cache";
import type { Clock } from "../domain/clock.ts";
import { ARCHIVE_TTL } from "../domain/limits.ts";
import type { Page } from "./ports.ts";
import { loadS3 } from "./s3.ts";

/** Bytes of archived objects kept in memory, so that a wide fan-out reads its payload once. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** A text and when it was archived. */
interface Archived {
  text: string;
  /** In milliseconds since the epoch. */
  at: number;
}

/**
 * The archive: joined payloads for 90 days, and bodies too large for the tables. Objects never change.
 * The bucket's lifecycle removes what is past its days, once a day and not where there is none; so what
 * is older reads as gone.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
 */
export class Archive {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;
  readonly #cache = new LRUCache<string, Archived>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ text }) => Math.max(1, text.length),
  });

  constructor(s3: S3Client, bucket: string, clock: Clock) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Whether what was archived at a moment is still to be read. */
  #lasts(at: number): boolean {
    return at + ARCHIVE_TTL > this.#clock.now();
  }

  /** Stores a text under a key that names its content; storing it again is harmless. */
  async put(key: string, text: string): Promise<void> {
    const { PutObjectCommand } = await loadS3();
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: text, ContentType: "application/json" }),
    );
    this.#cache.set(key, { text, at: this.#clock.now() });
  }

  /** Removes objects; one that is gone already is no error. */
  async removeAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    for (const key of keys) this.#cache.delete(key);
    const { DeleteObjectsCommand } = await loadS3();
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
    const { ListObjectsV2Command } = await loadS3();
    const { Contents = [], NextContinuationToken } = await this.#s3.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: cursor }),
    );
    return { items: Contents.flatMap(({ Key }) => Key ?? []), cursor: NextContinuationToken ?? null };
  }

  /** Reads a text, or null where it is not, or no longer, archived. */
  async get(key: string): Promise<string | null> {
    const archived = this.#cache.get(key) ?? (await this.#read(key));
    return archived && this.#lasts(archived.at) ? archived.text : null;
  }

  async #read(key: string): Promise<Archived | null> {
    const { GetObjectCommand, NoSuchKey, S3ServiceException } = await loadS3();
    try {
      const { Body, LastModified } = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key }),
      );
      const text = (await Body?.transformToString("utf8")) ?? "";
      const archived = { text, at: LastModified?.getTime() ?? this.#clock.now() };
      this.#cache.set(key, archived);
      return archived;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      // S3 says so, too, of an object that is not there, to one who may not list the whole bucket:
      // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
      const isDenied = error instanceof S3ServiceException && error.name === "AccessDenied";
      if (isDenied && !(await this.#isListed(key))) return null;
      throw error;
    }
  }

  async #isListed(key: string): Promise<boolean> {
    const { ListObjectsV2Command } = await loadS3();
    const { Contents = [] } = await this.#s3.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: key, MaxKeys: 1 }),
    );
    return Contents.some(({ Key }) => Key === key);
  }
}
