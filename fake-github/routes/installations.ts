import { randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { grants } from "../access.ts";
import { bodyOf, type Ctx, type Env, type GitHubParts, param } from "../context.ts";
import { forbidden, invalid, notFound } from "../errors.ts";
import { checkGuards } from "../guards.ts";
import { paged } from "../paging.ts";
import { installationJson } from "../payloads/app.ts";
import { iso } from "../payloads/common.ts";
import { repositoryJson } from "../payloads/repository.ts";
import type { Account, Installation, Level, Permissions, Repository } from "../state.ts";
import type { World } from "../world.ts";
import { appOf } from "./callers.ts";

const TOKEN_LIFE = 3_600_000;
/** https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app */
const MAX_REPOSITORIES = 500;

/** Installations, and the tokens Apps act with on them: https://docs.github.com/en/rest/apps/apps */
export function installationRoutes(app: Hono<Env>, { world }: GitHubParts): void {
  const find = (context: Ctx): Installation => {
    const installation = world.installations.get(Number(param(context, "id")));
    if (installation?.appId !== appOf(context).id || !isFound(world, installation)) throw notFound();
    return installation;
  };
  app.get("/app/installations", (context) => {
    const { id } = appOf(context);
    const mine = [...world.installations.values()].filter(({ appId }) => appId === id);
    return context.json(paged(context, mine).map((one) => installationJson(world, one)));
  });
  app.get("/app/installations/:id", (context) => context.json(installationJson(world, find(context))));
  app.post("/app/installations/:id/access_tokens", async (context) =>
    context.json(issueToken(world, find(context), await bodyOf(context)), 201),
  );
  app.delete("/installation/token", (context) => {
    const caller = context.get("caller");
    if (caller.kind !== "installation") throw forbidden();
    world.tokens.delete(caller.token.token);
    return context.body(null, 204);
  });
  app.get("/installation/repositories", (context) => {
    const caller = context.get("caller");
    if (caller.kind !== "installation") {
      throw forbidden(
        "You must authenticate with an installation access token in order to list repositories for an installation.",
      );
    }
    checkGuards(world, caller, world.accounts.get(caller.installation.accountId) as Account);
    const reached = world
      .repositoriesOf(caller.installation)
      .filter(({ id }) => caller.token.repositoryIds?.has(id) ?? true);
    return context.json({
      total_count: reached.length,
      repository_selection: caller.installation.selection,
      repositories: paged(context, reached).map((one) => repositoryJson(world, one)),
    });
  });
  const on = (context: Ctx, repository: Repository | undefined): Response => {
    const installation = repository && world.installationOf(appOf(context).id, repository.ownerId);
    if (!installation || !world.reaches(installation, repository)) throw notFound();
    if (!isFound(world, installation, repository)) throw notFound();
    checkGuards(world, context.get("caller"), world.owner(repository));
    return context.json(installationJson(world, installation));
  };
  app.get("/repos/:owner/:repo/installation", (context) =>
    on(context, world.repository(`${param(context, "owner")}/${param(context, "repo")}`)),
  );
  app.get("/repositories/:repositoryId/installation", (context) =>
    on(context, world.repositories.get(Number(param(context, "repositoryId")))),
  );
  for (const path of ["/users/:login/installation", "/orgs/:login/installation"]) {
    app.get(path, (context) => {
      const { id } = appOf(context);
      const account = world.account(param(context, "login"));
      const installation = account && world.installationOf(id, account.id);
      if (!installation) throw notFound();
      return context.json(installationJson(world, installation));
    });
  }
}

/**
 * Returns whether servers that learn of changes late know of an installation, and that it reaches a repository.
 * https://github.com/PyGithub/PyGithub/issues/2457, https://github.com/octokit/octokit.js/issues/900
 */
function isFound(world: World, { createdAt, addedAt }: Installation, repository?: Repository): boolean {
  const since = Math.max(createdAt, repository ? (addedAt.get(repository.id) ?? 0) : 0);
  return world.isKnown(since, world.settings.installDelayMs);
}

const randomText = (bytes: number): string => randomBytes(bytes).toString("base64url").replace(/[-_]/g, "0");

/** Makes a token's text: of 40 characters, or of about 520 with two dots, which is no JSON web token of an App's. */
const newToken = (appId: number, long: boolean): string =>
  long ? `ghs_${appId}_${randomText(27)}.${randomText(93)}.${randomText(256)}` : `ghs_${randomText(27)}`;

function issueToken(world: World, installation: Installation, body: Record<string, unknown>) {
  if (installation.suspendedAt !== null) throw forbidden("This installation has been suspended");
  const permissions = narrowPermissions(installation, body.permissions as Permissions | undefined);
  const repositoryIds = narrowRepositories(world, installation, body);
  const token = newToken(installation.appId, world.settings.longTokens);
  const mintedAt = world.clock.now();
  const expiresAt = mintedAt + TOKEN_LIFE;
  world.tokens.set(token, {
    kind: "installation",
    token,
    installationId: installation.id,
    permissions,
    repositoryIds,
    mintedAt,
    expiresAt,
  });
  const chosen = world.repositoriesOf(installation).filter(({ id }) => repositoryIds?.has(id));
  return {
    token,
    expires_at: iso(expiresAt),
    permissions,
    repository_selection: repositoryIds === null ? installation.selection : "selected",
    ...(repositoryIds === null ? {} : { repositories: chosen.map((one) => repositoryJson(world, one)) }),
  };
}

/** Returns a token's permissions: the requested ones, or everything granted; never more. */
function narrowPermissions(installation: Installation, asked: Permissions | undefined): Permissions {
  if (!asked) return { ...installation.permissions };
  for (const [permission, level] of Object.entries(asked) as [string, Level][]) {
    if (!grants(installation.permissions, [permission, level])) {
      throw invalid("The permissions requested are not granted to this installation.");
    }
  }
  return { ...asked, metadata: "read" };
}

function narrowRepositories(
  world: World,
  installation: Installation,
  body: Record<string, unknown>,
): Set<number> | null {
  const ids = (body.repository_ids ?? []) as number[];
  const names = (body.repositories ?? []) as string[];
  if (body.repository_ids === undefined && body.repositories === undefined) return null;
  const reachable = world.repositoriesOf(installation);
  const byId = ids.map((id) => reachable.find((one) => one.id === id));
  const byName = names.map((name) => reachable.find((one) => one.name.toLowerCase() === name.toLowerCase()));
  const chosen = [...byId, ...byName].flatMap((one) => (one ? [one.id] : []));
  if (chosen.length < ids.length + names.length || chosen.length === 0) {
    throw invalid(
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  if (chosen.length > MAX_REPOSITORIES) throw invalid(`No more than ${MAX_REPOSITORIES} repositories.`);
  return new Set(chosen);
}
