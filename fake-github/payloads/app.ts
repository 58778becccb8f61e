import type { Account, App, Installation } from "../state.ts";
import type { World } from "../world.ts";
import { accountJson } from "./account.ts";
import { iso, isoOrNull, type Json, nodeId } from "./common.ts";

/** https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app */
export const appJson = (world: World, app: App): Json => ({
  id: app.id,
  client_id: app.clientId,
  slug: app.slug,
  node_id: nodeId("Integration", app.id),
  owner: accountJson(world, world.accounts.get(app.ownerId) as Account),
  name: app.name,
  description: app.description,
  external_url: app.homepage,
  html_url: `${world.url}/${world.settings.appPages}/${app.slug}`,
  created_at: iso(app.createdAt),
  updated_at: iso(app.createdAt),
  permissions: app.permissions,
  events: app.events,
});

/** https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app */
export function installationJson(world: World, installation: Installation): Json {
  const account = world.accounts.get(installation.accountId) as Account;
  const app = world.appOf(installation);
  const settings = account.type === "Organization" ? `organizations/${account.login}/settings` : "settings";
  return {
    id: installation.id,
    client_id: app.clientId,
    account: accountJson(world, account),
    repository_selection: installation.selection,
    access_tokens_url: `${world.url}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/${settings}/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: installation.events,
    created_at: iso(installation.createdAt),
    updated_at: iso(installation.updatedAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === null ? null : accountJson(world, account),
    suspended_at: isoOrNull(installation.suspendedAt),
  };
}

/** The little of an installation that webhooks of repositories carry to Apps. */
export const installationLiteJson = (installation: Installation): Json => ({
  id: installation.id,
  node_id: nodeId("IntegrationInstallation", installation.id),
});
