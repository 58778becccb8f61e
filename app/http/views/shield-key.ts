import { z } from "@hono/zod-openapi";
import type { ShieldKey } from "../../domain/records/shield-key.ts";
import { moment } from "./common.ts";

const coordinate = (description: string) =>
  z.string().meta({ description, example: "7lYGIQYTn23RJ7c0xvrbJnJpVdJvbc4sGLF0Q41ZzkQ" });

export const publicJwk = z
  .object({
    kty: z.enum(["EC", "OKP"]).describe("The kind of key"),
    crv: z.enum(["P-256", "X25519"]).describe("Its curve"),
    x: coordinate("Its first coordinate, base64url"),
    y: coordinate("Its second coordinate; X25519 has none").optional(),
  })
  .describe("The public key as a JWK (RFC 7517)");

export const kid = z.string().meta({
  description: "The key's id, its thumbprint (RFC 7638)",
  example: "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
});

export const shieldKeySchema = z
  .object({
    kid,
    jwk: publicJwk,
    addedAt: moment("When it was registered"),
    addedBy: z.string().meta({ description: "Who registered it", example: "octocat" }),
  })
  .describe("A public key of a repository, to which messages for it are encrypted")
  .openapi("ShieldKey");

export const shieldKeyView = ({
  kid,
  jwk,
  addedAt,
  addedBy,
}: ShieldKey): z.infer<typeof shieldKeySchema> => ({ kid, jwk, addedAt, addedBy });
