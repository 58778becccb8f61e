import { verifyAppJwt } from "./app-jwt.ts";
import { forbidden, GitHubError } from "./errors.ts";
import type { App, Installation, InstallationToken, UserToken } from "./state.ts";
import type { World } from "./world.ts";

/** The sender of a request. */
export type Caller =
  | { kind: "app"; app: App }
  | { kind: "installation"; app: App; installation: Installation; token: InstallationToken }
  | { kind: "user"; app: App; token: UserToken; userId: number }
  | { kind: "nobody"; client?: App };

const badCredentials = (): GitHubError => new GitHubError(401, "Bad credentials");

/**
 * Finds out who sends a request.
 * https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
 *
 * @throws GitHubError 401 for credentials that are not good, 403 for a suspended installation's token
 */
export async function authenticate(world: World, authorization: string | undefined): Promise<Caller> {
  if (!authorization) return { kind: "nobody" };
  // A client secret lets its App do what only few routes ask for, but gives it a quota of its own everywhere.
  if (/^basic /i.test(authorization)) return { kind: "nobody", client: clientOf(world, authorization) };
  const token = /^(?:bearer|token) (\S+)$/i.exec(authorization)?.[1];
  if (!token) throw badCredentials();
  // An installation's token may have two dots as well.
  if (!token.startsWith("ghs_") && token.split(".").length === 3)
    return { kind: "app", app: await verifyAppJwt(world, token) };
  const known = world.tokens.get(token);
  if (!known || known.expiresAt <= world.clock.now()) throw badCredentials();
  if (known.kind === "user") {
    return { kind: "user", app: world.apps.get(known.appId) as App, token: known, userId: known.userId };
  }
  const installation = world.installations.get(known.installationId);
  if (!installation) throw badCredentials();
  if (installation.suspendedAt !== null) throw forbidden("This installation has been suspended");
  if (world.clock.now() < known.mintedAt + world.settings.tokenSpreadMs) {
    throw world.settings.tokenSpreadStatus === 401 ? badCredentials() : forbidden();
  }
  return { kind: "installation", app: world.appOf(installation), installation, token: known };
}

/** The App whose client id and secret a request gives. */
export function clientOf(world: World, authorization: string | undefined): App | undefined {
  const given = /^basic (.+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const [id, ...secret] = Buffer.from(given, "base64").toString().split(":");
  return [...world.apps.values()].find(
    ({ clientId, clientSecret }) => clientId === id && clientSecret === secret.join(":"),
  );
}

/** The account that what a caller does is done by. */
export function actorId(caller: Caller): number {
  if (caller.kind === "user") return caller.userId;
  if (caller.kind === "nobody") throw new GitHubError(401, "Requires authentication");
  return caller.app.botId;
}
