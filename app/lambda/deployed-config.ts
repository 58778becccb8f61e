import { type Config, readPart } from "../main/config.ts";
import { ConfigError } from "../main/config-error.ts";

/** Settings of what works in the background, besides those with a parameter of their own. */
const BACKGROUND = [
  "APP_ID",
  "PRIVATE_KEY",
  "ZEKT_APP_SLUG",
  "ZEKT_APP_URL",
  "ZEKT_MASTER_KEY",
  "ZEKT_MASTER_KEY_VERSION",
  "ZEKT_MASTER_KEY_PREVIOUS",
  "ZEKT_BREAKER_LIMIT",
  "ZEKT_ACTIONS",
  "ZEKT_PRIVATE_RECEIVERS",
  "ZEKT_DISPATCHES_PER_MINUTE",
  "ZEKT_DISPATCHES_PER_HOUR",
  "ZEKT_SMEE_URL",
  "GITHUB_API_URL",
  "GITHUB_WEB_URL",
] as const;

const API = [
  ...BACKGROUND,
  "GITHUB_CLIENT_ID",
  "GITHUB_CLIENT_SECRET",
  "GITHUB_OIDC_ISSUER",
  "ZEKT_LEGACY_AUDIENCE",
  "ZEKT_COST_PER_EVENT",
  "ZEKT_CURRENCY",
  "ZEKT_OPERATORS",
] as const;

type Environment = Readonly<Record<string, string | undefined>>;
type WithSlug<K extends keyof Config> = Pick<Config, K> & { ZEKT_APP_SLUG: string };

function readWithSlug<K extends keyof Config>(env: Environment, names: readonly K[]): WithSlug<K> {
  const config = readPart(env, names);
  // A server of its own asks GitHub for it; a function that starts cold does not.
  if (!env.ZEKT_APP_SLUG) {
    throw new ConfigError("  ZEKT_APP_SLUG: the App's name in its address, github.com/apps/<slug>");
  }
  return { ...config, ZEKT_APP_SLUG: env.ZEKT_APP_SLUG };
}

/** Settings of worker and schedule. */
export const readBackgroundConfig = (env: Environment) => readWithSlug(env, BACKGROUND);

/** Settings of the API. */
export const readApiConfig = (env: Environment) => readWithSlug(env, API);
