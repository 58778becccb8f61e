import { createHash, randomBytes } from "node:crypto";

/** A secret as GitHub makes them, told apart by its prefix. */
export const newSecret = (prefix = ""): string => `${prefix}${randomBytes(20).toString("hex")}`;

/** https://www.rfc-editor.org/rfc/rfc7636#section-4.6 */
export const challengeOf = (verifier: string): string =>
  createHash("sha256").update(verifier).digest("base64url");
