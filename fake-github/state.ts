import type { Guard } from "./guards.ts";
import type { JobResult } from "./runner/types.ts";

export type Level = "read" | "write" | "admin";
export type Permissions = Record<string, Level>;
export type Role = "read" | "triage" | "write" | "maintain" | "admin";

export interface Account {
  id: number;
  login: string;
  type: "User" | "Organization" | "Bot";
  /** GitHub confirmed that the organization owns its domain. */
  verified: boolean;
  /** An organization's people. */
  members: Map<number, "admin" | "member">;
  /** An organization's demands on a token, beside its rights. */
  guards: Set<Guard>;
  /** Organizations that a user has signed on to; tokens issued from now on reach them. */
  signedOnTo: Set<number>;
  createdAt: number;
}

/** One sending of a webhook, as GitHub's delivery log shows it. */
export interface HookDelivery {
  id: number;
  /** The same for every redelivery. */
  guid: string;
  hookId: number;
  event: string;
  action: string | null;
  deliveredAt: number;
  durationMs: number;
  redelivery: boolean;
  status: string;
  statusCode: number;
  repositoryId: number | null;
  installationId: number | null;
  request: { headers: Record<string, string>; body: string };
  response: { headers: Record<string, string>; body: string };
}

export interface Hook {
  id: number;
  /** Null for an App's own webhook. */
  repositoryId: number | null;
  /** The App it belongs to, or that placed it. */
  appId: number | null;
  url: string;
  secret: string | null;
  contentType: string;
  insecureSsl: string;
  events: string[];
  active: boolean;
  createdAt: number;
  updatedAt: number;
  deliveries: HookDelivery[];
}

export interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: string;
  message: string;
  title?: string;
  raw_details?: string;
}

export interface CheckRun {
  id: number;
  name: string;
  headSha: string;
  externalId: string | null;
  detailsUrl: string | null;
  status: string;
  conclusion: string | null;
  output: { title: string | null; summary: string | null; text: string | null; annotations: Annotation[] };
  appId: number;
  suiteId: number;
  startedAt: number;
  completedAt: number | null;
}

export interface IssueComment {
  id: number;
  body: string;
  authorId: number;
  createdAt: number;
  updatedAt: number;
}

export interface Issue {
  number: number;
  id: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: string | null;
  labels: string[];
  assignees: string[];
  comments: IssueComment[];
  authorId: number;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  closedById: number | null;
}

/** An accepted `repository_dispatch`. */
export interface Dispatch {
  at: number;
  eventType: string;
  clientPayload: Record<string, unknown>;
  /** Null where a user sent it. */
  appSlug: string | null;
  /** Runs that it started. */
  runIds: number[];
}

/** An accepted `workflow_dispatch`. */
export interface WorkflowDispatch {
  at: number;
  /** Path of the workflow file. */
  workflow: string;
  ref: string;
  inputs: Record<string, string>;
  /** Null where a user sent it. */
  appSlug: string | null;
  /** The run that it started. */
  runId: number;
}

export interface Commit {
  sha: string;
  treeSha: string;
  message: string;
  authorId: number;
  at: number;
  files: ReadonlyMap<string, string>;
  /** The commit that its branch was at before; null of a branch's first. */
  parent: string | null;
}

/** https://docs.github.com/en/rest/actions/workflows#list-repository-workflows */
export type DisabledState = "disabled_manually" | "disabled_inactivity" | "disabled_fork";

export interface Repository {
  id: number;
  name: string;
  ownerId: number;
  private: boolean;
  archived: boolean;
  fork: boolean;
  defaultBranch: string;
  commits: Map<string, Commit>;
  /** Branches to the commits they are at. */
  branches: Map<string, string>;
  /** Tags to their commits. */
  tags: Map<string, string>;
  hooks: Hook[];
  collaborators: Map<number, Role>;
  variables: Record<string, string>;
  secrets: Record<string, string>;
  dispatches: Dispatch[];
  workflowDispatches: WorkflowDispatch[];
  checkRuns: CheckRun[];
  /** True when issues are switched on, under Settings → General. */
  hasIssues: boolean;
  /** Why GitHub blocks access to it; null where it does not. */
  blocked: "dmca" | "tos" | null;
  issues: Issue[];
  workflowIds: Map<string, number>;
  /** Workflows that are switched off, each with GitHub's word for why. */
  disabledWorkflows: Map<string, DisabledState>;
  /** Custom properties that the owner includes in OIDC tokens, with the repository's values. */
  oidcProperties: Record<string, string>;
  /** The Actions policy in force; null where there is none. */
  actionsPolicy: ActionsPolicy | null;
  createdAt: number;
  updatedAt: number;
  pushedAt: number;
}

/** Names who and which events may start workflows: https://docs.github.com/en/actions/concepts/about-actions-policies */
export interface ActionsPolicy {
  /** Logins that may start workflows, Apps as `slug[bot]`; null: anybody. */
  actors: string[] | null;
  /** Events that may start workflows; null: any. */
  events: string[] | null;
}

export interface App {
  id: number;
  slug: string;
  name: string;
  description: string;
  homepage: string;
  ownerId: number;
  botId: number;
  clientId: string;
  clientSecret: string;
  privateKey: string;
  publicKey: string;
  hook: Hook;
  permissions: Permissions;
  events: string[];
  deviceFlow: boolean;
  callbackUrls: string[];
  createdAt: number;
}

export interface Installation {
  id: number;
  appId: number;
  accountId: number;
  permissions: Permissions;
  events: string[];
  selection: "all" | "selected";
  repositoryIds: Set<number>;
  /** When a repository was added to it, in milliseconds since the epoch; those it began with are not in here. */
  addedAt: Map<number, number>;
  suspendedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

export interface InstallationToken {
  kind: "installation";
  token: string;
  installationId: number;
  permissions: Permissions;
  /** Null: every repository of the installation. */
  repositoryIds: Set<number> | null;
  mintedAt: number;
  expiresAt: number;
}

export interface UserToken {
  kind: "user";
  token: string;
  appId: number;
  userId: number;
  createdAt: number;
  expiresAt: number;
  refreshToken: string;
  refreshExpiresAt: number;
  /** Organizations that its user had signed on to when it was issued. */
  signedOnTo: ReadonlySet<number>;
  /** Refreshed without a client secret. */
  viaDevice: boolean;
}

export interface RunAttemptState {
  attempt: number;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | null;
  startedAt: number;
  updatedAt: number;
  jobs: Record<string, JobResult>;
  log: string[];
}

export interface Run {
  id: number;
  repositoryId: number;
  workflowPath: string;
  name: string;
  event: string;
  /** The branch, or the tag that was pushed or released: GitHub calls both `head_branch`. */
  headBranch: string;
  ofTag: boolean;
  headSha: string;
  headRepositoryId: number;
  actorId: number;
  displayTitle: string;
  runNumber: number;
  suiteId: number;
  createdAt: number;
  attempts: RunAttemptState[];
  /** The event as the run's steps see it. */
  payload: Record<string, unknown>;
  /** True when its jobs may request an OIDC token, where somebody else executes them. */
  idToken: boolean;
}
