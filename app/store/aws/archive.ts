import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";
import type { Archive, ArchivedText, Page } from "../ports.ts";
import { presignedGet } from "./presign.ts";
import { loadS3 } from "./s3.ts";

/** S3 takes no smaller part of an upload than 5 MiB, but for the last one. */
const MIN_PART = 5 * 1024 * 1024;
/** Objects that are joined at once: a worker holds as many of 8 MB easily. */
const JOINED_AT_ONCE = 6;

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

  /**
   * Stores under a key what other keys hold, one after another. A few of them are in memory at a time, read and
   * written together: a worker has seconds for a file of gigabytes.
   * After a day the bucket's lifecycle removes the rest of an upload that was cut off. The SDK sends a checksum with
   * each part. S3 takes it only where the upload began with its name, and asks for it again at the end.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
   */
  async join(key: string, parts: readonly string[]): Promise<void> {
    const { CreateMultipartUploadCommand, UploadPartCommand, CompleteMultipartUploadCommand } =
      await loadS3();
    const of = { Bucket: this.#bucket, Key: key };
    const { UploadId } = await this.#s3.send(
      new CreateMultipartUploadCommand({
        ...of,
        ContentType: "application/json",
        ChecksumAlgorithm: "CRC32",
      }),
    );
    const Parts: CompletedPart[] = [];
    const upload = async (bodies: readonly Buffer[]): Promise<void> => {
      const first = Parts.length + 1;
      const sent = bodies.map(async (Body, index) => {
        const PartNumber = first + index;
        const { ETag, ChecksumCRC32 } = await this.#s3.send(
          new UploadPartCommand({ ...of, UploadId, PartNumber, Body, ChecksumAlgorithm: "CRC32" }),
        );
        return { PartNumber, ETag, ChecksumCRC32 };
      });
      Parts.push(...(await Promise.all(sent)));
    };
    let rest = Buffer.alloc(0);
    for (let at = 0; at < parts.length; at += JOINED_AT_ONCE) {
      const some = parts.slice(at, at + JOINED_AT_ONCE);
      const bodies = inParts([rest, ...(await Promise.all(some.map((part) => this.#bytesOf(part))))]);
      rest = bodies.pop() as Buffer<ArrayBuffer>;
      await upload(bodies);
    }
    if (rest.length > 0 || Parts.length === 0) await upload([rest]);
    await this.#s3.send(new CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts } }));
  }

  /** Returns an address at S3 itself, which is good for some seconds. */
  async linkTo(key: string, name: string, seconds: number): Promise<string> {
    return await presignedGet(this.#s3, { bucket: this.#bucket, key, name, seconds });
  }

  async #bytesOf(key: string): Promise<Buffer<ArrayBuffer>> {
    const archived = await this.get(key);
    if (!archived) throw new Error(`${key} is to be joined, and is not archived.`);
    return Buffer.from(archived.text);
  }

  async #isListed(key: string): Promise<boolean> {
    const { ListObjectsV2Command } = await loadS3();
    const { Contents = [] } = await this.#s3.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: key, MaxKeys: 1 }),
    );
    return Contents.some(({ Key }) => Key === key);
  }
}

/** Puts bytes together so that each part but the last has the size that S3 asks for; there is a last one, maybe empty. */
function inParts(bytes: readonly Buffer[]): Buffer[] {
  const parts: Buffer[] = [];
  let waiting: Buffer[] = [];
  let size = 0;
  for (const one of bytes) {
    waiting.push(one);
    size += one.length;
    if (size < MIN_PART) continue;
    parts.push(Buffer.concat(waiting));
    waiting = [];
    size = 0;
  }
  return [...parts, Buffer.concat(waiting)];
}
