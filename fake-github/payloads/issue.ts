import type { Account, Issue, IssueComment, Repository } from "../state.ts";
import type { World } from "../world.ts";
import { accountJson } from "./account.ts";
import { iso, isoOrNull, type Json, nodeId } from "./common.ts";
import { repositoryUrl } from "./repository.ts";

const userOf = (world: World, id: number): Json => accountJson(world, world.accounts.get(id) as Account);

const labelJson = (base: string, name: string): Json => ({
  id: 1,
  node_id: nodeId("Label", 1),
  url: `${base}/labels/${encodeURIComponent(name)}`,
  name,
  description: null,
  color: "ededed",
  default: false,
});

/** https://docs.github.com/en/rest/issues/issues#get-an-issue */
export function issueJson(world: World, repository: Repository, issue: Issue): Json {
  const base = repositoryUrl(world, repository);
  const url = `${base}/issues/${issue.number}`;
  const assignees = issue.assignees.flatMap((login) => world.account(login) ?? []);
  return {
    url,
    repository_url: base,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: `${world.url}/${world.fullName(repository)}/issues/${issue.number}`,
    id: issue.id,
    node_id: nodeId("Issue", issue.id),
    number: issue.number,
    title: issue.title,
    user: userOf(world, issue.authorId),
    labels: issue.labels.map((name) => labelJson(base, name)),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: assignees[0] ? accountJson(world, assignees[0]) : null,
    assignees: assignees.map((account) => accountJson(world, account)),
    milestone: null,
    comments: issue.comments.length,
    created_at: iso(issue.createdAt),
    updated_at: iso(issue.updatedAt),
    closed_at: isoOrNull(issue.closedAt),
    author_association: "NONE",
    body: issue.body,
    closed_by: issue.closedById === null ? null : userOf(world, issue.closedById),
    performed_via_github_app: null,
  };
}

/** https://docs.github.com/en/rest/issues/comments */
export function commentJson(world: World, repository: Repository, issue: Issue, comment: IssueComment): Json {
  const base = repositoryUrl(world, repository);
  const page = `${world.url}/${world.fullName(repository)}/issues/${issue.number}`;
  return {
    url: `${base}/issues/comments/${comment.id}`,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: `${base}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    user: userOf(world, comment.authorId),
    created_at: iso(comment.createdAt),
    updated_at: iso(comment.updatedAt),
    author_association: "NONE",
    body: comment.body,
    performed_via_github_app: null,
  };
}
