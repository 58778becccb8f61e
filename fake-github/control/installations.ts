import type { z } from "zod";
import type { GitHubParts } from "../context.ts";
import { invalid } from "../errors.ts";
import { listedRepositoryJson } from "../payloads/repository.ts";
import type { Installation, Permissions, Repository } from "../state.ts";
import { lookups } from "./lookups.ts";
import { INSTALLATION, REPOSITORY_CHANGE } from "./schemas.ts";

/** Installations of Apps: made, changed, suspended, removed. */
export function installationControl({ world, webhooks }: GitHubParts) {
  const find = lookups(world);
  const listed = (repositories: readonly Repository[]) =>
    repositories.map((one) => listedRepositoryJson(world, one));
  const announce = async (installation: Installation, action: string, more: object = {}): Promise<void> => {
    installation.updatedAt = world.clock.now();
    await webhooks.ofInstallation(installation, "installation", { action, ...more });
  };
  const announceChange = async (
    installation: Installation,
    action: "added" | "removed",
    changed: readonly Repository[],
  ): Promise<void> => {
    if (changed.length === 0) return;
    installation.updatedAt = world.clock.now();
    await webhooks.ofInstallation(installation, "installation_repositories", {
      action,
      repository_selection: installation.selection,
      repositories_added: action === "added" ? listed(changed) : [],
      repositories_removed: action === "removed" ? listed(changed) : [],
      requester: null,
    });
  };
  return {
    installation: find.installation,

    /** Installs an App on an account. */
    async install(input: z.input<typeof INSTALLATION>): Promise<Installation> {
      const wanted = INSTALLATION.parse(input);
      const app = find.app(wanted.app);
      const account = find.account(wanted.account);
      if (world.installationOf(app.id, account.id))
        throw invalid("The App is installed on this account already.");
      const names = wanted.repositories === "all" ? [] : wanted.repositories;
      const now = world.clock.now();
      const installation: Installation = {
        id: world.id(),
        appId: app.id,
        accountId: account.id,
        permissions: { metadata: "read", ...(wanted.permissions ?? app.permissions) },
        events: app.events,
        selection: wanted.repositories === "all" ? "all" : "selected",
        repositoryIds: new Set(names.map((name) => find.repository(name).id)),
        addedAt: new Map(),
        suspendedAt: null,
        createdAt: now,
        updatedAt: now,
      };
      world.installations.set(installation.id, installation);
      const repositories = listed(world.repositoriesOf(installation));
      await announce(installation, "created", { repositories, requester: null });
      return installation;
    },

    async suspend(id: number): Promise<void> {
      const installation = find.installation(id);
      installation.suspendedAt = world.clock.now();
      await announce(installation, "suspend");
    },

    async unsuspend(id: number): Promise<void> {
      const installation = find.installation(id);
      installation.suspendedAt = null;
      await announce(installation, "unsuspend");
    },

    /** Uninstalls; its tokens end at once. */
    async uninstall(id: number): Promise<void> {
      const installation = find.installation(id);
      const repositories = listed(world.repositoriesOf(installation));
      world.installations.delete(id);
      for (const [text, token] of world.tokens) {
        if (token.kind === "installation" && token.installationId === id) world.tokens.delete(text);
      }
      await announce(installation, "deleted", { repositories });
    },

    /** Revokes every token of an installation, as a rotated key or an incident does; no webhook says so. */
    revokeTokens(id: number): void {
      const installation = find.installation(id);
      for (const [text, token] of world.tokens) {
        if (token.kind === "installation" && token.installationId === installation.id)
          world.tokens.delete(text);
      }
    },

    /** The owner accepts other permissions. */
    async setPermissions(id: number, granted: Permissions): Promise<void> {
      const installation = find.installation(id);
      installation.permissions = { metadata: "read", ...granted };
      await announce(installation, "new_permissions_accepted");
    },

    /** Adds and removes repositories; an installation on all of them becomes one on some. */
    async changeRepositories(id: number, change: z.input<typeof REPOSITORY_CHANGE>): Promise<void> {
      const installation = find.installation(id);
      const { add, remove } = REPOSITORY_CHANGE.parse(change);
      const [added, removed] = [add, remove].map((names) => names.map(find.repository)) as [
        Repository[],
        Repository[],
      ];
      const foreign = added.find(({ ownerId }) => ownerId !== installation.accountId);
      if (foreign) throw invalid(`${world.fullName(foreign)} is not the account's.`);
      if (installation.selection === "all") {
        installation.repositoryIds = new Set(world.repositoriesOf(installation).map((one) => one.id));
        installation.selection = "selected";
      }
      for (const one of added) {
        installation.repositoryIds.add(one.id);
        installation.addedAt.set(one.id, world.clock.now());
      }
      for (const one of removed) installation.repositoryIds.delete(one.id);
      await announceChange(installation, "added", added);
      await announceChange(installation, "removed", removed);
    },
  };
}
