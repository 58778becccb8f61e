import { randomBytes } from "node:crypto";
import type { z } from "zod";
import type { GitHubParts } from "../context.ts";
import { invalid } from "../errors.ts";
import { accountJson } from "../payloads/account.ts";
import { pushedCommitJson, pusherJson } from "../payloads/commit.ts";
import { listedRepositoryJson, pushedRepositoryJson } from "../payloads/repository.ts";
import type { Account, ActionsPolicy, Commit, DisabledState, Repository, Role } from "../state.ts";
import type { World } from "../world.ts";
import { lookups } from "./lookups.ts";
import { REPOSITORY } from "./schemas.ts";

const newSha = (): string => randomBytes(20).toString("hex");

/** Adds a commit to a branch, which is made where it is not there. */
export function commit(
  world: World,
  repository: Repository,
  branch: string,
  files: ReadonlyMap<string, string>,
  about: { message: string; author: Account; sha?: string },
): Commit {
  const made: Commit = {
    sha: about.sha ?? newSha(),
    treeSha: newSha(),
    message: about.message,
    authorId: about.author.id,
    at: world.clock.now(),
    files,
    parent: repository.branches.get(branch) ?? null,
  };
  repository.commits.set(made.sha, made);
  repository.branches.set(branch, made.sha);
  repository.pushedAt = made.at;
  return made;
}

/** Repositories: their files, people, names and owners. */
export function repositoryControl({ world, webhooks }: GitHubParts) {
  const find = lookups(world);
  const announce = async (repository: Repository, action: string, changes?: object): Promise<void> => {
    repository.updatedAt = world.clock.now();
    await webhooks.ofRepository(repository, "repository", { action, ...(changes ? { changes } : {}) });
  };
  return {
    repository: find.repository,

    /** Makes a repository with files on its default branch; Apps on all of the owner's hear of it. */
    createRepository(input: z.input<typeof REPOSITORY>, fork = false): Repository {
      const wanted = REPOSITORY.parse(input);
      const owner = find.account(wanted.owner);
      if (world.repository(`${wanted.owner}/${wanted.name}`))
        throw invalid("name already exists on this account");
      const now = world.clock.now();
      const people = Object.entries(wanted.collaborators);
      const repository: Repository = {
        id: world.id(),
        name: wanted.name,
        ownerId: owner.id,
        private: wanted.private,
        archived: false,
        fork,
        defaultBranch: wanted.default_branch,
        commits: new Map(),
        branches: new Map(),
        tags: new Map(),
        hooks: [],
        collaborators: new Map(people.map(([login, role]) => [find.account(login).id, role])),
        variables: { ...wanted.variables },
        secrets: { ...wanted.secrets },
        dispatches: [],
        workflowDispatches: [],
        checkRuns: [],
        hasIssues: true,
        blocked: null,
        issues: [],
        workflowIds: new Map(),
        disabledWorkflows: new Map(),
        oidcProperties: { ...wanted.oidc_properties },
        actionsPolicy: null,
        createdAt: now,
        updatedAt: now,
        pushedAt: now,
      };
      world.repositories.set(repository.id, repository);
      const files = new Map(Object.entries(wanted.files));
      commit(world, repository, wanted.default_branch, files, { message: "Initial commit", author: owner });
      void announce(repository, "created");
      return repository;
    },

    /** Commits files to a branch, the default one unless named (null removes a file), and tells webhooks of the push. */
    async push(
      fullName: string,
      files: Record<string, string | null>,
      branch?: string,
      about: { message?: string; actor?: string } = {},
    ): Promise<{ sha: string; before: string }> {
      const repository = find.repository(fullName);
      const author = about.actor ? find.account(about.actor) : world.owner(repository);
      const on = branch ?? repository.defaultBranch;
      const before = world.head(repository, on);
      const base = before ?? world.head(repository);
      const next = new Map(base?.files);
      for (const [path, text] of Object.entries(files)) {
        if (text === null) next.delete(path);
        else next.set(path, text);
      }
      const made = commit(world, repository, on, next, {
        message: about.message ?? "Change files",
        author,
      });
      const head = pushedCommitJson(world, repository, made, base);
      const beforeSha = before?.sha ?? "0".repeat(40);
      await webhooks.ofRepository(
        repository,
        "push",
        {
          ref: `refs/heads/${on}`,
          before: beforeSha,
          after: made.sha,
          repository: pushedRepositoryJson(world, repository),
          pusher: pusherJson(author),
          created: before === undefined,
          deleted: false,
          forced: false,
          base_ref: null,
          compare: `${world.url}/${world.fullName(repository)}/compare/${beforeSha.slice(0, 12)}...${made.sha.slice(0, 12)}`,
          commits: [head],
          head_commit: head,
        },
        author,
      );
      return { sha: made.sha, before: beforeSha };
    },

    /** Sets Actions variables (`vars`); those not named stay. */
    setVariables(fullName: string, variables: Record<string, string>): void {
      Object.assign(find.repository(fullName).variables, variables);
    },

    /** Gives a user a role; null takes it. */
    setRole(fullName: string, login: string, role: Role | null): void {
      const { collaborators } = find.repository(fullName);
      if (role === null) collaborators.delete(find.account(login).id);
      else collaborators.set(find.account(login).id, role);
    },

    /** Makes another branch the default one, which is made from the old where it is not there. */
    async setDefaultBranch(fullName: string, branch: string): Promise<void> {
      const repository = find.repository(fullName);
      const from = repository.defaultBranch;
      const head = world.head(repository)?.sha as string;
      if (!repository.branches.has(branch)) repository.branches.set(branch, head);
      repository.defaultBranch = branch;
      await announce(repository, "edited", { default_branch: { from } });
    },

    async renameRepository(fullName: string, name: string): Promise<void> {
      const repository = find.repository(fullName);
      const from = repository.name;
      world.formerNames.set(world.fullName(repository).toLowerCase(), repository.id);
      repository.name = name;
      await announce(repository, "renamed", { repository: { name: { from } } });
    },

    /** Moves a repository to another owner. Its webhooks move along; the installation it leaves loses it. */
    async transferRepository(fullName: string, to: string): Promise<void> {
      const repository = find.repository(fullName);
      const from = world.owner(repository);
      const left = [...world.installations.values()].filter((one) => world.reaches(one, repository));
      world.formerNames.set(world.fullName(repository).toLowerCase(), repository.id);
      repository.ownerId = find.account(to).id;
      for (const installation of left) {
        installation.repositoryIds.delete(repository.id);
        await webhooks.ofInstallation(installation, "installation_repositories", {
          action: "removed",
          repository_selection: installation.selection,
          repositories_added: [],
          repositories_removed: [listedRepositoryJson(world, repository)],
          requester: null,
        });
      }
      const was = from.type === "User" ? "user" : "organization";
      await announce(repository, "transferred", { owner: { from: { [was]: accountJson(world, from) } } });
    },

    async deleteRepository(fullName: string): Promise<void> {
      const repository = find.repository(fullName);
      await announce(repository, "deleted");
      world.repositories.delete(repository.id);
      for (const installation of world.installations.values()) {
        installation.repositoryIds.delete(repository.id);
      }
    },

    async setVisibility(fullName: string, isPrivate: boolean): Promise<void> {
      const repository = find.repository(fullName);
      repository.private = isPrivate;
      await announce(repository, isPrivate ? "privatized" : "publicized");
    },

    async setArchived(fullName: string, archived: boolean): Promise<void> {
      const repository = find.repository(fullName);
      repository.archived = archived;
      await announce(repository, archived ? "archived" : "unarchived");
    },

    /** Blocks access to a repository, as GitHub does, or allows it again where `reason` is null; no webhook says so. */
    setBlocked(fullName: string, reason: Repository["blocked"]): void {
      find.repository(fullName).blocked = reason;
    },

    /** Switches a workflow off, or on again where `state` is null. */
    setWorkflowState(fullName: string, path: string, state: DisabledState | null): void {
      const { disabledWorkflows } = find.repository(fullName);
      if (state === null) disabledWorkflows.delete(path);
      else disabledWorkflows.set(path, state);
    },

    /** Sets who and which events may start a repository's workflows; null lifts it. */
    setActionsPolicy(fullName: string, policy: ActionsPolicy | null): void {
      find.repository(fullName).actionsPolicy = policy;
    },

    /** Removes a webhook as an owner would, behind the App's back. */
    async deleteHook(fullName: string, hookId: number): Promise<void> {
      const repository = find.repository(fullName);
      const hook = repository.hooks.find(({ id }) => id === hookId);
      if (!hook) throw invalid(`${fullName} has no webhook ${hookId}.`);
      repository.hooks = repository.hooks.filter((one) => one !== hook);
      await webhooks.hookDeleted(repository, hook);
    },
  };
}
