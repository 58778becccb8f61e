import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Handler } from "hono";
import { accepts } from "hono/accepts";

interface Made {
  plain: Buffer<ArrayBuffer>;
  compressed: Buffer<ArrayBuffer>;
  tag: string;
}

async function prepare(make: () => Promise<Uint8Array | string> | string): Promise<Made> {
  const plain = Buffer.from((await make()) as string);
  const hash = createHash("sha256").update(plain).digest("base64url");
  // Weak, since both encodings have it.
  return { plain, compressed: Buffer.from(await promisify(gzip)(plain)), tag: `W/"${hash}"` };
}

/**
 * Answers with a content that stays the same: it is made and compressed with the first request, and then kept
 * in memory. What cannot be made is tried again with the next request.
 */
export function madeOnce(
  type: string,
  make: () => Promise<Uint8Array | string> | string,
  cacheControl = "private, no-cache",
): Handler {
  let made: Promise<Made> | null = null;
  return async (context) => {
    made ??= prepare(make).catch((error: unknown) => {
      made = null;
      throw error;
    });
    const { plain, compressed, tag } = await made;
    const encoding = accepts(context, {
      header: "Accept-Encoding",
      supports: ["gzip", "identity"],
      default: "identity",
    });
    const packed = encoding === "gzip";
    return context.body(packed ? compressed : plain, 200, {
      "content-type": type,
      vary: "Accept-Encoding",
      etag: tag,
      // Nobody after this compresses it once more, for whoever takes no gzip.
      "cache-control": `${cacheControl}, no-transform`,
      ...(packed ? { "content-encoding": "gzip" } : {}),
    });
  };
}
