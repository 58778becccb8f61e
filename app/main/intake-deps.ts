import type { Logger } from "pino";
import type { IntakeDeps } from "../deps.ts";
import { type Clock, systemClock } from "../domain/clock.ts";
import { SecretIds } from "../domain/ids.ts";
import type { Traces } from "../domain/insight/trace-context.ts";
import { HookSecrets } from "../github/hook-secrets.ts";
import { countLines } from "../log/count-lines.ts";
import type { LogEvent } from "../log/events.ts";
import { discreet } from "../log/log.ts";
import type { IntakeStorage } from "../store/ports.ts";
import { openIntakeStore } from "../store/store.ts";
import type { Config } from "./config.ts";

/** Settings of what takes in webhooks. */
export type IntakeConfig = Pick<
  Config,
  "ZEKT_MASTER_KEY" | "ZEKT_MASTER_KEY_VERSION" | "ZEKT_MASTER_KEY_PREVIOUS"
>;

export interface IntakeParts {
  config: IntakeConfig;
  log: Logger;
  storage: IntakeStorage;
  clock?: Clock;
  /** Called with the key of each line of the log. */
  onLine?: (event: LogEvent) => void;
  traces?: Traces | null;
}

/** Puts together what taking in webhooks needs, and nothing that it does not: it is what starts coldest. */
export function intakeDeps({
  config,
  log,
  storage,
  clock = systemClock,
  onLine,
  traces = null,
}: IntakeParts): IntakeDeps {
  return {
    clock,
    log: onLine ? countLines(discreet(log), onLine) : discreet(log),
    store: openIntakeStore(storage, clock),
    hookSecrets: new HookSecrets(masterKeys(config)),
    ids: new SecretIds(config.ZEKT_MASTER_KEY),
    failedWebhooks: new Set(),
    traces,
  };
}

/** Master keys by version: the one in use, and the one before where it is still good. */
export function masterKeys(config: IntakeConfig): ReadonlyMap<number, string> {
  const { ZEKT_MASTER_KEY_VERSION: version, ZEKT_MASTER_KEY_PREVIOUS: previous } = config;
  const keys = new Map([[version, config.ZEKT_MASTER_KEY]]);
  if (previous) keys.set(version - 1, previous);
  return keys;
}
