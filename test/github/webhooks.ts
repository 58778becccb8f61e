import { randomUUID } from "node:crypto";
import { sign } from "@octokit/webhooks-methods";
import type { Faults } from "./faults.ts";
import {
  accountJson,
  example,
  hookConfigJson,
  installationJson,
  repositoryJson,
  runJson,
  workflowJson,
} from "./payloads.ts";
import type {
  App,
  Hook,
  HookDelivery,
  Installation,
  Repository,
  Run,
  RunAttemptState,
  World,
} from "./state.ts";

const LOG_DAYS = 3;
const MAX_BODY = 25 * 1024 * 1024;
/** What GitHub's log says of a status. */
const wording = (status: number): string =>
  status >= 200 && status < 300 ? "OK" : status === 0 ? "failed to connect" : "Invalid HTTP Response";

/** Sends webhooks as GitHub does: signed, once, with 10 seconds to answer, and a log kept for three days. */
export class Webhooks {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** Resolves once nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #track<T>(task: Promise<T>): Promise<T> {
    this.#pending.add(task);
    void task.finally(() => this.#pending.delete(task));
    return task;
  }

  /** Sends an event to an App, with the installation it is of. */
  toApp(
    app: App,
    installation: Installation,
    event: string,
    payload: Record<string, unknown>,
  ): Promise<HookDelivery | null> {
    const body =
      "installation" in payload
        ? payload
        : {
            ...payload,
            installation: {
              id: installation.id,
              node_id: Buffer.from(`Integration${installation.id}`).toString("base64"),
            },
          };
    return this.#track(
      this.#send(app.hook, event, body, {
        installationId: installation.id,
        targetId: app.id,
        targetType: "integration",
      }),
    );
  }

  /** Sends an event to every App that listens to it and reaches the repository. */
  toApps(
    repository: Repository,
    event: string,
    payload: Record<string, unknown>,
  ): Promise<(HookDelivery | null)[]> {
    const sent = [...this.#world.installations.values()]
      .filter(
        (installation) => installation.suspendedAt === null && this.#world.reaches(installation, repository),
      )
      .flatMap((installation) => {
        const app = this.#world.apps.get(installation.appId) as App;
        return app.events.includes(event) ? [this.toApp(app, installation, event, payload)] : [];
      });
    return Promise.all(sent);
  }

  /** Sends an event to every webhook of a repository that listens to it. */
  toHooks(
    repository: Repository,
    event: string,
    payload: Record<string, unknown>,
  ): Promise<(HookDelivery | null)[]> {
    const { installation: _, ...body } = payload;
    const listening = repository.hooks.filter(
      (hook) => hook.active && (hook.events.includes(event) || hook.events.includes("*")),
    );
    return Promise.all(
      listening.map((hook) =>
        this.#track(
          this.#send(hook, event, body, {
            installationId: null,
            targetId: repository.id,
            targetType: "repository",
          }),
        ),
      ),
    );
  }

  /** Pings a repository's webhook. */
  ping(repository: Repository, hook: Hook): Promise<HookDelivery | null> {
    const template = example("ping") as { zen: string };
    const payload = {
      zen: template.zen,
      hook_id: hook.id,
      hook: {
        type: "Repository",
        id: hook.id,
        name: "web",
        active: hook.active,
        events: hook.events,
        config: hookConfigJson(hook),
        updated_at: new Date(hook.updatedAt).toISOString(),
        created_at: new Date(hook.createdAt).toISOString(),
        url: `${this.#world.url}/repos/${this.#world.fullName(repository)}/hooks/${hook.id}`,
        test_url: `${this.#world.url}/repos/${this.#world.fullName(repository)}/hooks/${hook.id}/test`,
        ping_url: `${this.#world.url}/repos/${this.#world.fullName(repository)}/hooks/${hook.id}/pings`,
        deliveries_url: `${this.#world.url}/repos/${this.#world.fullName(repository)}/hooks/${hook.id}/deliveries`,
        last_response: { code: null, status: "unused", message: null },
      },
      repository: repositoryJson(this.#world, repository),
      sender: accountJson(this.#world, this.#world.owner(repository)),
    };
    return this.#track(
      this.#send(hook, "ping", payload, {
        installationId: null,
        targetId: repository.id,
        targetType: "repository",
      }),
    );
  }

  /** Tells of a run: to the repository's webhooks and to Apps that subscribed. */
  async workflowRun(
    run: Run,
    attempt: RunAttemptState,
    action: "requested" | "in_progress" | "completed",
  ): Promise<(HookDelivery | null)[]> {
    const repository = this.#world.repositories.get(run.repositoryId) as Repository;
    const payload = {
      action,
      workflow_run: runJson(this.#world, run, attempt),
      workflow: workflowJson(this.#world, repository, run.workflowPath, run.name),
      repository: repositoryJson(this.#world, repository),
      sender: accountJson(
        this.#world,
        this.#world.accounts.get(run.actorId) ?? this.#world.owner(repository),
      ),
    };
    const sent = await Promise.all([
      this.toHooks(repository, "workflow_run", payload),
      this.toApps(repository, "workflow_run", payload),
    ]);
    return sent.flat();
  }

  /** An installation's event, with the installation written out. */
  async installation(
    installation: Installation,
    event: string,
    payload: Record<string, unknown>,
  ): Promise<HookDelivery | null> {
    const app = this.#world.apps.get(installation.appId) as App;
    return await this.toApp(app, installation, event, {
      ...payload,
      installation: installationJson(this.#world, installation),
    });
  }

  /** Sends a logged delivery again, under the same GUID. */
  async redeliver(hook: Hook, delivery: HookDelivery): Promise<HookDelivery | null> {
    return await this.#track(
      this.#post(hook, delivery.event, delivery.request.body, { ...delivery, redelivery: true }),
    );
  }

  async #send(
    hook: Hook,
    event: string,
    payload: Record<string, unknown>,
    about: { installationId: number | null; targetId: number; targetType: string },
  ): Promise<HookDelivery | null> {
    const body = JSON.stringify(payload);
    if (!hook.active || !hook.url || Buffer.byteLength(body) > MAX_BODY) return null;
    const repository = payload.repository as { id?: number } | undefined;
    return await this.#post(hook, event, body, {
      guid: randomUUID(),
      redelivery: false,
      action: typeof payload.action === "string" ? payload.action : null,
      installationId: about.installationId,
      repositoryId: repository?.id ?? null,
      request: {
        headers: {
          "X-GitHub-Hook-Installation-Target-ID": String(about.targetId),
          "X-GitHub-Hook-Installation-Target-Type": about.targetType,
        },
        body,
      },
    });
  }

  async #post(
    hook: Hook,
    event: string,
    body: string,
    like: Pick<
      HookDelivery,
      "guid" | "redelivery" | "action" | "installationId" | "repositoryId" | "request"
    >,
  ): Promise<HookDelivery> {
    const headers: Record<string, string> = {
      ...like.request.headers,
      Accept: "*/*",
      "Content-Type": "application/json",
      "User-Agent": "GitHub-Hookshot/0000000",
      "X-GitHub-Delivery": like.guid,
      "X-GitHub-Event": event,
      "X-GitHub-Hook-ID": String(hook.id),
      ...(hook.secret === null ? {} : { "X-Hub-Signature-256": await sign(hook.secret, body) }),
    };
    const startedAt = this.#world.clock.now();
    const began = performance.now();
    const answer = await this.#attempt(hook.url, headers, body);
    const delivery: HookDelivery = {
      ...like,
      id: this.#world.bigId(),
      hookId: hook.id,
      event,
      deliveredAt: startedAt,
      durationMs: Math.round(performance.now() - began),
      status: answer.timedOut ? "timed out" : wording(answer.status),
      statusCode: answer.status,
      request: { headers, body },
      response: { headers: answer.headers, body: answer.body },
    };
    const oldest = this.#world.clock.now() - LOG_DAYS * 86_400_000;
    hook.deliveries = [...hook.deliveries.filter(({ deliveredAt }) => deliveredAt > oldest), delivery];
    return delivery;
  }

  async #attempt(url: string, headers: Record<string, string>, body: string) {
    const none = { status: 0, headers: {}, body: "", timedOut: false };
    const fault = this.#faults.take("webhook", "POST", url);
    if (fault?.drop === "before") return none;
    if (fault?.status) return { ...none, status: fault.status };
    try {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(this.#world.settings.webhookTimeoutMs),
      });
      const text = await response.text();
      if (fault?.drop === "after") return none;
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: text.slice(0, 10_000),
        timedOut: false,
      };
    } catch (error) {
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      return { ...none, status: timedOut ? 504 : 0, timedOut };
    }
  }
}
