import { z } from "@hono/zod-openapi";
import type { Payload } from "../../steps/delivery/read-payload.ts";

export const payloadAnswer = z.unknown().meta({
  description: "The message exactly as it was sent; a shielded one as its JWE",
  example: { version: "1.0" },
});

export const payloadHeaders = z.object({
  "x-zekt-sha256": z.string().meta({
    description: "The SHA-256 of the body, in hexadecimal digits",
    example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  }),
  "x-zekt-shielded": z
    .literal("true")
    .optional()
    .meta({ description: "Sent where the message is encrypted", example: "true" }),
});

/** A message as an answer, byte for byte as its hash was taken. */
export const payloadResponse = ({ body, sha256, shielded }: Payload): Response =>
  new Response(body, {
    headers: {
      "content-type": "application/json",
      "x-zekt-sha256": sha256,
      ...(shielded ? { "x-zekt-shielded": "true" } : {}),
      "cache-control": "no-store",
    },
  });
