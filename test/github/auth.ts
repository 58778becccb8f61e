import { createPublicKey } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { forbidden, GitHubError, notFound } from "./errors.ts";
import type {
  App,
  Installation,
  InstallationToken,
  Level,
  Repository,
  Role,
  UserToken,
  World,
} from "./state.ts";

export type Caller =
  | { kind: "app"; app: App }
  | { kind: "installation"; app: App; installation: Installation; token: InstallationToken }
  | { kind: "user"; app: App; token: UserToken; userId: number }
  | { kind: "nobody" };

const badCredentials = (): GitHubError => new GitHubError(401, "Bad credentials");

/** Who sends a request: https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api */
export async function authenticate(world: World, authorization: string | undefined): Promise<Caller> {
  if (!authorization || /^basic /i.test(authorization)) return { kind: "nobody" };
  const token = /^(?:bearer|token) (.+)$/i.exec(authorization)?.[1];
  if (!token) throw badCredentials();
  if (token.split(".").length === 3) return { kind: "app", app: await verifyAppJwt(world, token) };
  const known = world.tokens.get(token);
  if (!known || known.expiresAt <= world.clock.now()) throw badCredentials();
  if (known.kind === "user") {
    return { kind: "user", app: world.apps.get(known.appId) as App, token: known, userId: known.userId };
  }
  const installation = world.installations.get(known.installationId);
  if (!installation) throw badCredentials();
  if (installation.suspendedAt !== null) throw forbidden("This installation has been suspended");
  return { kind: "installation", app: world.apps.get(installation.appId) as App, installation, token: known };
}

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
async function verifyAppJwt(world: World, token: string): Promise<App> {
  const undecodable = () => new GitHubError(401, "A JSON web token could not be decoded");
  let issuer: string;
  let claims: { iat?: number; exp?: number };
  try {
    if (decodeProtectedHeader(token).alg !== "RS256") throw undecodable();
    claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    issuer = String((claims as { iss?: unknown }).iss);
  } catch {
    throw undecodable();
  }
  const app = [...world.apps.values()].find(
    ({ id, clientId }) => String(id) === issuer || clientId === issuer,
  );
  if (!app) throw new GitHubError(401, "'Issuer' claim ('iss') must be an Integer or a registered client id");
  const now = Math.floor(world.clock.now() / 1000);
  if (claims.exp === undefined || claims.exp <= now) {
    throw new GitHubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (claims.exp > now + 600 + 5) {
    throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (claims.iat === undefined || claims.iat > now + 5) {
    throw new GitHubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  try {
    await jwtVerify(token, createPublicKey(app.publicKey), {
      algorithms: ["RS256"],
      currentDate: new Date(world.clock.now()),
      clockTolerance: 10,
    });
  } catch {
    throw undecodable();
  }
  return app;
}

const RANK: Record<Level, number> = { read: 1, write: 2, admin: 3 };
const ROLE_RANK: Record<Role, number> = { read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

export const atLeast = (granted: Level | undefined, wanted: Level): boolean =>
  granted !== undefined && RANK[granted] >= RANK[wanted];

/** What a user's role must be for a permission of the App to be used on their behalf. */
function roleNeeded(permission: string, level: Level): Role {
  if (level === "read") return permission === "repository_hooks" ? "admin" : "read";
  return permission === "repository_hooks" || permission === "administration" ? "admin" : "write";
}

/**
 * Checks that a caller may use a permission on a repository. Out of reach is 404, as for what does not
 * exist; in reach without the permission is 403.
 */
export function authorize(
  world: World,
  caller: Caller,
  repository: Repository,
  permission: string,
  level: Level,
): void {
  if (caller.kind === "nobody") {
    if (repository.private) throw notFound();
    if (level !== "read" || permission === "repository_hooks")
      throw new GitHubError(401, "Requires authentication");
    return;
  }
  if (caller.kind === "app") throw new GitHubError(401, "A JSON web token could not be used here");
  if (caller.kind === "installation") {
    const { installation, token } = caller;
    const reached =
      world.reaches(installation, repository) && (token.repositoryIds?.has(repository.id) ?? true);
    if (!reached) {
      if (!repository.private && level === "read" && permission === "metadata") return;
      throw repository.private || permission === "repository_hooks" ? notFound() : forbidden();
    }
    // A permission withdrawn from the installation is gone from its tokens too.
    if (
      !atLeast(token.permissions[permission], level) ||
      !atLeast(installation.permissions[permission], level)
    ) {
      throw forbidden();
    }
    return;
  }
  const role = world.role(caller.userId, repository);
  if (role === null) throw notFound();
  const installation = world.installationOf(caller.app.id, repository.ownerId);
  const reached =
    installation && installation.suspendedAt === null && world.reaches(installation, repository);
  if (!reached) {
    if (!repository.private && level === "read" && permission === "metadata") return;
    throw repository.private ? notFound() : forbidden();
  }
  if (permission !== "metadata" && !atLeast(installation.permissions[permission], level)) throw forbidden();
  if (ROLE_RANK[role] < ROLE_RANK[roleNeeded(permission, level)]) {
    throw level === "read" ? notFound() : forbidden("Must have admin rights to Repository.");
  }
}
