import type { WorkerDeps } from "../deps.ts";
import { workerDeps } from "../main/worker-deps.ts";
import { awsClients } from "../store/aws/clients.ts";
import { awsStorage } from "../store/aws/storage.ts";
import { readBackgroundConfig } from "./deployed-config.ts";
import { readDeployedConfig, readEnvironment } from "./environment.ts";
import { lambdaLog } from "./log.ts";
import { once } from "./once.ts";
import { BACKGROUND_PARAMETERS } from "./parameter-names.ts";
import { renewConnections } from "./renew-connections.ts";
import { reportUnreadable } from "./report-unreadable.ts";
import { Unawaited } from "./unawaited.ts";

/** The parts that worker and schedule work with. */
export interface Background {
  deps: WorkerDeps;
  unawaited: Unawaited;
}

/** Returns what gives each call the parts to work with, started with the function, and connections that a freeze spared. */
export function backgroundOfCalls(): () => Promise<Background> {
  const started = once(startBackground);
  return async () => {
    renewConnections();
    return await started();
  };
}

/** Starts what a function needs that works in the background. */
async function startBackground(): Promise<Background> {
  const config = await readDeployedConfig(BACKGROUND_PARAMETERS, readBackgroundConfig);
  const unawaited = new Unawaited();
  const log = lambdaLog();
  const { names, publicUrl } = readEnvironment();
  const deps = workerDeps({
    config,
    log,
    storage: awsStorage(awsClients(), names, reportUnreadable(log)),
    publicUrl,
    unawaited: unawaited.add,
  });
  return { deps, unawaited };
}
