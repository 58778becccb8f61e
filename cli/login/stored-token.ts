import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { type GrantedToken, refresh } from "./device-flow.ts";
import { type Login, readLogins, storeLogin } from "./login-file.ts";

/** A token is exchanged this long before it ends, in milliseconds. */
const BEFORE = 60_000;
/** The interval and the longest time of waiting for what another command is exchanging, in milliseconds. */
const LOOK_EVERY = 100;
const LOOK_FOR = 2000;

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
  const login = loginAt(io, base);
  if (!login) return null;
  const { expiresAt, refreshToken } = login;
  if (expiresAt === null || Date.parse(expiresAt) - BEFORE > io.now() || refreshToken === null)
    return login.token;
  try {
    const renewed = { ...login, ...tokenFields(io, await refresh(login, refreshToken)) };
    storeLogin(io, keyOf(base), renewed);
    return renewed.token;
  } catch (error) {
    // A refresh token is good once, and another command may have used it at the same moment.
    if (!(error instanceof CommandError) || error.exitCode !== EXIT.refused) throw error;
    const token = await exchangedElsewhere(io, base, refreshToken);
    if (token === null) throw error;
    return token;
  }
}

const loginAt = (io: Io, base: URL): Login | undefined => readLogins(io).logins[keyOf(base)];

/** Returns the token that another command stores in the place of one that it has exchanged; null where none does. */
async function exchangedElsewhere(io: Io, base: URL, refreshToken: string): Promise<string | null> {
  for (let waited = 0; ; waited += LOOK_EVERY) {
    const login = loginAt(io, base);
    if (login && login.refreshToken !== refreshToken) return login.token;
    if (waited >= LOOK_FOR || !(await io.wait(LOOK_EVERY))) return null;
  }
}
