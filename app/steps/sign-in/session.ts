import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ApiDeps } from "../../deps.ts";
import { DAY, MINUTE, SECOND } from "../../domain/clock.ts";
import type { Session } from "../../domain/records/session.ts";
import { Refusal } from "../../domain/refusal.ts";
import { SharedWork } from "../../domain/shared-work.ts";
import {
  GrantRefused,
  type UserGrant,
  WRONG_CREDENTIALS,
  WRONG_CREDENTIALS_ADVICE,
} from "../../github/sign-in.ts";
import type { User } from "../../github/users.ts";

/** A session ends so long after the user's token was last renewed, in milliseconds… */
const IDLE = DAY;
/** …and so long after the sign-in whatever happens. */
export const MAX_LIFE = 30 * DAY;
/** A token is renewed when less than this is left of it. */
const RENEW_BEFORE = 15 * MINUTE;
/** For how long whoever renews a token keeps others from it; longer than GitHub is waited for. */
const RENEWAL_LEASE = 20 * SECOND;
/** The interval and the longest time of waiting for another process's renewal, in milliseconds. */
const LOOK_EVERY = 100;
const LOOK_FOR = 12 * SECOND;

/** A session with what speaks for its user. */
export interface OpenSession {
  session: Session;
  token: string;
}

interface Tokens {
  token: string;
  refreshToken: string | null;
}

const sealTokens = ({ seal }: ApiDeps, { token, refreshToken }: Tokens): Promise<string> =>
  seal.close("user tokens", { token, refreshToken });

async function openTokens({ seal }: ApiDeps, session: Session): Promise<Tokens | null> {
  return (await seal.open("user tokens", session.tokens)) as Tokens | null;
}

const endOf = (grant: UserGrant, now: number): number | null =>
  grant.expiresIn === null ? null : now + grant.expiresIn * SECOND;

/** Begins a session of somebody who came back from GitHub; answers its id, which is the key to it. */
export async function startSession(deps: ApiDeps, user: User, grant: UserGrant): Promise<string> {
  const now = deps.clock.now();
  const sessionId = randomBytes(32).toString("base64url");
  await deps.store.sessions.put(sessionId, {
    userId: user.userId,
    login: user.login,
    avatarUrl: user.avatarUrl,
    tokens: await sealTokens(deps, grant),
    tokenEndsAt: endOf(grant, now),
    renewingUntil: null,
    createdAt: now,
    endsAt: now + IDLE,
    version: 1,
  });
  return sessionId;
}

/**
 * Returns the session of an id with a token that is good for a while yet, renewed where needed. Returns null where it
 * ended, or where GitHub renews it no more.
 *
 * @throws Refusal unavailable where the token has ended and GitHub does not answer
 */
export async function resumeSession(deps: ApiDeps, sessionId: string): Promise<OpenSession | null> {
  const session = await deps.store.sessions.get(sessionId);
  if (!session) return null;
  const isFresh = session.tokenEndsAt === null || session.tokenEndsAt - deps.clock.now() > RENEW_BEFORE;
  return isFresh ? await opened(deps, session) : await renewOnce(deps, sessionId);
}

async function opened(deps: ApiDeps, session: Session | null): Promise<OpenSession | null> {
  const tokens = session ? await openTokens(deps, session) : null;
  return session && tokens ? { session, token: tokens.token } : null;
}

/** Renewals under way in this process. */
const renewals = new SharedWork<OpenSession | null>();

/** A refresh token is good once: all requests of this process wait for the one that uses it. */
const renewOnce = (deps: ApiDeps, sessionId: string): Promise<OpenSession | null> =>
  renewals.share(deps, sessionId, () => renew(deps, sessionId));

async function renew(deps: ApiDeps, sessionId: string): Promise<OpenSession | null> {
  const { sessions } = deps.store;
  const session = await sessions.get(sessionId);
  const tokens = session ? await openTokens(deps, session) : null;
  if (!session || !tokens) return null;
  const now = deps.clock.now();
  // Somebody did meanwhile, or does just now.
  if (session.tokenEndsAt === null || session.tokenEndsAt - now > RENEW_BEFORE) {
    return { session, token: tokens.token };
  }
  if (session.renewingUntil !== null && session.renewingUntil > now) {
    return await renewedElsewhere(deps, sessionId, session);
  }
  const leased = await sessions.change(sessionId, session, { renewingUntil: now + RENEWAL_LEASE });
  if (!leased) return await renewedElsewhere(deps, sessionId, session);
  try {
    const grant = await deps.signIn.refresh(tokens.refreshToken ?? "");
    const renewed = await sessions.change(sessionId, leased, {
      tokens: await sealTokens(deps, grant),
      tokenEndsAt: endOf(grant, now),
      renewingUntil: null,
      isUnrenewed: false,
      endsAt: Math.min(now + IDLE, session.createdAt + MAX_LIFE),
    });
    return await opened(deps, renewed ?? (await sessions.get(sessionId)));
  } catch (error) {
    const isOurs = error instanceof GrantRefused && error.reason === WRONG_CREDENTIALS;
    if (error instanceof GrantRefused && !isOurs) {
      deps.log.info(
        { event: "session.expired", userId: session.userId, reason: error.reason },
        "Session could not be renewed",
      );
      await sessions.remove(sessionId, leased.version);
      return await opened(deps, await sessions.get(sessionId));
    }
    const isUnrenewed = leased.isUnrenewed || isOurs;
    const released = await sessions.change(sessionId, leased, { renewingUntil: null, isUnrenewed });
    // Each of its requests tries again.
    if (isOurs && !leased.isUnrenewed)
      deps.log.error(
        { event: "session.unrenewed", err: error, userId: session.userId },
        "GitHub does not take the App's client id and secret, so no session is renewed",
      );
    if (released && session.tokenEndsAt > now) return { session: released, token: tokens.token };
    throw isOurs ? new Refusal("unavailable", WRONG_CREDENTIALS_ADVICE) : error;
  }
}

/** Waits until another process has renewed a session, which makes this one's tokens worthless. */
async function renewedElsewhere(
  deps: ApiDeps,
  sessionId: string,
  before: Session,
): Promise<OpenSession | null> {
  for (let waited = 0; waited < LOOK_FOR; waited += LOOK_EVERY) {
    const session = await deps.store.sessions.get(sessionId);
    if (!session || session.tokens !== before.tokens) return await opened(deps, session);
    await pause(LOOK_EVERY);
  }
  throw new Refusal("unavailable", "The sign-in is being renewed; try again.", { retryAfter: 1 });
}

/** Ends a session, as its user wants, and takes the token back; that GitHub does not answer ends it no less. */
export async function endSession(deps: ApiDeps, sessionId: string): Promise<void> {
  const session = await deps.store.sessions.get(sessionId);
  if (!session) return;
  const tokens = await openTokens(deps, session);
  await deps.store.sessions.remove(sessionId);
  deps.log.info({ event: "user.signed-out", userId: session.userId }, "User signed out");
  if (!tokens) return;
  deps.users.forget(tokens.token);
  try {
    await deps.signIn.revoke(tokens.token);
  } catch (error) {
    deps.log.warn(
      { event: "token.unrevoked", err: error, userId: session.userId },
      "GitHub did not revoke a user's token",
    );
  }
}

/**
 * Ends a session whose token GitHub refuses. The session stays where its token was renewed while the request was
 * under way. Says whether it ended.
 */
export async function endRevoked(
  deps: ApiDeps,
  sessionId: string,
  { session }: OpenSession,
): Promise<boolean> {
  const now = await deps.store.sessions.get(sessionId);
  if (now && now.tokens !== session.tokens) return false;
  return now === null || (await deps.store.sessions.remove(sessionId, now.version));
}
