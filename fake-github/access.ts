import type { Caller } from "./auth.ts";
import { forbidden, GitHubError, notFound } from "./errors.ts";
import { checkGuards } from "./guards.ts";
import type { Level, Permissions, Repository, Role } from "./state.ts";
import type { World } from "./world.ts";

/** A permission of a GitHub App, and the level that a route asks for. */
export type Right = readonly [permission: string, level: Level];

const LEVELS: Record<Level, number> = { read: 1, write: 2, admin: 3 };
const ROLES: Record<Role, number> = { read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

/** Returns whether a granted permission covers the wanted one. */
export const grants = (granted: Permissions, [permission, level]: Right): boolean => {
  const have = granted[permission];
  return have !== undefined && LEVELS[have] >= LEVELS[level];
};

/** Returns the role that a user needs for the App to use a permission on their behalf. */
function roleNeeded([permission, level]: Right): Role {
  if (permission === "repository_hooks" || permission === "administration") return "admin";
  if (level === "read" || permission === "issues") return "read";
  return "write";
}

/**
 * Checks that a caller may do something to a repository. What is out of reach is 404, as if it did not
 * exist; what is in reach without the permission is 403.
 * https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */
export function authorize(world: World, caller: Caller, repository: Repository, right: Right): void {
  if (caller.kind === "app") throw new GitHubError(401, "A JSON web token could not be decoded");
  if (caller.kind === "nobody") authorizeNobody(repository, right);
  else if (caller.kind === "user") authorizeUser(world, caller, repository, right);
  else authorizeInstallation(world, caller, repository, right);
}

function authorizeNobody(repository: Repository, right: Right): void {
  if (repository.private) throw notFound();
  const open = right[1] === "read" && right[0] !== "repository_hooks";
  if (!open) throw new GitHubError(401, "Requires authentication");
}

function authorizeInstallation(
  world: World,
  caller: Extract<Caller, { kind: "installation" }>,
  repository: Repository,
  right: Right,
): void {
  const { installation, token } = caller;
  const within = token.repositoryIds?.has(repository.id) ?? true;
  if (!within || !world.reaches(installation, repository)) {
    fromOutside(repository, right);
    return;
  }
  checkGuards(world, caller, world.owner(repository));
  // A permission taken back from the installation is gone from tokens that have it still.
  if (!grants(token.permissions, right) || !grants(installation.permissions, right)) throw forbidden();
}

function authorizeUser(
  world: World,
  caller: Extract<Caller, { kind: "user" }>,
  repository: Repository,
  right: Right,
): void {
  const { app, userId } = caller;
  const role = world.role(userId, repository);
  if (role === null) throw notFound();
  checkGuards(world, caller, world.owner(repository), world.grantedRole(userId, repository) === null);
  const installation = world.installationOf(app.id, repository.ownerId);
  if (!installation || installation.suspendedAt !== null || !world.reaches(installation, repository)) {
    fromOutside(repository, right);
    return;
  }
  if (right[0] !== "metadata" && !grants(installation.permissions, right)) throw forbidden();
  if (ROLES[role] >= ROLES[roleNeeded(right)]) return;
  throw right[1] === "read" ? notFound() : forbidden("Must have admin rights to Repository.");
}

/** Everybody reads a public repository's metadata; what one may not write to says at least that it is there. */
function fromOutside(repository: Repository, [permission, level]: Right): void {
  if (repository.private || permission === "repository_hooks") throw notFound();
  if (permission === "metadata" && level === "read") return;
  throw level === "read" ? notFound() : forbidden();
}
