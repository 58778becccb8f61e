import type { Repository, Role } from "../state.ts";
import type { World } from "../world.ts";
import { accountJson } from "./account.ts";
import { iso, type Json, nodeId } from "./common.ts";
import { repositoryUrls } from "./repository-urls.ts";

/** Where the REST API has a repository. */
export const repositoryUrl = (world: World, repository: Repository): string =>
  `${world.url}/repos/${world.fullName(repository)}`;

/** A repository inside a workflow run. */
export function minimalRepositoryJson(world: World, repository: Repository): Json {
  const url = repositoryUrl(world, repository);
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: world.fullName(repository),
    private: repository.private,
    owner: accountJson(world, world.owner(repository)),
    html_url: `${world.url}/${world.fullName(repository)}`,
    description: null,
    fork: repository.fork,
    url,
    ...repositoryUrls(url),
  };
}

/** A repository as webhooks and lists show it. */
export function repositoryJson(world: World, repository: Repository): Json {
  const page = `${world.url}/${world.fullName(repository)}`;
  const openIssues = repository.issues.filter(({ state }) => state === "open").length;
  return {
    ...minimalRepositoryJson(world, repository),
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.updatedAt),
    pushed_at: iso(repository.pushedAt),
    git_url: `git:${page.replace(/^https?:/, "")}.git`,
    ssh_url: `git@${new URL(world.url).hostname}:${world.fullName(repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: repository.hasIssues,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: openIssues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? "private" : "public",
    forks: 0,
    open_issues: openIssues,
    watchers: 0,
    default_branch: repository.defaultBranch,
  };
}

/** A repository asked for by itself: https://docs.github.com/en/rest/repos/repos#get-a-repository */
export const fullRepositoryJson = (world: World, repository: Repository): Json => ({
  ...repositoryJson(world, repository),
  network_count: 0,
  subscribers_count: 0,
});

/** Returns the permissions of a role in GitHub's form. */
export const rightsJson = (role: Role | null): Json => ({
  admin: role === "admin",
  maintain: role === "admin" || role === "maintain",
  push: role === "admin" || role === "maintain" || role === "write",
  triage: role !== null && role !== "read",
  pull: role !== null,
});

/** A repository as `installation` webhooks list it. */
export const listedRepositoryJson = (world: World, repository: Repository): Json => ({
  id: repository.id,
  node_id: nodeId("Repository", repository.id),
  name: repository.name,
  full_name: world.fullName(repository),
  private: repository.private,
});

const epoch = (ms: number): number => Math.floor(ms / 1000);

/** A repository inside `push`, which has some of it otherwise. */
export function pushedRepositoryJson(world: World, repository: Repository): Json {
  const owner = world.owner(repository);
  return {
    ...repositoryJson(world, repository),
    owner: { ...accountJson(world, owner), name: owner.login, email: null },
    url: `${world.url}/${world.fullName(repository)}`,
    created_at: epoch(repository.createdAt),
    pushed_at: epoch(repository.pushedAt),
    stargazers: 0,
    master_branch: repository.defaultBranch,
    ...(owner.type === "Organization" ? { organization: owner.login } : {}),
  };
}
