import { type Environment, setIn } from "../../shared/environment.ts";
import type { Config } from "../main/config.ts";
import { ConfigError } from "../main/config-error.ts";
import type { IntakeConfig } from "../main/intake-deps.ts";
import { conflictsOfKeys } from "../main/master-keys.ts";

type Settings = IntakeConfig & Pick<Config, "WEBHOOK_SECRET" | "GITHUB_API_URL">;

/**
 * Reads the few settings that webhooks need, by the rules of `config.ts`, to which a test holds it. By
 * hand: to load a library for it would be a third of this function's own share of a cold start.
 *
 * @throws ConfigError naming every setting that is missing or wrong
 */
export function readIntakeConfig(given: Environment): Settings {
  const env = setIn(given);
  const wrong: string[] = [];
  const check = (name: string, holds: boolean, what: string): void => {
    if (!holds) wrong.push(`  ${name}: ${what}`);
  };
  const secret = env.WEBHOOK_SECRET ?? "";
  check("WEBHOOK_SECRET", secret.length >= 8, "the App's webhook secret, of at least 8 characters");
  check("WEBHOOK_SECRET", secret !== "development", 'must be a secret of your own, not "development"');
  const key = env.ZEKT_MASTER_KEY ?? "";
  check("ZEKT_MASTER_KEY", key.length >= 32, "must have at least 32 characters: `openssl rand -hex 32`");
  const previous = env.ZEKT_MASTER_KEY_PREVIOUS;
  check("ZEKT_MASTER_KEY_PREVIOUS", (previous?.length ?? 32) >= 32, "must have at least 32 characters");
  const count = (name: string, standard: number): number => {
    const value = Number(env[name] ?? standard);
    check(name, Number.isInteger(value) && value >= 1, "must be a whole number from 1");
    return value;
  };
  const url = (name: string, standard: string): string => {
    const value = env[name] ?? standard;
    check(name, /^https?:/.test(value) && URL.canParse(value), "must be an address");
    return value.replace(/\/+$/, "");
  };
  const settings: Settings = {
    WEBHOOK_SECRET: secret,
    ZEKT_MASTER_KEY: key,
    ZEKT_MASTER_KEY_PREVIOUS: previous,
    ZEKT_MASTER_KEY_VERSION: count("ZEKT_MASTER_KEY_VERSION", 1),
    GITHUB_API_URL: url("GITHUB_API_URL", "https://api.github.com"),
  };
  if (wrong.length === 0)
    for (const { setting, message } of conflictsOfKeys(settings)) check(setting, false, message);
  if (wrong.length > 0) throw new ConfigError(`These settings are missing or wrong:\n${wrong.join("\n")}`);
  return settings;
}
