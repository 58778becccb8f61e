import type { App, UserToken } from "../state.ts";
import type { World } from "../world.ts";
import { newSecret } from "./secrets.ts";

const HOUR = 3_600_000;
const TOKEN_LIFE = 8 * HOUR;
const REFRESH_LIFE = 184 * 24 * HOUR;

/** Issues a user token of an App: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens */
export function issueUserToken(
  world: World,
  app: App,
  userId: number,
  viaDevice = false,
  signedOnTo: ReadonlySet<number> = new Set(world.accounts.get(userId)?.signedOnTo),
): UserToken {
  const now = world.clock.now();
  const token: UserToken = {
    kind: "user",
    token: newSecret("ghu_"),
    appId: app.id,
    userId,
    createdAt: now,
    expiresAt: now + TOKEN_LIFE,
    refreshToken: newSecret("ghr_"),
    refreshExpiresAt: now + REFRESH_LIFE,
    signedOnTo,
    viaDevice,
  };
  world.tokens.set(token.token, token);
  return token;
}

/** Revokes every token that a user gave an App. */
export function revokeUserTokens(world: World, app: App, userId: number): void {
  for (const [text, token] of world.tokens) {
    if (token.kind === "user" && token.appId === app.id && token.userId === userId) world.tokens.delete(text);
  }
}

/** Returns the answer of the token endpoint. */
export const userTokenJson = (token: UserToken): Record<string, string> => ({
  access_token: token.token,
  expires_in: String(TOKEN_LIFE / 1000),
  refresh_token: token.refreshToken,
  refresh_token_expires_in: String(REFRESH_LIFE / 1000),
  scope: "",
  token_type: "bearer",
});
