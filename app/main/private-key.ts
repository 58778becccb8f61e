import { createPrivateKey } from "node:crypto";

/** Base64 in PEM comes in lines of so many characters: https://www.rfc-editor.org/rfc/rfc7468#section-2 */
const LINE = 64;

/**
 * Reads an App's private key from any form a setting may hold. It may be in quotes, indented, with `\\n` or `\\r\\n` for its
 * newlines, with blanks for them, or with none. Null where it is no whole RSA key.
 */
export function readPrivateKey(given: string): string | null {
  const text = given.replace(/\\r|\\n/g, "\n");
  const [, begin, kind, body] =
    /-----(BEGIN) ((?:RSA )?PRIVATE KEY)-----([^-]*)-----END \2-----/.exec(text) ?? [];
  if (begin === undefined || kind === undefined || body === undefined) return null;
  const base64 = body.replace(/\s+/g, "");
  const lines = base64.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  const key = [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ""].join("\n");
  try {
    return createPrivateKey(key).asymmetricKeyType === "rsa" ? key : null;
  } catch {
    return null;
  }
}
