import type { Hono } from "hono";
import { type Ctx, type Env, type GitHubParts, param } from "../context.ts";
import { forbidden, notFound } from "../errors.ts";
import { checkGuards, leftOut } from "../guards.ts";
import { paged } from "../paging.ts";
import { accountJson, fullOrganizationJson, organizationJson, publicUserJson } from "../payloads/account.ts";
import { installationJson } from "../payloads/app.ts";
import { repositoryJson, rightsJson } from "../payloads/repository.ts";
import type { Account, Repository } from "../state.ts";
import { userOf } from "./callers.ts";

/** Users, organizations, and what users reach through an App. */
export function userRoutes(app: Hono<Env>, { world }: GitHubParts): void {
  const accountOf = (id: number): Account => world.accounts.get(id) as Account;
  const withRights = (userId: number, repository: Repository) => ({
    ...repositoryJson(world, repository),
    permissions: rightsJson(world.role(userId, repository)),
  });
  app.get("/user", (context) => context.json(publicUserJson(world, accountOf(userOf(context).userId))));
  app.get("/users/:login", (context) => {
    const account = world.account(param(context, "login"));
    if (!account) throw notFound();
    return context.json(publicUserJson(world, account));
  });
  app.get("/orgs/:login", (context) => {
    const account = world.account(param(context, "login"));
    if (account?.type !== "Organization") throw notFound();
    checkGuards(world, context.get("caller"), account);
    return context.json(fullOrganizationJson(world, account));
  });
  /** Leaves out what belongs to organizations that the user's token was not signed on to, and says which. */
  const withoutLeftOut = <T>(context: Ctx, items: readonly T[], ownerOf: (item: T) => number): T[] => {
    const { ids, headers } = leftOut(
      context.get("caller"),
      items.map((item) => accountOf(ownerOf(item))),
    );
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    return items.filter((item) => !ids.has(ownerOf(item)));
  };
  app.get("/user/repos", (context) => {
    const { app: through, userId } = userOf(context);
    const all = [...world.repositories.values()].filter((repository) => {
      const installation = world.installationOf(through.id, repository.ownerId);
      if (!installation || !world.reaches(installation, repository)) return false;
      return world.grantedRole(userId, repository) !== null;
    });
    const reached = withoutLeftOut(context, all, ({ ownerId }) => ownerId);
    return context.json(paged(context, reached).map((one) => withRights(userId, one)));
  });
  // https://docs.github.com/en/rest/apps/installations: reading what everybody may read is no reason to list it
  app.get("/user/installations", (context) => {
    const { app: through, userId } = userOf(context);
    const all = [...world.installations.values()].filter(
      (one) =>
        one.appId === through.id &&
        (one.accountId === userId ||
          accountOf(one.accountId).members.get(userId) === "admin" ||
          world.repositoriesOf(one).some((repository) => world.grantedRole(userId, repository) !== null)),
    );
    const visible = withoutLeftOut(context, all, ({ accountId }) => accountId);
    return context.json({
      total_count: visible.length,
      installations: paged(context, visible).map((one) => installationJson(world, one)),
    });
  });
  app.get("/user/installations/:id/repositories", (context) => {
    const { app: through, userId } = userOf(context);
    const installation = world.installations.get(Number(param(context, "id")));
    if (installation?.appId !== through.id) throw notFound();
    checkGuards(world, context.get("caller"), accountOf(installation.accountId));
    if (installation.suspendedAt !== null) throw forbidden("This installation has been suspended");
    const visible = world
      .repositoriesOf(installation)
      .filter((repository) => world.grantedRole(userId, repository) !== null);
    return context.json({
      total_count: visible.length,
      repository_selection: installation.selection,
      repositories: paged(context, visible).map((one) => withRights(userId, one)),
    });
  });
  app.get("/user/memberships/orgs/:login", (context) => {
    const { app: through, userId } = userOf(context);
    const organization = world.account(param(context, "login"));
    // By an App's token only where it is installed and has the permission "Members" there:
    // https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps#organization-permissions-for-members
    if (!organization || !world.installationOf(through.id, organization.id)?.permissions.members)
      throw forbidden("Resource not accessible by integration");
    const role = organization.members.get(userId);
    if (!role) throw notFound();
    checkGuards(world, context.get("caller"), organization);
    const url = `${world.url}/orgs/${organization.login}`;
    return context.json({
      url: `${url}/memberships/${accountOf(userId).login}`,
      state: "active",
      role,
      organization_url: url,
      organization: organizationJson(world, organization),
      user: accountJson(world, accountOf(userId)),
      permissions: { can_create_repository: true },
    });
  });
}
