import type { Account } from "../state.ts";
import type { World } from "../world.ts";
import { iso, type Json, nodeId } from "./common.ts";

/** An account as it appears inside everything else. */
export function accountJson(world: World, account: Account): Json {
  const url = `${world.url}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    avatar_url: `${world.url}/avatars/u/${account.id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `${world.url}/${account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    site_admin: false,
  };
}

const repositoriesOf = (world: World, account: Account, isPrivate: boolean): number =>
  [...world.repositories.values()].filter((one) => one.ownerId === account.id && one.private === isPrivate)
    .length;

/** An account as everybody sees it: https://docs.github.com/en/rest/users/users#get-a-user */
export const publicUserJson = (world: World, account: Account): Json => ({
  ...accountJson(world, account),
  user_view_type: "public",
  name: account.login,
  company: null,
  blog: "",
  location: null,
  email: null,
  hireable: null,
  bio: null,
  twitter_username: null,
  public_repos: repositoriesOf(world, account, false),
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: iso(account.createdAt),
  updated_at: iso(account.createdAt),
});

/** An organization as it appears inside webhooks and memberships. */
export function organizationJson(world: World, account: Account): Json {
  const url = `${world.url}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.url}/avatars/u/${account.id}?v=4`,
    description: "",
  };
}

/** https://docs.github.com/en/rest/orgs/orgs#get-an-organization */
export const fullOrganizationJson = (world: World, account: Account): Json => ({
  ...organizationJson(world, account),
  name: account.login,
  is_verified: account.verified,
  has_organization_projects: true,
  has_repository_projects: true,
  public_repos: repositoriesOf(world, account, false),
  public_gists: 0,
  followers: 0,
  following: 0,
  html_url: `${world.url}/${account.login}`,
  type: account.type,
  created_at: iso(account.createdAt),
  updated_at: iso(account.createdAt),
  archived_at: null,
});
