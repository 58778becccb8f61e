import { randomUUID } from "node:crypto";
import type { Faults } from "./faults.ts";
import { accountJson, organizationJson } from "./payloads/account.ts";
import { installationJson, installationLiteJson } from "./payloads/app.ts";
import type { Json } from "./payloads/common.ts";
import { simpleHookJson } from "./payloads/hook.ts";
import { repositoryJson, repositoryUrl } from "./payloads/repository.ts";
import { runJson, workflowJson } from "./payloads/run.ts";
import type {
  Account,
  App,
  Hook,
  HookDelivery,
  Installation,
  Repository,
  Run,
  RunAttemptState,
} from "./state.ts";
import { mayHear } from "./webhook-events.ts";
import { WebhookSender } from "./webhook-sender.ts";
import type { World } from "./world.ts";

const ZEN = "Keep it logically awesome.";

/** Sends webhooks of what happens: https://docs.github.com/en/webhooks/webhook-events-and-payloads */
export class Webhooks {
  readonly #world: World;
  readonly sender: WebhookSender;

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.sender = new WebhookSender(world, faults);
  }

  /** Sends webhooks of something in a repository: its webhooks, and the Apps that subscribed, may hear it and reach it. */
  async ofRepository(
    repository: Repository,
    event: string,
    payload: Json,
    sender: Account = this.#world.owner(repository),
  ): Promise<(HookDelivery | null)[]> {
    const world = this.#world;
    const owner = world.owner(repository);
    const guid = randomUUID();
    const body = {
      ...payload,
      ...(payload.repository === undefined ? { repository: repositoryJson(world, repository) } : {}),
      ...(owner.type === "Organization" ? { organization: organizationJson(world, owner) } : {}),
      sender: accountJson(world, sender),
    };
    const toHooks = repository.hooks
      .filter((hook) => hook.events.includes(event) || hook.events.includes("*"))
      .map((hook) => this.#toHook(repository, hook, event, body, guid));
    const toApps = [...world.installations.values()]
      .filter((one) => one.suspendedAt === null && world.reaches(one, repository) && mayHear(one, event))
      .filter((one) => world.appOf(one).events.includes(event))
      .map((one) => this.toApp(one, event, { ...body, installation: installationLiteJson(one) }, guid));
    return await Promise.all([...toHooks, ...toApps]);
  }

  /** Sends webhooks of a run. */
  async workflowRun(
    run: Run,
    attempt: RunAttemptState,
    action: "requested" | "in_progress" | "completed",
  ): Promise<(HookDelivery | null)[]> {
    const repository = this.#world.repositories.get(run.repositoryId);
    if (!repository) return [];
    const payload = {
      action,
      workflow_run: runJson(this.#world, run, attempt),
      workflow: workflowJson(this.#world, repository, run.workflowPath, run.name),
    };
    const actor = this.#world.accounts.get(run.actorId);
    return await this.ofRepository(repository, "workflow_run", payload, actor);
  }

  /** Sends an App a webhook of one of its installations, which is written out. */
  async ofInstallation(
    installation: Installation,
    event: string,
    payload: Json,
  ): Promise<HookDelivery | null> {
    const account = this.#world.accounts.get(installation.accountId) as Account;
    return await this.toApp(installation, event, {
      ...payload,
      installation: installationJson(this.#world, installation),
      sender: accountJson(this.#world, account),
    });
  }

  /** Sends an App what it hears through an installation. */
  async toApp(
    installation: Installation,
    event: string,
    payload: Json,
    guid?: string,
  ): Promise<HookDelivery | null> {
    const { hook, id } = this.#world.appOf(installation);
    return await this.sender.send(hook, {
      event,
      payload,
      ...(guid ? { guid } : {}),
      installationId: installation.id,
      targetId: id,
      targetType: "integration",
    });
  }

  /** Sends an App a webhook that a user revoked what they had authorised. */
  async revoked(app: App, user: Account): Promise<HookDelivery | null> {
    return await this.sender.send(app.hook, {
      event: "github_app_authorization",
      payload: { action: "revoked", sender: accountJson(this.#world, user) },
      installationId: null,
      targetId: app.id,
      targetType: "integration",
    });
  }

  /** Pings a repository's webhook. */
  async ping(repository: Repository, hook: Hook): Promise<HookDelivery | null> {
    const url = `${repositoryUrl(this.#world, repository)}/hooks/${hook.id}`;
    const payload = {
      zen: ZEN,
      hook_id: hook.id,
      hook: {
        ...this.#hookJson(hook),
        url,
        test_url: `${url}/test`,
        ping_url: `${url}/pings`,
        deliveries_url: `${url}/deliveries`,
        last_response: { code: null, status: "unused", message: null },
      },
      ...this.#about(repository),
    };
    return await this.#toHook(repository, hook, "ping", payload);
  }

  /** Pings an App's own webhook. */
  async pingApp(app: App): Promise<HookDelivery | null> {
    const deliveries = `${this.#world.url}/app/hook/deliveries`;
    return await this.sender.send(app.hook, {
      event: "ping",
      payload: {
        zen: ZEN,
        hook_id: app.hook.id,
        hook: { ...this.#hookJson(app.hook), events: app.events, deliveries_url: deliveries },
      },
      installationId: null,
      targetId: app.id,
      targetType: "integration",
    });
  }

  /** Sends a webhook that asked for it word that it is deleted. */
  async hookDeleted(repository: Repository, hook: Hook): Promise<HookDelivery | null> {
    if (!hook.events.includes("meta") && !hook.events.includes("*")) return null;
    return await this.#toHook(repository, hook, "meta", {
      action: "deleted",
      hook_id: hook.id,
      hook: simpleHookJson(hook),
      ...this.#about(repository),
    });
  }

  #toHook(
    repository: Repository,
    hook: Hook,
    event: string,
    payload: Json,
    guid?: string,
  ): Promise<HookDelivery | null> {
    return this.sender.send(hook, {
      event,
      payload,
      ...(guid ? { guid } : {}),
      installationId: null,
      targetId: repository.id,
      targetType: "repository",
    });
  }

  #hookJson(hook: Hook): Json {
    return { ...simpleHookJson(hook), ...(hook.appId === null ? {} : { app_id: hook.appId }) };
  }

  #about(repository: Repository): Json {
    const owner = this.#world.owner(repository);
    return { repository: repositoryJson(this.#world, repository), sender: accountJson(this.#world, owner) };
  }
}
