import { z } from "zod";
import type { GitHubParts } from "./context.ts";
import { GitHubError, invalid, notFound } from "./errors.ts";
import { accountJson, listedRepositoryJson, repositoryJson } from "./payloads.ts";
import { type Grants, IMPLICIT_EVENTS, issueUserToken, makeApp } from "./routes/users.ts";
import type {
  Account,
  App,
  HookDelivery,
  Installation,
  Permissions,
  Repository,
  Role,
  Run,
} from "./state.ts";

const permissions = z.record(z.string(), z.enum(["read", "write", "admin"]));

export const APP = z.object({
  name: z.string(),
  owner: z.string(),
  webhook_url: z.string().default(""),
  webhook_secret: z.string().optional(),
  permissions: permissions.default({}),
  events: z.array(z.string()).default([]),
  callback_urls: z.array(z.string()).default([]),
});
export const ACCOUNT = z.object({
  login: z.string(),
  type: z.enum(["User", "Organization"]).default("User"),
  is_verified: z.boolean().default(false),
});
export const REPOSITORY = z.object({
  owner: z.string(),
  name: z.string(),
  private: z.boolean().default(false),
  default_branch: z.string().default("main"),
  files: z.record(z.string(), z.string()).default({}),
  variables: z.record(z.string(), z.string()).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
  collaborators: z.record(z.string(), z.enum(["read", "triage", "write", "maintain", "admin"])).default({}),
});
export const INSTALLATION = z.object({
  app: z.string().describe("the App's slug"),
  account: z.string(),
  repositories: z.union([z.literal("all"), z.array(z.string())]).default("all"),
  permissions: permissions.optional(),
});
export const RUN = z.object({
  repository: z.string(),
  workflow: z.string().describe("path of the workflow file"),
  event: z.string().default("push"),
  head_branch: z.string().optional(),
  head_sha: z.string().optional(),
  fork: z.union([z.boolean(), z.string()]).default(false).describe("true, or the fork's owner/name"),
  actor: z.string().optional(),
  display_title: z.string().optional(),
  execute: z
    .boolean()
    .default(false)
    .describe("run the workflow file's steps, and complete with what comes of it"),
});

/** What can be done to this GitHub from outside, as functions; the control API calls the same. */
export class Control {
  readonly parts: GitHubParts;
  readonly grants: Grants;

  constructor(parts: GitHubParts, grants: Grants) {
    this.parts = parts;
    this.grants = grants;
  }

  get #world() {
    return this.parts.world;
  }

  account(login: string): Account {
    const account = this.#world.account(login);
    if (!account) throw invalid(`There is no account ${login}.`);
    return account;
  }

  repository(fullName: string): Repository {
    const repository = this.#world.repository(fullName);
    if (!repository) throw invalid(`There is no repository ${fullName}.`);
    return repository;
  }

  app(slug: string): App {
    const app = [...this.#world.apps.values()].find((one) => one.slug === slug);
    if (!app) throw invalid(`There is no App ${slug}.`);
    return app;
  }

  installation(id: number): Installation {
    const installation = this.#world.installations.get(id);
    if (!installation) throw notFound();
    return installation;
  }

  createAccount(input: z.input<typeof ACCOUNT>): Account {
    const { login, type, is_verified: verified } = ACCOUNT.parse(input);
    const known = this.#world.account(login);
    if (known) return known;
    const account: Account = { id: this.#world.id(), login, type, verified };
    this.#world.accounts.set(account.id, account);
    return account;
  }

  createApp(input: z.input<typeof APP>) {
    const wanted = APP.parse(input);
    const bad = wanted.events.filter((event) => IMPLICIT_EVENTS.has(event));
    if (bad.length > 0) throw invalid(`Default events unsupported: ${bad.join(", ")}`);
    const app = makeApp(this.#world, {
      name: wanted.name,
      ownerId: this.account(wanted.owner).id,
      webhookUrl: wanted.webhook_url,
      ...(wanted.webhook_secret ? { webhookSecret: wanted.webhook_secret } : {}),
      permissions: wanted.permissions,
      events: wanted.events,
      callbackUrls: wanted.callback_urls,
    });
    return {
      app_id: String(app.id),
      slug: app.slug,
      client_id: app.clientId,
      client_secret: app.clientSecret,
      private_key: app.privateKey,
      webhook_secret: app.hook.secret as string,
    };
  }

  setAppWebhook(slug: string, url: string): void {
    const { hook } = this.app(slug);
    hook.url = url;
    hook.active = url !== "";
  }

  createRepository(input: z.input<typeof REPOSITORY>): Repository {
    const wanted = REPOSITORY.parse(input);
    const owner = this.account(wanted.owner);
    if (this.#world.repository(`${wanted.owner}/${wanted.name}`))
      throw invalid("name already exists on this account");
    const repository: Repository = {
      id: this.#world.id(),
      name: wanted.name,
      ownerId: owner.id,
      private: wanted.private,
      archived: false,
      defaultBranch: wanted.default_branch,
      headSha: this.#world.sha(),
      files: new Map(Object.entries(wanted.files)),
      history: new Map(),
      hooks: [],
      collaborators: new Map(
        Object.entries(wanted.collaborators).map(([login, role]) => [this.account(login).id, role]),
      ),
      variables: { ...wanted.variables },
      secrets: { ...wanted.secrets },
      dispatches: [],
      checkRuns: [],
      issues: [],
      workflowIds: new Map(),
      createdAt: this.#world.clock.now(),
    };
    this.#world.repositories.set(repository.id, repository);
    return repository;
  }

  setRole(fullName: string, login: string, role: Role | null): void {
    const { collaborators } = this.repository(fullName);
    if (role === null) collaborators.delete(this.account(login).id);
    else collaborators.set(this.account(login).id, role);
  }

  /** Commits files to the default branch (null removes one) and tells Apps of the push. */
  async push(fullName: string, files: Record<string, string | null>, branch?: string) {
    const repository = this.repository(fullName);
    const before = repository.headSha;
    const onDefault = branch === undefined || branch === repository.defaultBranch;
    const changed = { added: [] as string[], modified: [] as string[], removed: [] as string[] };
    repository.history.set(before, new Map(repository.files));
    const after = this.#world.sha();
    for (const [path, text] of Object.entries(files)) {
      const kind = text === null ? "removed" : repository.files.has(path) ? "modified" : "added";
      changed[kind].push(path);
      if (onDefault) {
        if (text === null) repository.files.delete(path);
        else repository.files.set(path, text);
      }
    }
    if (onDefault) repository.headSha = after;
    const owner = this.#world.owner(repository);
    const timestamp = new Date(this.#world.clock.now()).toISOString();
    const author = {
      name: owner.login,
      email: `${owner.login}@users.noreply.example`,
      username: owner.login,
    };
    const url = `${this.#world.url}/${this.#world.fullName(repository)}/commit/${after}`;
    const commit = {
      id: after,
      tree_id: after,
      distinct: true,
      message: "Change files",
      timestamp,
      url,
      author,
      committer: author,
      ...changed,
    };
    const payload = {
      ref: `refs/heads/${branch ?? repository.defaultBranch}`,
      before,
      after,
      created: false,
      deleted: false,
      forced: false,
      base_ref: null,
      compare: url,
      commits: [commit],
      head_commit: commit,
      repository: repositoryJson(this.#world, repository),
      pusher: { name: owner.login, email: author.email },
      sender: accountJson(this.#world, owner),
    };
    await this.parts.webhooks.toApps(repository, "push", payload);
    return { sha: after };
  }

  async install(input: z.input<typeof INSTALLATION>): Promise<Installation> {
    const wanted = INSTALLATION.parse(input);
    const app = this.app(wanted.app);
    const account = this.account(wanted.account);
    if (this.#world.installationOf(app.id, account.id))
      throw invalid("The App is installed on this account already.");
    const installation: Installation = {
      id: this.#world.id(),
      appId: app.id,
      accountId: account.id,
      permissions: (wanted.permissions as Permissions | undefined) ?? { ...app.permissions },
      events: app.events,
      selection: wanted.repositories === "all" ? "all" : "selected",
      repositoryIds: new Set(
        wanted.repositories === "all" ? [] : wanted.repositories.map((name) => this.repository(name).id),
      ),
      suspendedAt: null,
      createdAt: this.#world.clock.now(),
    };
    this.#world.installations.set(installation.id, installation);
    await this.#tellInstallation(installation, "created", {
      repositories: this.#world
        .repositoriesOf(installation)
        .map((one) => listedRepositoryJson(this.#world, one)),
      requester: null,
    });
    return installation;
  }

  async #tellInstallation(
    installation: Installation,
    action: string,
    more: Record<string, unknown> = {},
  ): Promise<void> {
    const sender = accountJson(this.#world, this.#world.accounts.get(installation.accountId) as Account);
    await this.parts.webhooks.installation(installation, "installation", { action, ...more, sender });
  }

  async suspend(id: number): Promise<void> {
    const installation = this.installation(id);
    installation.suspendedAt = this.#world.clock.now();
    await this.#tellInstallation(installation, "suspend");
  }

  async unsuspend(id: number): Promise<void> {
    const installation = this.installation(id);
    installation.suspendedAt = null;
    await this.#tellInstallation(installation, "unsuspend");
  }

  async uninstall(id: number): Promise<void> {
    const installation = this.installation(id);
    const repositories = this.#world
      .repositoriesOf(installation)
      .map((one) => listedRepositoryJson(this.#world, one));
    this.#world.installations.delete(id);
    for (const [token, one] of this.#world.tokens) {
      if (one.kind === "installation" && one.installationId === id) this.#world.tokens.delete(token);
    }
    await this.#tellInstallation(installation, "deleted", { repositories });
  }

  async setPermissions(id: number, granted: Permissions): Promise<void> {
    const installation = this.installation(id);
    installation.permissions = { metadata: "read", ...granted };
    await this.#tellInstallation(installation, "new_permissions_accepted");
  }

  /** Adds repositories to an installation or removes them; an installation on all of them becomes one on some. */
  async changeRepositories(id: number, change: { add?: string[]; remove?: string[] }): Promise<void> {
    const installation = this.installation(id);
    if (installation.selection === "all") {
      installation.repositoryIds = new Set(this.#world.repositoriesOf(installation).map((one) => one.id));
      installation.selection = "selected";
    }
    const added = (change.add ?? []).map((name) => this.repository(name));
    const removed = (change.remove ?? []).map((name) => this.repository(name));
    for (const one of added) installation.repositoryIds.add(one.id);
    for (const one of removed) installation.repositoryIds.delete(one.id);
    const sender = accountJson(this.#world, this.#world.accounts.get(installation.accountId) as Account);
    const tell = (action: string, plus: Repository[], minus: Repository[]) =>
      this.parts.webhooks.installation(installation, "installation_repositories", {
        action,
        repository_selection: installation.selection,
        repositories_added: plus.map((one) => listedRepositoryJson(this.#world, one)),
        repositories_removed: minus.map((one) => listedRepositoryJson(this.#world, one)),
        requester: null,
        sender,
      });
    if (added.length > 0) await tell("added", added, []);
    if (removed.length > 0) await tell("removed", [], removed);
  }

  async #tellRepository(repository: Repository, action: string, changes?: object): Promise<void> {
    await this.parts.webhooks.toApps(repository, "repository", {
      action,
      ...(changes ? { changes } : {}),
      repository: repositoryJson(this.#world, repository),
      sender: accountJson(this.#world, this.#world.owner(repository)),
    });
  }

  async renameRepository(fullName: string, name: string): Promise<void> {
    const repository = this.repository(fullName);
    const from = repository.name;
    repository.name = name;
    await this.#tellRepository(repository, "renamed", { repository: { name: { from } } });
  }

  /** Moves a repository to another owner. Its webhooks move along; the installation it leaves loses it. */
  async transferRepository(fullName: string, to: string): Promise<void> {
    const repository = this.repository(fullName);
    const from = this.#world.owner(repository);
    const left = [...this.#world.installations.values()].filter((one) =>
      this.#world.reaches(one, repository),
    );
    repository.ownerId = this.account(to).id;
    for (const installation of left) {
      installation.repositoryIds.delete(repository.id);
      await this.parts.webhooks.installation(installation, "installation_repositories", {
        action: "removed",
        repository_selection: installation.selection,
        repositories_added: [],
        repositories_removed: [listedRepositoryJson(this.#world, repository)],
        requester: null,
        sender: accountJson(this.#world, from),
      });
    }
    await this.#tellRepository(repository, "transferred", {
      owner: {
        from:
          from.type === "User"
            ? { user: accountJson(this.#world, from) }
            : { organization: accountJson(this.#world, from) },
      },
    });
  }

  async deleteRepository(fullName: string): Promise<void> {
    const repository = this.repository(fullName);
    await this.#tellRepository(repository, "deleted");
    this.#world.repositories.delete(repository.id);
  }

  async setVisibility(fullName: string, isPrivate: boolean): Promise<void> {
    const repository = this.repository(fullName);
    repository.private = isPrivate;
    await this.#tellRepository(repository, isPrivate ? "privatized" : "publicized");
  }

  async renameAccount(login: string, to: string): Promise<void> {
    const account = this.account(login);
    const from = account.login;
    account.login = to;
    for (const installation of this.#world.installations.values()) {
      if (installation.accountId !== account.id) continue;
      await this.parts.webhooks.installation(installation, "installation_target", {
        action: "renamed",
        account: accountJson(this.#world, account),
        changes: { login: { from } },
        target_type: account.type,
        sender: accountJson(this.#world, account),
      });
    }
  }

  /** Removes a webhook as an owner would, behind the App's back. */
  deleteHook(fullName: string, hookId: number): void {
    const repository = this.repository(fullName);
    repository.hooks = repository.hooks.filter(({ id }) => id !== hookId);
  }

  userToken(login: string, clientId: string): string {
    const app = [...this.#world.apps.values()].find((one) => one.clientId === clientId);
    if (!app) throw invalid(`There is no App with client id ${clientId}.`);
    return issueUserToken(this.#world, app, this.account(login).id).token;
  }

  approveDevice(userCode: string, login: string): void {
    const grant = [...this.grants.devices.values()].find((one) => one.userCode === userCode);
    if (!grant) throw notFound();
    grant.userId = this.account(login).id;
  }

  #forkOf(repository: Repository, fork: boolean | string): Repository | undefined {
    if (fork === false) return undefined;
    const name =
      typeof fork === "string" ? fork : `fork-of-${this.#world.owner(repository).login}/${repository.name}`;
    const [owner, repo] = name.split("/") as [string, string];
    this.createAccount({ login: owner });
    return this.#world.repository(name) ?? this.createRepository({ owner, name: repo });
  }

  async startRun(input: z.input<typeof RUN>): Promise<Run> {
    const wanted = RUN.parse(input);
    const repository = this.repository(wanted.repository);
    const head = this.#forkOf(repository, wanted.fork);
    return await this.parts.runs.start({
      repository,
      workflow: wanted.workflow,
      event: wanted.event,
      ...(wanted.head_branch ? { headBranch: wanted.head_branch } : {}),
      ...(wanted.head_sha ? { headSha: wanted.head_sha } : {}),
      ...(wanted.display_title ? { displayTitle: wanted.display_title } : {}),
      ...(head ? { head } : {}),
      ...(wanted.actor ? { actor: this.account(wanted.actor) } : {}),
    });
  }

  /** A run as the control API answers it: with what its steps need. */
  runAnswer(run: Run) {
    return {
      run_id: run.id,
      run_attempt: this.parts.runs.latest(run).attempt,
      status: this.parts.runs.latest(run).status,
      conclusion: this.parts.runs.latest(run).conclusion,
      env: this.parts.runs.environment(run),
    };
  }

  async completeRun(id: number, conclusion: string): Promise<(HookDelivery | null)[]> {
    return await this.parts.runs.complete(this.parts.runs.find(id), conclusion);
  }

  async rerun(id: number, options: { failed_only?: boolean; execute?: boolean } = {}): Promise<Run> {
    const run = this.parts.runs.find(id);
    await this.parts.runs.rerun(run);
    if (options.execute) await this.parts.runs.execute(run, options.failed_only ?? false);
    return run;
  }

  /** Every webhook sent and still in the log, oldest first. */
  deliveries(filter: { event?: string; repository?: string; hook?: number } = {}): HookDelivery[] {
    const repositoryId = filter.repository === undefined ? undefined : this.repository(filter.repository).id;
    const hooks = [
      ...[...this.#world.apps.values()].map(({ hook }) => hook),
      ...[...this.#world.repositories.values()].flatMap(({ hooks: placed }) => placed),
    ];
    return hooks
      .flatMap((hook) => hook.deliveries)
      .filter((one) => filter.event === undefined || one.event === filter.event)
      .filter((one) => filter.hook === undefined || one.hookId === filter.hook)
      .filter((one) => repositoryId === undefined || one.repositoryId === repositoryId)
      .sort((a, b) => a.id - b.id);
  }

  async redeliver(id: number): Promise<HookDelivery | null> {
    const hooks = [
      ...[...this.#world.apps.values()].map(({ hook }) => hook),
      ...[...this.#world.repositories.values()].flatMap(({ hooks: placed }) => placed),
    ];
    for (const hook of hooks) {
      const delivery = hook.deliveries.find((one) => one.id === id);
      if (delivery) return await this.parts.webhooks.redeliver(hook, delivery);
    }
    throw new GitHubError(404, "There is no such delivery.");
  }

  /** Resolves once no webhook and no workflow is on its way. */
  async idle(): Promise<void> {
    await this.parts.runs.idle();
    await this.parts.webhooks.idle();
    await this.parts.runs.idle();
  }
}
