import type { S3Client } from "@aws-sdk/client-s3";
import type { Archive, ArchivedText, Page } from "../ports.ts";
import { loadS3 } from "./s3.ts";

/**
 * The archive in a bucket, whose lifecycle removes what is past its days, once a day.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
 */
export class S3Archive implements Archive {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** Stores a text under a key that names its content; storing it again is harmless. */
  async put(key: string, text: string): Promise<void> {
    const { PutObjectCommand } = await loadS3();
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: text, ContentType: "application/json" }),
    );
  }

  /** Removes objects; one that is gone already is no error. */
  async removeAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
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

  /** Reads a text, or null where there is none. */
  async get(key: string): Promise<ArchivedText | null> {
    const { GetObjectCommand, NoSuchKey, S3ServiceException } = await loadS3();
    try {
      const { Body, LastModified } = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key }),
      );
      const text = (await Body?.transformToString("utf8")) ?? "";
      return { text, at: LastModified?.getTime() ?? Date.now() };
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
