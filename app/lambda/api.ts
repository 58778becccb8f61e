import type { LambdaContext, LambdaEvent } from "hono/aws-lambda";
import { SECOND } from "../domain/clock.ts";
import { withinTime } from "../github/requests.ts";
import { apiOf } from "../http/api-of.ts";
import { withoutDoubledSlash } from "../http/kit/plain-path.ts";
import { actionApiRoutes } from "../http/routes/action-api.ts";
import { apiDeps } from "../main/api-deps.ts";
import { awsClients } from "../store/aws/clients.ts";
import { awsStorage } from "../store/aws/storage.ts";
import { answerEvents } from "./answer-event.ts";
import { readApiConfig } from "./deployed-config.ts";
import { readDeployedConfig, readEnvironment } from "./environment.ts";
import { lambdaLog } from "./log.ts";
import { once } from "./once.ts";
import { API_PARAMETERS } from "./parameter-names.ts";
import { renewConnections } from "./renew-connections.ts";
import { reportUnreadable } from "./report-unreadable.ts";
import { Unawaited } from "./unawaited.ts";

/** The time that is left for the answer of a request. */
const FOR_ANSWERING = 2 * SECOND;

/** The paths that workflow steps call: see {@link actionApiRoutes}. */
const OF_STEPS = /^\/api\/(?:events\/receive|event-delivery\/.*)$/;

const deployment = once(async () => {
  const config = await readDeployedConfig(API_PARAMETERS, readApiConfig);
  const unawaited = new Unawaited();
  const log = lambdaLog();
  const { names, publicUrl } = readEnvironment();
  const deps = apiDeps({
    config,
    log,
    storage: awsStorage(awsClients(), names, reportUnreadable(log)),
    publicUrl,
    unawaited: unawaited.add,
  });
  let everything: ReturnType<typeof answerEvents> | null = null;
  return {
    unawaited,
    steps: answerEvents(apiOf(deps, [actionApiRoutes]).fetch as Parameters<typeof answerEvents>[0]),
    async site() {
      const { site } = await import("./site.ts");
      everything ??= site(deps);
      return everything;
    },
  };
});

/**
 * Answers a request of the HTTP API: Zekt's own API and its console. A step's workflow waits for it, so it has a few
 * routes of its own. For those, the routes of the console are not loaded.
 */
export async function handler(event: LambdaEvent, context: LambdaContext): Promise<unknown> {
  renewConnections();
  const { steps, site, unawaited } = await deployment();
  const { rawPath = "" } = event as { rawPath?: string };
  const answer = OF_STEPS.test(withoutDoubledSlash(rawPath)) ? steps : await site();
  // A caller is answered to come again where GitHub is slow: of a function that is cut off AWS tells only that it failed.
  const time = context.getRemainingTimeInMillis() - FOR_ANSWERING;
  const result = await withinTime(time, async () => await answer(event, context));
  await unawaited.ended();
  return result;
}
