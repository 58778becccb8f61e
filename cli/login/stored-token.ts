import type { Io } from "../io.ts";
import { type GrantedToken, refresh } from "./device-flow.ts";
import { type Login, readLogins, writeLogins } from "./login-file.ts";

/** A token is exchanged this long before it ends, in milliseconds. */
const BEFORE = 60_000;

/** Returns the address last logged in to; null for none. */
export const currentUrl = (io: Io): string | null => readLogins(io).current;

/** Returns the key of a Zekt among the logins. */
export const keyOf = (base: URL): string => base.href;

/** Returns the moments of a token that GitHub has just given. */
export function tokenFields(
  io: Io,
  granted: GrantedToken,
): Pick<Login, "token" | "expiresAt" | "refreshToken" | "refreshExpiresAt"> {
  const inSeconds = (seconds: number | undefined): string | null =>
    seconds ? new Date(io.now() + Number(seconds) * 1000).toISOString() : null;
  return {
    token: granted.access_token,
    expiresAt: inSeconds(granted.expires_in),
    refreshToken: granted.refresh_token ?? null,
    refreshExpiresAt: inSeconds(granted.refresh_token_expires_in),
  };
}

/**
 * Returns the token of an earlier login; null where there is none. One that ends within a minute is exchanged.
 *
 * @throws CommandError where GitHub does not exchange it
 */
export async function storedToken(io: Io, base: URL): Promise<string | null> {
  const logins = readLogins(io);
  const login = logins.logins[keyOf(base)];
  if (!login) return null;
  const { expiresAt, refreshToken } = login;
  if (expiresAt === null || Date.parse(expiresAt) - BEFORE > io.now() || refreshToken === null)
    return login.token;
  const renewed = { ...login, ...tokenFields(io, await refresh(login, refreshToken)) };
  writeLogins(io, { ...logins, logins: { ...logins.logins, [keyOf(base)]: renewed } });
  return renewed.token;
}
