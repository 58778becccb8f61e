import { setTimeout as wait } from "node:timers/promises";
import { appSettings } from "../../harness/app-settings.ts";
import serverFlags from "../../scripts/server-flags.json" with { type: "json" };
import type { Arrival, GitHubCalls, Participant } from "../github.worker.ts";
import type { BullMqCalls } from "../sides/bullmq.worker.ts";
import type { InlineCalls } from "../sides/inline.worker.ts";
import type { PgBossCalls } from "../sides/pg-boss.worker.ts";
import type { ZektCalls } from "../sides/zekt.worker.ts";
import type { Entrance, Posted } from "./load.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { type Redis, startRedis } from "./redis.ts";
import { Worker } from "./worker.ts";

export const FAN_OUTS: readonly number[] = [1, 10, 100];
export type FanOut = number;
export type SideName = "zekt" | "sequential" | "parallel" | "pg-boss" | "bullmq" | "bare";

const WORKFLOW = ".github/workflows/release.yml";
const SECRET = "s".repeat(32);
const TRACKED = {
  durable: { confirmWithin: 86_400, completeWithin: 86_400, maxAttempts: 8, retryOnFailure: false },
};

/** The calls that every side takes which carries events. */
export type CarryingCalls = Pick<ZektCalls | PgBossCalls | BullMqCalls | InlineCalls, "queued" | "memory">;

export interface Provider extends Participant {
  fanOut: FanOut;
  /** The body of a webhook of its own. */
  example: string;
  secret: string;
  subscriptionIds: string[];
}

/** GitHub, the participants, and every side that carries events between them, each a process of its own. */
export class Field {
  readonly github: Worker<GitHubCalls>;
  readonly zekt: Worker<ZektCalls>;
  readonly consumers: Participant[];
  readonly providers: ReadonlyMap<FanOut, Provider>;
  readonly #zektUrl: string;
  readonly #env: Record<string, string>;
  #postgres: Postgres | null = null;
  #redis: Redis | null = null;
  readonly #sides = new Map<SideName, { worker: Worker<InlineCalls>; url: string }>();

  private constructor(
    github: Worker<GitHubCalls>,
    zekt: Worker<ZektCalls>,
    env: Record<string, string>,
    zektUrl: string,
    consumers: Participant[],
    providers: Map<FanOut, Provider>,
  ) {
    this.github = github;
    this.zekt = zekt;
    this.#env = env;
    this.#zektUrl = zektUrl;
    this.consumers = consumers;
    this.providers = providers;
  }

  /**
   * Sets the field up. There are as many consumers, each of an owner of its own, as the largest fan-out. Each fan-out
   * has a provider to whom so many subscribed, with `repositories` of them in its installation.
   */
  static async open({ fanOuts = FAN_OUTS, durable = false, repositories = 1 } = {}): Promise<Field> {
    const github = await Worker.start<GitHubCalls>(new URL("../github.worker.ts", import.meta.url));
    const { url, oidcIssuer, app } = await github.call("describe");
    const env = {
      ...appSettings(app),
      GITHUB_API_URL: url,
      GITHUB_OIDC_ISSUER: oidcIssuer,
    };
    const settings = {
      ...env,
      ZEKT_MASTER_KEY: "k".repeat(64),
      ZEKT_APP_SLUG: app.slug,
      PORT: "0",
      ZEKT_DISPATCHES_PER_MINUTE: "1000000",
      ZEKT_DISPATCHES_PER_HOUR: "1000000",
      ZEKT_BREAKER_LIMIT: "1000000",
    };
    const file = new URL("../sides/zekt.worker.ts", import.meta.url);
    const zekt = await Worker.start<ZektCalls>(file, settings, serverFlags);
    const zektUrl = await zekt.call("url");
    await github.call("setWebhook", `${zektUrl}/github/webhooks`);
    const api = async (participant: Participant, method: string, path: string, body?: object) => {
      const token = await github.call("userToken", `${participant.owner}-dev`);
      const response = await fetch(`${zektUrl}/api${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text ? JSON.parse(text) : {}) as Record<string, string>;
    };
    const known = async (participant: Participant): Promise<void> => {
      for (let n = 0; n < 400; n++) {
        const found = await api(participant, "GET", `/repositories/${participant.repositoryId}`).catch(
          () => null,
        );
        if (found) return;
        await wait(25);
      }
      throw new Error(`${participant.fullName} did not arrive.`);
    };
    const consumers: Participant[] = [];
    for (let n = 0; n < Math.max(...fanOuts); n++) {
      const consumer = await github.call("consumer", `consumer-${n}`);
      await known(consumer);
      await api(consumer, "PATCH", `/repositories/${consumer.repositoryId}`, {
        consumer: true,
        ...(durable ? { tracking: true } : {}),
      });
      consumers.push(consumer);
    }
    const providers = new Map<FanOut, Provider>();
    for (const fanOut of fanOuts) {
      const provider = await github.call("provider", `provider-${fanOut}`, repositories);
      await known(provider);
      const at = `/repositories/${provider.repositoryId}`;
      await api(provider, "PATCH", at, { provider: true });
      await github.call("idle");
      const { body, secret } = await github.call("example", provider.fullName);
      await api(provider, "PUT", `${at}/workflows/${encodeURIComponent(WORKFLOW)}`);
      const { serviceId } = await api(provider, "POST", `${at}/services`, {
        slug: "releases",
        workflow: WORKFLOW,
        visibility: "public",
      });
      const subscriptionIds: string[] = [];
      for (const consumer of consumers.slice(0, fanOut)) {
        const { subscriptionId = "" } = await api(
          consumer,
          "POST",
          `/repositories/${consumer.repositoryId}/subscriptions`,
          {
            service: serviceId,
            ...(durable ? TRACKED : {}),
          },
        );
        await api(provider, "POST", `/subscriptions/${subscriptionId}/approve`);
        subscriptionIds.push(subscriptionId);
      }
      providers.set(fanOut, { ...provider, fanOut, example: body, secret, subscriptionIds });
    }
    await github.call("slow", true);
    return new Field(github, zekt, env, zektUrl, consumers, providers);
  }

  provider(fanOut: FanOut): Provider {
    return this.providers.get(fanOut) as Provider;
  }

  /** Where a side takes a provider's webhooks; starts it where it is not up. */
  async entrance(side: SideName, provider: Provider): Promise<Entrance> {
    if (side === "zekt") {
      return {
        url: `${this.#zektUrl}/github/webhooks/repositories/${provider.repositoryId}`,
        secret: provider.secret,
      };
    }
    const { url } = this.#sides.get(side) ?? (await this.#start(side));
    return { url: `${url}/github/webhooks`, secret: SECRET };
  }

  async #start(side: Exclude<SideName, "zekt">): Promise<{ url: string }> {
    const targets = Object.fromEntries(
      [...this.providers.values()].map(({ repositoryId, fanOut }) => [
        repositoryId,
        this.consumers.slice(0, fanOut),
      ]),
    );
    if (side === "pg-boss") this.#postgres ??= await startPostgres();
    if (side === "bullmq") this.#redis ??= await startRedis();
    const files = {
      bare: "webhooks",
      sequential: "inline",
      parallel: "inline",
      "pg-boss": "pg-boss",
      bullmq: "bullmq",
    };
    const worker = await Worker.start<InlineCalls>(
      new URL(`../sides/${files[side]}.worker.ts`, import.meta.url),
      {
        ...this.#env,
        WEBHOOK_SECRET: SECRET,
        MODE: side,
        TARGETS: JSON.stringify(targets),
        DATABASE_URL: this.#postgres?.url ?? "",
        REDIS_PORT: String(this.#redis?.port ?? ""),
      },
    );
    const started = { worker, url: await worker.call("url") };
    this.#sides.set(side, started);
    return started;
  }

  /** A worker of a side that is up and carries events. */
  side(name: SideName): Worker<CarryingCalls> {
    const worker = name === "zekt" ? this.zekt : this.#sides.get(name)?.worker;
    return worker as unknown as Worker<CarryingCalls>;
  }

  /** Waits until so many dispatches have arrived; gives up after `ms` without a new one. */
  async arrivals(count: number, ms = 30_000): Promise<Arrival[]> {
    let last = -1;
    for (let since = Date.now(); Date.now() - since < ms; ) {
      const arrived = await this.github.call("arrived");
      if (arrived >= count) break;
      if (arrived !== last) since = Date.now();
      last = arrived;
      await wait(100);
    }
    // What comes twice comes after the rest.
    await wait(300);
    return await this.github.call("arrivals");
  }

  async close(): Promise<void> {
    for (const { worker } of this.#sides.values()) await worker.end();
    await this.zekt.end();
    await this.github.end();
    await this.#postgres?.stop();
    await this.#redis?.stop();
  }
}

/** Counts the events of a load that did not arrive everywhere. */
export function missingOf(posted: readonly Posted[], arrivals: readonly Arrival[], fanOut: number): number {
  const byRun = Map.groupBy(arrivals, ({ correlationId }) => correlationId);
  return posted.filter(({ runId }) => (byRun.get(runId)?.length ?? 0) < fanOut).length;
}

/** Holds every event of a load against what arrived. @throws where one is missing or came twice */
export function checkArrived(
  posted: readonly Posted[],
  arrivals: readonly Arrival[],
  fanOut: number,
  side: string,
): void {
  const seen = Map.groupBy(arrivals, ({ consumer, correlationId }) => `${correlationId} ${consumer}`);
  const twice = [...seen.values()].filter((one) => one.length > 1).length;
  const missing = missingOf(posted, arrivals, fanOut);
  if (twice > 0 || missing > 0 || arrivals.length !== posted.length * fanOut) {
    throw new Error(
      `${side}, fan-out ${fanOut}: of ${posted.length} events ${missing} did not arrive everywhere, ${twice} deliveries came twice, ${arrivals.length} arrived.`,
    );
  }
}
