import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { missingPermissions } from "../../domain/installations/installation.ts";
import { trustOf } from "../../domain/installations/trust.ts";
import type { UserInstallation } from "../../github/users.ts";
import type { Ctx } from "../kit/env.ts";
import { listingOf, pageOf, pageQuery, readPage } from "../kit/paging.ts";
import type { Define } from "../kit/route.ts";
import { installationSchema, leftOutSchema } from "../views/installation.ts";

/** Where the App is installed, for whoever wants to bring more repositories on. */
export function installationRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "listInstallations",
    method: "get",
    path: "/api/installations",
    summary: "List the owners you have something in on which the App is installed, and your own account",
    tag: "Repositories",
    access: { by: "user" },
    query: z.object(pageQuery),
    answer: pageOf(installationSchema).extend({
      leftOut: z
        .array(leftOutSchema)
        .describe(
          "Organizations that GitHub leaves out of all your lists: their single sign-on does not admit your token",
        ),
    }),
    async handle({ context, query }) {
      const { token, userId } = context.get("user");
      const { installations, leftOut } = await deps.users.installations(token);
      const entries = installations.some(({ ownerId }) => ownerId === userId)
        ? installations
        : [...installations, notInstalled(deps, context)];
      const listing = listingOf(
        "installations",
        entries,
        (one) => `${one.login.toLowerCase()} ${one.ownerId}`,
      );
      const { items, cursor } = await readPage(listing, query);
      return {
        items: await Promise.all(items.map((one) => view(deps, context, one))),
        cursor,
        leftOut: await Promise.all(leftOut.map((id) => viewLeftOut(deps, id))),
      };
    },
  });
}

type Entry = Omit<UserInstallation, "installationId" | "selection"> & {
  installationId: string | null;
  selection: UserInstallation["selection"] | null;
};

/** The user's own account as it stands without the App. */
function notInstalled(deps: ApiDeps, context: Ctx): Entry {
  const { userId, login, avatarUrl } = context.get("user");
  return {
    installationId: null,
    ownerId: userId,
    login,
    avatarUrl,
    type: "User",
    suspended: false,
    selection: null,
    permissions: {},
    settingsUrl: deps.links.install,
  };
}

/** An organization that GitHub leaves out; it is named where it is known, as those are on which the App is installed. */
async function viewLeftOut(deps: ApiDeps, id: string): Promise<z.infer<typeof leftOutSchema>> {
  const account = await deps.store.accounts.getAccount(id);
  return {
    ownerId: id,
    login: account?.login ?? null,
    signOnUrl: account ? `${deps.links.url}/orgs/${account.login}/sso` : null,
  };
}

type View = z.infer<typeof installationSchema>;

async function view(deps: ApiDeps, context: Ctx, one: Entry): Promise<View> {
  const { token, userId } = context.get("user");
  const { ownerId, login, avatarUrl, type, selection, settingsUrl, permissions } = one;
  const account = await deps.store.accounts.getAccount(ownerId);
  const installed = one.installationId !== null;
  return {
    ownerId,
    login,
    avatarUrl,
    type,
    trust: trustOf({ type, verified: account?.verified ?? false }),
    installation: installed ? (one.suspended ? "suspended" : "active") : "none",
    selection,
    missingPermissions: installed ? missingPermissions(permissions) : [],
    settingsUrl,
    administers: (await deps.users.administers(token, { userId }, { ownerId, login, type })).said ?? false,
  };
}
