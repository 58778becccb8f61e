import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { type Clock, systemClock } from "./domain/clock.ts";
import { HookSecrets } from "./github/hook-secrets.ts";
import { avatarOrigins } from "./github/sign-in.ts";
import { discreet } from "./log.ts";
import type { AwsClients } from "./store/clients.ts";
import { openIntakeStore, type StoreNames } from "./store/store.ts";
import type { Intake } from "./zekt.ts";

/** Settings of what takes in webhooks. */
export type IntakeConfig = Pick<
  Config,
  | "ZEKT_MASTER_KEY"
  | "ZEKT_MASTER_KEY_VERSION"
  | "ZEKT_MASTER_KEY_PREVIOUS"
  | "ZEKT_SMEE_URL"
  | "ZEKT_BREAKER_LIMIT"
  | "GITHUB_WEB_URL"
> & { ZEKT_APP_SLUG: string };

export interface IntakeParts {
  config: IntakeConfig;
  log: Logger;
  clients: Pick<AwsClients, "dynamodb" | "sqs">;
  names: Pick<StoreNames, "tablePrefix" | "queueUrls">;
  publicUrl: string;
  soleWorker?: string;
  clock?: Clock;
}

/** Puts together what taking in webhooks needs, and nothing that it does not: it is what starts coldest. */
export function composeIntake(parts: IntakeParts): Intake {
  const { config, log, clients, names, clock = systemClock } = parts;
  return {
    settings: settingsOf(parts),
    clock,
    log: discreet(log),
    store: openIntakeStore(clients, names, clock),
    hookSecrets: new HookSecrets(masterKeys(config)),
    troubled: new Set(),
  };
}

type MasterKeys = Pick<IntakeConfig, `ZEKT_MASTER_KEY${"" | "_VERSION" | "_PREVIOUS"}`>;

/** Master keys by version: the one in use, and the one before where it is still good. */
export function masterKeys(config: MasterKeys): ReadonlyMap<number, string> {
  const { ZEKT_MASTER_KEY_VERSION: version, ZEKT_MASTER_KEY_PREVIOUS: previous } = config;
  const keys = new Map([[version, config.ZEKT_MASTER_KEY]]);
  if (previous) keys.set(version - 1, previous);
  return keys;
}

function settingsOf({ config, publicUrl, soleWorker }: IntakeParts): Intake["settings"] {
  return {
    publicUrl,
    // A smee channel has one target; the query tells the repositories' webhooks apart.
    repositoryWebhookUrl: (repositoryId) =>
      config.ZEKT_SMEE_URL
        ? `${config.ZEKT_SMEE_URL}?repository=${repositoryId}`
        : `${publicUrl}/github/webhooks/repositories/${repositoryId}`,
    avatarOrigins: avatarOrigins(config.GITHUB_WEB_URL),
    githubWebUrl: config.GITHUB_WEB_URL,
    botLogin: `${config.ZEKT_APP_SLUG}[bot]`,
    breakerLimit: config.ZEKT_BREAKER_LIMIT,
    soleWorker: soleWorker ?? null,
  };
}
