import { composeBackground } from "../compose.ts";
import { readPart } from "../config.ts";
import { awsClients } from "../store/clients.ts";
import type { Zekt } from "../zekt.ts";
import { readDeployedConfig, readEnvironment } from "./environment.ts";
import { lambdaLog } from "./log.ts";
import { BACKGROUND_PARAMETERS } from "./parameter-names.ts";
import { Unawaited } from "./unawaited.ts";

/** What worker and schedule work with. */
export interface Background {
  zekt: Zekt;
  unawaited: Unawaited;
}

/** Starts what a function needs that works in the background. */
export async function startBackground(): Promise<Background> {
  const config = await readDeployedConfig(BACKGROUND_PARAMETERS, (env) =>
    readPart(env, [
      "APP_ID",
      "PRIVATE_KEY",
      "ZEKT_MASTER_KEY",
      "ZEKT_MASTER_KEY_VERSION",
      "ZEKT_MASTER_KEY_PREVIOUS",
      "ZEKT_BREAKER_LIMIT",
      "ZEKT_COST_PER_EVENT",
      "ZEKT_CURRENCY",
      "ZEKT_PRIVATE_RECEIVERS",
      "ZEKT_DISPATCHES_PER_MINUTE",
      "ZEKT_DISPATCHES_PER_HOUR",
      "GITHUB_API_URL",
      "GITHUB_WEB_URL",
    ]),
  );
  const unawaited = new Unawaited();
  const zekt = composeBackground({
    config,
    log: lambdaLog(),
    clients: awsClients(),
    ...readEnvironment(),
    unawaited: unawaited.add,
  });
  return { zekt, unawaited };
}
