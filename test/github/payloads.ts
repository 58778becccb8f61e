import { createRequire } from "node:module";
import type {
  Account,
  App,
  Hook,
  HookDelivery,
  Installation,
  Repository,
  Run,
  RunAttemptState,
  World,
} from "./state.ts";

type Json = Record<string, unknown>;

/** GitHub's own examples, so that what is sent has the same fields with the same types. */
const EXAMPLES = createRequire(import.meta.url)("@octokit/webhooks-examples") as {
  name: string;
  examples: (Json & { action?: string })[];
}[];

/** The newest example of an event (and action) that GitHub published. */
export function example(name: string, action?: string): Json {
  const all = EXAMPLES.find((event) => event.name === name)?.examples ?? [];
  const fitting = all.filter((one) => action === undefined || one.action === action);
  const ofRepository = (one: Json): boolean =>
    "repository" in one && (one.hook as { type?: string } | undefined)?.type !== "App";
  const found = fitting.findLast(ofRepository) ?? fitting.at(-1);
  if (!found) throw new Error(`There is no example of ${name} ${action ?? ""}.`);
  return found;
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

/** Takes an example and says it of somebody else: every name and address in it is replaced. */
function retell(template: Json, replacements: readonly (readonly [string, string])[]): Json {
  let text = JSON.stringify(template);
  for (const [from, to] of replacements) if (from) text = text.replaceAll(from, to);
  return JSON.parse(text) as Json;
}

const REPOSITORY = example("workflow_run", "completed").repository as Json;
const RUN = example("workflow_run", "completed").workflow_run as Json;
const WORKFLOW = example("workflow_run", "completed").workflow as Json;
const INSTALLATION = example("installation", "suspend").installation as Json;

const hosts = (world: World) =>
  [
    ["https://api.github.com", world.url],
    ["https://github.com", world.url],
  ] as const;

export function accountJson(world: World, account: Account): Json {
  const template = REPOSITORY.owner as Json;
  return {
    ...retell(template, [...hosts(world), [String(template.login), account.login]]),
    id: account.id,
    login: account.login,
    type: account.type,
  };
}

export function repositoryJson(world: World, repository: Repository): Json {
  const owner = world.owner(repository);
  const template = REPOSITORY as Json & { owner: Json };
  return {
    ...retell(template, [
      ...hosts(world),
      [String(template.full_name), world.fullName(repository)],
      [String(template.owner.login), owner.login],
    ]),
    id: repository.id,
    name: repository.name,
    full_name: world.fullName(repository),
    private: repository.private,
    visibility: repository.private ? "private" : "public",
    archived: repository.archived,
    default_branch: repository.defaultBranch,
    owner: accountJson(world, owner),
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.createdAt),
    pushed_at: iso(world.clock.now()),
  };
}

/** Fields of a repository inside `workflow_run`. */
const MINIMAL = Object.keys(RUN.repository as Json);

const minimalRepositoryJson = (world: World, repository: Repository): Json => {
  const whole = repositoryJson(world, repository);
  return Object.fromEntries(MINIMAL.map((field) => [field, whole[field] ?? null]));
};

export function runJson(world: World, run: Run, attempt: RunAttemptState): Json {
  const repository = world.repositories.get(run.repositoryId) as Repository;
  const head = world.repositories.get(run.headRepositoryId) as Repository;
  const actor = accountJson(world, world.accounts.get(run.actorId) as Account);
  const template = RUN as Json & { repository: Json; head_commit: Json };
  const address = `${world.url}/repos/${world.fullName(repository)}/actions/runs/${run.id}`;
  return {
    ...retell(template, [
      ...hosts(world),
      [String(template.repository.full_name), world.fullName(repository)],
      [String(template.id), String(run.id)],
    ]),
    id: run.id,
    name: run.name,
    path: run.workflowPath,
    display_title: run.displayTitle,
    run_number: run.runNumber,
    run_attempt: attempt.attempt,
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    head_branch: run.headBranch,
    head_sha: run.headSha,
    head_commit: { ...template.head_commit, id: run.headSha, timestamp: iso(run.createdAt) },
    workflow_id: world.workflowId(repository, run.workflowPath),
    url: address,
    html_url: `${world.url}/${world.fullName(repository)}/actions/runs/${run.id}`,
    previous_attempt_url: attempt.attempt > 1 ? `${address}/attempts/${attempt.attempt - 1}` : null,
    pull_requests: [],
    created_at: iso(run.createdAt),
    run_started_at: iso(attempt.startedAt),
    updated_at: iso(attempt.updatedAt),
    actor,
    triggering_actor: actor,
    repository: minimalRepositoryJson(world, repository),
    head_repository: minimalRepositoryJson(world, head),
  };
}

export function workflowJson(world: World, repository: Repository, path: string, name: string): Json {
  const template = WORKFLOW;
  const id = world.workflowId(repository, path);
  return {
    ...template,
    id,
    name,
    path,
    state: "active",
    url: `${world.url}/repos/${world.fullName(repository)}/actions/workflows/${id}`,
    html_url: `${world.url}/${world.fullName(repository)}/blob/${repository.defaultBranch}/${path}`,
    badge_url: `${world.url}/${world.fullName(repository)}/workflows/${encodeURIComponent(name)}/badge.svg`,
  };
}

export function installationJson(world: World, installation: Installation): Json {
  const account = world.accounts.get(installation.accountId) as Account;
  const app = world.apps.get(installation.appId) as App;
  return {
    ...retell(INSTALLATION, hosts(world)),
    id: installation.id,
    account: accountJson(world, account),
    repository_selection: installation.selection,
    access_tokens_url: `${world.url}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: installation.events,
    created_at: iso(installation.createdAt),
    updated_at: iso(world.clock.now()),
    suspended_at: installation.suspendedAt === null ? null : iso(installation.suspendedAt),
    suspended_by: installation.suspendedAt === null ? null : accountJson(world, account),
  };
}

export function appJson(world: World, app: App): Json {
  return {
    id: app.id,
    slug: app.slug,
    node_id: Buffer.from(`App${app.id}`).toString("base64"),
    client_id: app.clientId,
    owner: accountJson(world, world.accounts.get(app.ownerId) as Account),
    name: app.name,
    description: "",
    external_url: world.url,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: iso(app.hook.createdAt),
    updated_at: iso(app.hook.updatedAt),
    permissions: app.permissions,
    events: app.events,
    installations_count: [...world.installations.values()].filter(({ appId }) => appId === app.id).length,
  };
}

/** A repository as `installation` webhooks list it. */
export const listedRepositoryJson = (world: World, repository: Repository): Json => ({
  id: repository.id,
  node_id: Buffer.from(`Repository${repository.id}`).toString("base64"),
  name: repository.name,
  full_name: world.fullName(repository),
  private: repository.private,
});

export function hookJson(world: World, hook: Hook): Json {
  const repository = world.repositories.get(hook.repositoryId as number) as Repository;
  const url = `${world.url}/repos/${world.fullName(repository)}/hooks/${hook.id}`;
  const last = hook.deliveries.at(-1);
  return {
    type: "Repository",
    id: hook.id,
    name: "web",
    active: hook.active,
    events: hook.events,
    config: hookConfigJson(hook),
    updated_at: iso(hook.updatedAt),
    created_at: iso(hook.createdAt),
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: last
      ? { code: last.statusCode, status: last.status, message: last.status }
      : { code: null, status: "unused", message: null },
  };
}

/** A webhook's configuration; its secret is never told again. */
export const hookConfigJson = (hook: Hook): Json => ({
  url: hook.url,
  content_type: hook.contentType,
  insecure_ssl: hook.insecureSsl,
  ...(hook.secret === null ? {} : { secret: "********" }),
});

export const hookDeliveryJson = (delivery: HookDelivery, whole: boolean): Json => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: new Date(delivery.deliveredAt).toISOString(),
  redelivery: delivery.redelivery,
  duration: delivery.durationMs / 1000,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId,
  repository_id: delivery.repositoryId,
  throttled_at: null,
  ...(whole
    ? {
        url: "",
        request: { headers: delivery.request.headers, payload: JSON.parse(delivery.request.body) },
        response: { headers: delivery.response.headers, payload: delivery.response.body },
      }
    : {}),
});
