import { randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { atLeast } from "../auth.ts";
import { bodyOf, type Ctx, type Env, type GitHubParts, paged, pagedByCursor } from "../context.ts";
import { GitHubError, invalid, notFound } from "../errors.ts";
import { appJson, hookDeliveryJson, installationJson, repositoryJson } from "../payloads.ts";
import type { App, Installation, Permissions, Repository, World } from "../state.ts";

const TOKEN_LIFE = 3_600_000;

const appOf = (context: Ctx): App => {
  const caller = context.get("caller");
  if (caller.kind !== "app") throw new GitHubError(401, "A JSON web token could not be decoded");
  return caller.app;
};

function installationOf(world: World, context: Ctx): Installation {
  const installation = world.installations.get(Number(context.req.param("id")));
  if (!installation || installation.appId !== appOf(context).id) throw notFound();
  return installation;
}

/** Narrows what a token may do to what was asked, or refuses more than was granted. */
function narrowPermissions(installation: Installation, asked: Permissions | undefined): Permissions {
  if (!asked) return installation.permissions;
  for (const [permission, level] of Object.entries(asked)) {
    if (!atLeast(installation.permissions[permission], level)) {
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
  const ids = body.repository_ids as number[] | undefined;
  const names = body.repositories as string[] | undefined;
  if (!ids && !names) return null;
  const reachable = world.repositoriesOf(installation);
  const chosen = reachable.filter(({ id, name }) => ids?.includes(id) || names?.includes(name));
  if (chosen.length < (ids?.length ?? 0) + (names?.length ?? 0) || chosen.length === 0) {
    throw invalid(
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  return new Set(chosen.map(({ id }) => id));
}

/** Routes of an App and its installations: https://docs.github.com/en/rest/apps/apps */
export function appRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world, webhooks } = parts;
  app.get("/app", (context) => context.json(appJson(world, appOf(context))));
  app.get("/app/installations", (context) => {
    const { id } = appOf(context);
    const mine = [...world.installations.values()].filter(({ appId }) => appId === id);
    return context.json(paged(context, mine).map((one) => installationJson(world, one)));
  });
  app.get("/app/installations/:id", (context) =>
    context.json(installationJson(world, installationOf(world, context))),
  );
  app.post("/app/installations/:id/access_tokens", async (context) => {
    const installation = installationOf(world, context);
    if (installation.suspendedAt !== null) throw new GitHubError(403, "This installation has been suspended");
    const body = await bodyOf(context);
    const token = `ghs_${randomBytes(27).toString("base64url").replace(/[-_]/g, "0")}`;
    const permissions = narrowPermissions(installation, body.permissions as Permissions | undefined);
    const repositoryIds = narrowRepositories(world, installation, body);
    const expiresAt = world.clock.now() + TOKEN_LIFE;
    world.tokens.set(token, {
      kind: "installation",
      token,
      installationId: installation.id,
      permissions,
      repositoryIds,
      expiresAt,
    });
    const repositories = world.repositoriesOf(installation).filter(({ id }) => repositoryIds?.has(id));
    return context.json(
      {
        token,
        expires_at: new Date(expiresAt).toISOString().replace(/\.\d{3}Z$/, "Z"),
        permissions,
        repository_selection: repositoryIds === null ? installation.selection : "selected",
        ...(repositoryIds === null
          ? {}
          : { repositories: repositories.map((one) => repositoryJson(world, one)) }),
      },
      201,
    );
  });
  app.get("/app/hook/deliveries", (context) =>
    context.json(
      pagedByCursor(context, appOf(context).hook.deliveries).map((one) => hookDeliveryJson(one, false)),
    ),
  );
  app.get("/app/hook/deliveries/:delivery", (context) => {
    const delivery = appOf(context).hook.deliveries.find(
      ({ id }) => id === Number(context.req.param("delivery")),
    );
    if (!delivery) throw notFound();
    return context.json(hookDeliveryJson(delivery, true));
  });
  app.post("/app/hook/deliveries/:delivery/attempts", (context) => {
    const { hook } = appOf(context);
    const delivery = hook.deliveries.find(({ id }) => id === Number(context.req.param("delivery")));
    if (!delivery) throw notFound();
    void webhooks.redeliver(hook, delivery);
    return context.json({}, 202);
  });
  app.get("/installation/repositories", (context) => {
    const caller = context.get("caller");
    if (caller.kind !== "installation")
      throw new GitHubError(
        403,
        "You must authenticate with an installation access token in order to list repositories for an installation.",
      );
    const reached = world
      .repositoriesOf(caller.installation)
      .filter(({ id }) => caller.token.repositoryIds?.has(id) ?? true);
    return context.json({
      total_count: reached.length,
      repository_selection: caller.installation.selection,
      repositories: paged(context, reached).map((one) => repositoryJson(world, one)),
    });
  });
  const installationOn = (context: Ctx, repository: Repository | undefined): Response => {
    const installation = repository && world.installationOf(appOf(context).id, repository.ownerId);
    if (!repository || !installation || !world.reaches(installation, repository)) throw notFound();
    return context.json(installationJson(world, installation));
  };
  app.get("/repos/:owner/:repo/installation", (context) =>
    installationOn(context, world.repository(`${context.req.param("owner")}/${context.req.param("repo")}`)),
  );
  app.get("/repositories/:repositoryId/installation", (context) =>
    installationOn(context, world.repositories.get(Number(context.req.param("repositoryId")))),
  );
  for (const path of ["/users/:login/installation", "/orgs/:login/installation"]) {
    app.get(path, (context) => {
      const account = world.account(context.req.param("login") as string);
      const installation = account && world.installationOf(appOf(context).id, account.id);
      if (!installation) throw notFound();
      return context.json(installationJson(world, installation));
    });
  }
}
