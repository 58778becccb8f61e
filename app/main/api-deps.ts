import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Settings, WorkerDeps } from "../deps.ts";
import { type Clock, iso, systemClock } from "../domain/clock.ts";
import { GitHub } from "../github/client.ts";
import { GitHubLinks } from "../github/links.ts";
import { OidcVerifier } from "../github/oidc.ts";
import { avatarOrigins, GitHubSignIn } from "../github/sign-in.ts";
import { GitHubUsers } from "../github/users.ts";
import { isDurableWork } from "../steps/delivery/durable-work.ts";
import type { AwsClients } from "../store/clients.ts";
import { Seal } from "../store/seal.ts";
import { openStore, type StoreNames } from "../store/store.ts";
import { intakeDeps, type IntakeConfig, masterKeys } from "./intake-deps.ts";
import type { Config } from "./config.ts";

/** Settings of what works in the background. */
export type WorkerConfig = IntakeConfig &
  Pick<
    Config,
    | "APP_ID"
    | "PRIVATE_KEY"
    | "GITHUB_API_URL"
    | "GITHUB_WEB_URL"
    | "ZEKT_SMEE_URL"
    | "ZEKT_BREAKER_LIMIT"
    | "ZEKT_PRIVATE_RECEIVERS"
    | "ZEKT_DISPATCHES_PER_MINUTE"
    | "ZEKT_DISPATCHES_PER_HOUR"
  > & { ZEKT_APP_SLUG: string };

/** Settings of the whole; the App's webhook secret is for what takes webhooks in alone. */
export type ApiConfig = WorkerConfig &
  Pick<
    Config,
    | "GITHUB_CLIENT_ID"
    | "GITHUB_CLIENT_SECRET"
    | "GITHUB_OIDC_ISSUER"
    | "ZEKT_LEGACY_AUDIENCE"
    | "ZEKT_COST_PER_EVENT"
    | "ZEKT_CURRENCY"
  >;

export interface Parts<C> {
  config: C;
  log: Logger;
  clients: AwsClients;
  names: StoreNames;
  publicUrl: string;
  soleWorker?: string;
  clock?: Clock;
  /** Is told of work that nothing waits for, by those who may be frozen before it is done. */
  unawaited?: (work: Promise<void>) => void;
}

/** What only the API uses: nobody signs in to a worker, and no step speaks to it. */
type Front = Pick<WorkerDeps, "links" | "cost" | "oidc" | "users" | "signIn" | "seal">;

/** Puts a deployment's parts together: the same in one process and in the API's Lambda. */
export function apiDeps(parts: Parts<ApiConfig>): WorkerDeps {
  const { config, publicUrl } = parts;
  const { GITHUB_API_URL: apiUrl, GITHUB_WEB_URL: webUrl } = config;
  const client = { clientId: config.GITHUB_CLIENT_ID, clientSecret: config.GITHUB_CLIENT_SECRET };
  return {
    ...background(parts),
    links: new GitHubLinks(webUrl, config.ZEKT_APP_SLUG),
    cost: { perEvent: config.ZEKT_COST_PER_EVENT, currency: config.ZEKT_CURRENCY },
    oidc: new OidcVerifier({
      issuer: config.GITHUB_OIDC_ISSUER,
      audiences: [new URL(publicUrl).origin, ...(config.ZEKT_LEGACY_AUDIENCE ? ["api://zekt"] : [])],
    }),
    users: new GitHubUsers({ apiUrl, ...client }),
    signIn: new GitHubSignIn({ webUrl, apiUrl, ...client }),
    seal: new Seal(masterKeys(config)),
  };
}

/**
 * What a function works with that serves no requests: it is given none of the secrets of those who sign
 * in, and asking for a part that needs one is an error of ours.
 */
export function workerDeps(parts: Parts<WorkerConfig>): WorkerDeps {
  const absent = (name: keyof Front): PropertyDescriptor => ({
    enumerable: false,
    get: () => {
      throw new Error(`zekt.${name} is for requests; this function is given no secret for it.`);
    },
  });
  return Object.defineProperties(background(parts), {
    links: absent("links"),
    cost: absent("cost"),
    oidc: absent("oidc"),
    users: absent("users"),
    signIn: absent("signIn"),
    seal: absent("seal"),
  }) as WorkerDeps;
}

function background(parts: Parts<WorkerConfig>): Omit<WorkerDeps, keyof Front> {
  const { config, clients, names, clock = systemClock } = parts;
  const intake = intakeDeps(parts);
  const store = openStore(clients, names, clock, {
    perMinute: config.ZEKT_DISPATCHES_PER_MINUTE,
    perHour: config.ZEKT_DISPATCHES_PER_HOUR,
  });
  const countRequest = (ownerId: string): void => {
    const fact = {
      scope: `owner#${ownerId}`,
      factId: crypto.randomUUID(),
      at: iso(clock.now()),
      counts: { githubRequests: 1, ...(isDurableWork() ? { durableGithubRequests: 1 } : {}) },
    };
    const counted = store.meters
      .record([fact])
      .catch((error: unknown) => intake.log.warn({ err: error }, "a GitHub request was not counted"));
    parts.unawaited?.(counted);
  };
  return {
    ...intake,
    settings: settingsOf(parts),
    store,
    github: new GitHub(
      { apiUrl: config.GITHUB_API_URL, appId: config.APP_ID, privateKey: config.PRIVATE_KEY },
      countRequest,
    ),
    workflowTypes: new LRUCache({ maxSize: 5000, sizeCalculation: () => 1 }),
  };
}

function settingsOf({ config, publicUrl, soleWorker }: Parts<WorkerConfig>): Settings {
  return {
    publicUrl,
    // A smee channel has one target; the query tells the repositories' webhooks apart.
    repositoryWebhookUrl: (repositoryId) =>
      config.ZEKT_SMEE_URL
        ? `${config.ZEKT_SMEE_URL}?repository=${repositoryId}`
        : `${publicUrl}/github/webhooks/repositories/${repositoryId}`,
    privateReceivers: config.ZEKT_PRIVATE_RECEIVERS,
    avatarOrigins: avatarOrigins(config.GITHUB_WEB_URL),
    githubWebUrl: config.GITHUB_WEB_URL,
    botLogin: `${config.ZEKT_APP_SLUG}[bot]`,
    breakerLimit: config.ZEKT_BREAKER_LIMIT,
    soleWorker: soleWorker ?? null,
  };
}
