import { randomBytes } from "node:crypto";
import type { Clock } from "../../app/domain/clock.ts";
import type { JobResult } from "./runner/types.ts";

export type Level = "read" | "write" | "admin";
export type Permissions = Record<string, Level>;
export type Role = "read" | "triage" | "write" | "maintain" | "admin";

export interface Account {
  id: number;
  login: string;
  type: "User" | "Organization" | "Bot";
  verified: boolean;
}

/** One sending of a webhook, as GitHub's delivery log shows it. */
export interface HookDelivery {
  id: number;
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

export interface CheckRun {
  id: number;
  name: string;
  headSha: string;
  status: string;
  conclusion: string | null;
  output: { title: string | null; summary: string | null; text: string | null; annotations: object[] };
  appId: number;
  startedAt: number;
  completedAt: number | null;
}

export interface Issue {
  number: number;
  id: number;
  title: string;
  body: string;
  state: "open" | "closed";
  labels: string[];
  comments: { id: number; body: string; createdAt: number }[];
  createdAt: number;
  updatedAt: number;
}

export interface Dispatch {
  at: number;
  eventType: string;
  clientPayload: Record<string, unknown>;
  appSlug: string | null;
  /** Runs that it started. */
  runIds: number[];
}

export interface Repository {
  id: number;
  name: string;
  ownerId: number;
  private: boolean;
  archived: boolean;
  defaultBranch: string;
  headSha: string;
  files: Map<string, string>;
  /** Content at earlier commits. */
  history: Map<string, Map<string, string>>;
  hooks: Hook[];
  collaborators: Map<number, Role>;
  variables: Record<string, string>;
  secrets: Record<string, string>;
  dispatches: Dispatch[];
  checkRuns: CheckRun[];
  issues: Issue[];
  workflowIds: Map<string, number>;
  createdAt: number;
}

export interface App {
  id: number;
  slug: string;
  name: string;
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
}

export interface Installation {
  id: number;
  appId: number;
  accountId: number;
  permissions: Permissions;
  events: string[];
  selection: "all" | "selected";
  repositoryIds: Set<number>;
  suspendedAt: number | null;
  createdAt: number;
}

export interface InstallationToken {
  kind: "installation";
  token: string;
  installationId: number;
  permissions: Permissions;
  /** Null: every repository of the installation. */
  repositoryIds: Set<number> | null;
  expiresAt: number;
}

export interface UserToken {
  kind: "user";
  token: string;
  appId: number;
  userId: number;
  expiresAt: number;
  refreshToken: string;
  refreshExpiresAt: number;
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
  headBranch: string;
  headSha: string;
  headRepositoryId: number;
  actorId: number;
  displayTitle: string;
  runNumber: number;
  createdAt: number;
  attempts: RunAttemptState[];
  /** The event as the run's steps see it. */
  payload: Record<string, unknown>;
}

export interface Settings {
  /** Added to every REST answer, in milliseconds. */
  latencyMs: number;
  webhookTimeoutMs: number;
  /** Primary limit: requests an hour and installation. */
  requestsPerHour: number;
  /** Secondary limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
  pointsPerMinute: number;
  contentPerMinute: number;
  contentPerHour: number;
  concurrent: number;
  /** Whether dispatches start the workflows that listen to them. */
  runWorkflows: boolean;
}

export const DEFAULTS: Settings = {
  latencyMs: 0,
  webhookTimeoutMs: 10_000,
  requestsPerHour: 5000,
  pointsPerMinute: 900,
  contentPerMinute: 80,
  contentPerHour: 500,
  concurrent: 100,
  runWorkflows: true,
};

/** Everything this GitHub knows. */
export class World {
  readonly clock: Clock;
  url = "";
  settings: Settings = { ...DEFAULTS };
  localActions: Record<string, string> = {};
  readonly accounts = new Map<number, Account>();
  readonly repositories = new Map<number, Repository>();
  readonly apps = new Map<number, App>();
  readonly installations = new Map<number, Installation>();
  readonly tokens = new Map<string, InstallationToken | UserToken>();
  readonly runs = new Map<number, Run>();
  #nextId = 1000;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  id(): number {
    return this.#nextId++;
  }

  /** Big ids, as runs and webhook deliveries have them. */
  bigId(): number {
    return 17_000_000_000 + this.#nextId++;
  }

  sha(): string {
    return randomBytes(20).toString("hex");
  }

  account(login: string): Account | undefined {
    return [...this.accounts.values()].find((account) => account.login.toLowerCase() === login.toLowerCase());
  }

  owner(repository: Repository): Account {
    return this.accounts.get(repository.ownerId) as Account;
  }

  fullName(repository: Repository): string {
    return `${this.owner(repository).login}/${repository.name}`;
  }

  repository(fullName: string): Repository | undefined {
    return [...this.repositories.values()].find(
      (repository) => this.fullName(repository).toLowerCase() === fullName.toLowerCase(),
    );
  }

  /** Whether an installation reaches a repository. */
  reaches(installation: Installation, repository: Repository): boolean {
    return (
      installation.accountId === repository.ownerId &&
      (installation.selection === "all" || installation.repositoryIds.has(repository.id))
    );
  }

  repositoriesOf(installation: Installation): Repository[] {
    return [...this.repositories.values()].filter((repository) => this.reaches(installation, repository));
  }

  installationOf(appId: number, accountId: number): Installation | undefined {
    return [...this.installations.values()].find((one) => one.appId === appId && one.accountId === accountId);
  }

  /** A user's role on a repository; public reading is `read`. */
  role(userId: number, repository: Repository): Role | null {
    if (repository.ownerId === userId) return "admin";
    return repository.collaborators.get(userId) ?? (repository.private ? null : "read");
  }

  workflowId(repository: Repository, path: string): number {
    const known = repository.workflowIds.get(path) ?? this.id();
    repository.workflowIds.set(path, known);
    return known;
  }
}
