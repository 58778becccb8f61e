import { createHmac, randomUUID } from "node:crypto";
import { type Fault, type Faults, presentHeaders } from "./faults.ts";
import type { Hook, HookDelivery } from "./state.ts";
import type { World } from "./world.ts";

const LOG_MS = 3 * 86_400_000;
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const LOGGED_RESPONSE = 10_000;

/** One event on its way to one webhook. */
export interface Sending {
  event: string;
  payload: Record<string, unknown>;
  /** The same for every webhook that hears of the event. */
  guid?: string;
  installationId: number | null;
  targetId: number;
  targetType: "integration" | "repository";
}

interface Answer {
  status: number;
  wording: string;
  headers: Record<string, string>;
  body: string;
}

const noAnswer = (status: number, wording: string): Answer => ({ status, wording, headers: {}, body: "" });

/** Posts webhooks, once each, and keeps each webhook's log of them for three days. */
export class WebhookSender {
  readonly #world: World;
  readonly #faults: Faults;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** Resolves once nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  /** Sends an event to a webhook; null where it is off, or the body over GitHub's 25 MB. */
  async send(hook: Hook, sending: Sending): Promise<HookDelivery | null> {
    const body = JSON.stringify(sending.payload);
    if (!hook.active || hook.url === "" || Buffer.byteLength(body) > MAX_BODY_BYTES) return null;
    const { action, repository } = sending.payload as { action?: unknown; repository?: { id?: number } };
    return await this.#track(
      this.#post(hook, {
        guid: sending.guid ?? randomUUID(),
        event: sending.event,
        action: typeof action === "string" ? action : null,
        redelivery: false,
        repositoryId: repository?.id ?? null,
        installationId: sending.installationId,
        request: {
          headers: {
            "X-GitHub-Hook-Installation-Target-ID": String(sending.targetId),
            "X-GitHub-Hook-Installation-Target-Type": sending.targetType,
          },
          body,
        },
      }),
    );
  }

  /** Sends a logged delivery again, under the same GUID, to where the webhook points now. */
  async redeliver(hook: Hook, delivery: HookDelivery): Promise<HookDelivery> {
    return await this.#track(this.#post(hook, { ...delivery, redelivery: true }));
  }

  /** A webhook's log, oldest first, without what is older than three days. */
  log(hook: Hook): HookDelivery[] {
    const oldest = this.#world.clock.now() - LOG_MS;
    hook.deliveries = hook.deliveries.filter(({ deliveredAt }) => deliveredAt > oldest);
    return hook.deliveries;
  }

  #track<T>(task: Promise<T>): Promise<T> {
    this.#pending.add(task);
    void task.finally(() => this.#pending.delete(task));
    return task;
  }

  async #post(
    hook: Hook,
    like: Pick<
      HookDelivery,
      "guid" | "event" | "action" | "redelivery" | "installationId" | "repositoryId" | "request"
    >,
  ): Promise<HookDelivery> {
    const { guid, event, action, redelivery, installationId, repositoryId, request } = like;
    const sent = encode(hook, request.body);
    const headers = {
      ...request.headers,
      Accept: "*/*",
      "Content-Type": sent.type,
      "User-Agent": "GitHub-Hookshot/7f3c2a1",
      "X-GitHub-Delivery": guid,
      "X-GitHub-Event": event,
      "X-GitHub-Hook-ID": String(hook.id),
      ...signatures(hook, sent.body),
    };
    const deliveredAt = this.#world.clock.now();
    const began = performance.now();
    const answer = await this.#attempt(hook.url, headers, sent.body);
    const delivery: HookDelivery = {
      id: this.#world.bigId(),
      guid,
      hookId: hook.id,
      event,
      action,
      deliveredAt,
      durationMs: Math.round(performance.now() - began),
      redelivery,
      status: answer.wording,
      statusCode: answer.status,
      repositoryId,
      installationId,
      request: { headers, body: request.body },
      response: { headers: answer.headers, body: answer.body },
    };
    this.log(hook).push(delivery);
    return delivery;
  }

  async #attempt(url: string, headers: Record<string, string>, body: string): Promise<Answer> {
    const { webhookTimeoutMs } = this.#world.settings;
    const fault = this.#faults.take("webhook", "POST", url);
    const delay = fault?.latency_ms ?? 0;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(delay, webhookTimeoutMs)));
    if (delay >= webhookTimeoutMs) return noAnswer(504, "timed out");
    if (fault?.drop === "before") return noAnswer(502, "failed to connect to host");
    if (fault?.status) return injected(fault, fault.status);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(webhookTimeoutMs - delay),
      });
      const text = await response.text();
      if (fault?.drop === "after") return noAnswer(502, "failed to connect to host");
      return {
        status: response.status,
        wording: response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`,
        headers: Object.fromEntries(response.headers),
        body: text.slice(0, LOGGED_RESPONSE),
      };
    } catch (error) {
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      return timedOut ? noAnswer(504, "timed out") : noAnswer(502, "failed to connect to host");
    }
  }
}

const injected = (fault: Fault, status: number): Answer => ({
  status,
  wording: status >= 200 && status < 300 ? "OK" : `Invalid HTTP Response: ${status}`,
  headers: presentHeaders(fault.headers ?? {}),
  body: fault.body === undefined ? "" : JSON.stringify(fault.body),
});

/** https://docs.github.com/en/webhooks/using-webhooks/creating-webhooks#creating-a-repository-webhook: the two content types */
const encode = (hook: Hook, json: string): { type: string; body: string } =>
  hook.contentType === "json"
    ? { type: "application/json", body: json }
    : {
        type: "application/x-www-form-urlencoded",
        body: new URLSearchParams({ payload: json }).toString(),
      };

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
function signatures(hook: Hook, body: string): Record<string, string> {
  if (hook.secret === null) return {};
  const hmac = (algorithm: string): string =>
    `${algorithm}=${createHmac(algorithm, hook.secret as string)
      .update(body)
      .digest("hex")}`;
  return { "X-Hub-Signature": hmac("sha1"), "X-Hub-Signature-256": hmac("sha256") };
}
