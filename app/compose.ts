import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { type Clock, iso, systemClock } from "./domain/clock.ts";
import { GitHub } from "./github/client.ts";
import { HookSecrets } from "./github/hook-secrets.ts";
import { GitHubLinks } from "./github/links.ts";
import { OidcVerifier } from "./github/oidc.ts";
import { avatarOrigins, GitHubSignIn } from "./github/sign-in.ts";
import { GitHubUsers } from "./github/users.ts";
import { discreet } from "./log.ts";
import { isDurableWork } from "./steps/durable-work.ts";
import type { AwsClients } from "./store/clients.ts";
import { Seal } from "./store/seal.ts";
import { openStore, type StoreNames } from "./store/store.ts";
import type { Zekt } from "./zekt.ts";

export interface Parts {
  config: Config & { ZEKT_APP_SLUG: string };
  log: Logger;
  clients: AwsClients;
  names: StoreNames;
  publicUrl: string;
  soleWorker?: string;
  clock?: Clock;
}

/** Puts a deployment's parts together: the same in one process and in each Lambda. */
export function composeZekt({
  config,
  log: given,
  clients,
  names,
  publicUrl,
  soleWorker,
  clock = systemClock,
}: Parts): Zekt {
  const log = discreet(given);
  const store = openStore(clients, names, clock, {
    perMinute: config.ZEKT_DISPATCHES_PER_MINUTE,
    perHour: config.ZEKT_DISPATCHES_PER_HOUR,
  });
  const keys = new Map([[config.ZEKT_MASTER_KEY_VERSION, config.ZEKT_MASTER_KEY]]);
  if (config.ZEKT_MASTER_KEY_PREVIOUS)
    keys.set(config.ZEKT_MASTER_KEY_VERSION - 1, config.ZEKT_MASTER_KEY_PREVIOUS);
  const countRequest = (ownerId: string): void => {
    const fact = {
      scope: `owner#${ownerId}`,
      factId: crypto.randomUUID(),
      at: iso(clock.now()),
      counts: { githubRequests: 1, ...(isDurableWork() ? { durableGithubRequests: 1 } : {}) },
    };
    store.meters
      .record([fact])
      .catch((error: unknown) => log.warn({ err: error }, "a GitHub request was not counted"));
  };
  return {
    settings: {
      publicUrl,
      // A smee channel has one target; the query tells the repositories' webhooks apart.
      repositoryWebhookUrl: (repositoryId) =>
        config.ZEKT_SMEE_URL
          ? `${config.ZEKT_SMEE_URL}?repository=${repositoryId}`
          : `${publicUrl}/github/webhooks/repositories/${repositoryId}`,
      cost: { perEvent: config.ZEKT_COST_PER_EVENT, currency: config.ZEKT_CURRENCY },
      avatarOrigins: avatarOrigins(config.GITHUB_WEB_URL),
      githubWebUrl: config.GITHUB_WEB_URL,
      privateReceivers: config.ZEKT_PRIVATE_RECEIVERS,
      botLogin: `${config.ZEKT_APP_SLUG}[bot]`,
      breakerLimit: config.ZEKT_BREAKER_LIMIT,
      soleWorker: soleWorker ?? null,
    },
    clock,
    log,
    store,
    github: new GitHub(
      { apiUrl: config.GITHUB_API_URL, appId: config.APP_ID, privateKey: config.PRIVATE_KEY },
      countRequest,
    ),
    links: new GitHubLinks(config.GITHUB_WEB_URL, config.ZEKT_APP_SLUG),
    oidc: new OidcVerifier({
      issuer: config.GITHUB_OIDC_ISSUER,
      audiences: [new URL(publicUrl).origin, ...(config.ZEKT_LEGACY_AUDIENCE ? ["api://zekt"] : [])],
    }),
    users: new GitHubUsers({
      apiUrl: config.GITHUB_API_URL,
      clientId: config.GITHUB_CLIENT_ID,
      clientSecret: config.GITHUB_CLIENT_SECRET,
    }),
    signIn: new GitHubSignIn({
      webUrl: config.GITHUB_WEB_URL,
      apiUrl: config.GITHUB_API_URL,
      clientId: config.GITHUB_CLIENT_ID,
      clientSecret: config.GITHUB_CLIENT_SECRET,
    }),
    hookSecrets: new HookSecrets(keys),
    troubled: new Set(),
    seal: new Seal(keys),
    workflowTypes: new LRUCache({ max: 5000 }),
  };
}
