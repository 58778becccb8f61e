import type { Account, Commit, Repository } from "../state.ts";
import type { World } from "../world.ts";
import { iso, type Json } from "./common.ts";

const personOf = (account: Account) => ({
  name: account.login,
  email: `${account.id}+${account.login}@users.noreply.github.com`,
});

/** A commit inside a workflow run. */
export function simpleCommitJson(world: World, commit: Commit): Json {
  const author = personOf(world.accounts.get(commit.authorId) as Account);
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    message: commit.message,
    timestamp: iso(commit.at),
    author,
    committer: author,
  };
}

/** A commit inside `push`, with what it changed. */
export function pushedCommitJson(
  world: World,
  repository: Repository,
  commit: Commit,
  before: Commit | undefined,
): Json {
  const account = world.accounts.get(commit.authorId) as Account;
  const author = { ...personOf(account), username: account.login };
  const old = before?.files ?? new Map<string, string>();
  const paths = [...commit.files.keys()];
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    distinct: true,
    message: commit.message,
    timestamp: iso(commit.at),
    url: `${world.url}/${world.fullName(repository)}/commit/${commit.sha}`,
    author,
    committer: author,
    added: paths.filter((path) => !old.has(path)),
    removed: [...old.keys()].filter((path) => !commit.files.has(path)),
    modified: paths.filter((path) => old.has(path) && old.get(path) !== commit.files.get(path)),
  };
}

export const pusherJson = (account: Account): Json => personOf(account);
