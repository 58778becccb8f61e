import { sign } from "node:crypto";
import { iso, MINUTE, SECOND } from "../domain/clock.ts";

/** GitHub takes none that lasts longer than 10 min from its own now. */
const LIFE = 9 * MINUTE;
/** Begins before now, since GitHub takes none from the future. */
const BEFORE = 30 * SECOND;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * Signs the App's own token by a clock in milliseconds since the epoch.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function signAppJwt(
  appId: string,
  privateKey: string,
  now: number,
): { jwt: string; expiresAt: string } {
  const iat = Math.floor((now - BEFORE) / SECOND);
  const exp = iat + LIFE / SECOND;
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat, exp, iss: appId })}`;
  // A key in an environment variable often has its line breaks escaped.
  const signature = sign("RSA-SHA256", Buffer.from(signed), privateKey.replace(/\\n/g, "\n"));
  return { jwt: `${signed}.${signature.toString("base64url")}`, expiresAt: iso(exp * SECOND) };
}
