import { Hono } from "hono";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { composeZekt } from "../compose.ts";
import { createApi } from "../http/api.ts";
import { consoleRoutes } from "../http/console.ts";
import { firstPage } from "../http/first-page.ts";
import { problem } from "../http/problem.ts";
import { awsClients } from "../store/clients.ts";
import { readApiConfig } from "./deployed-config.ts";
import { readDeployedConfig, readEnvironment } from "./environment.ts";
import { lambdaLog } from "./log.ts";
import { once } from "./once.ts";
import { API_PARAMETERS } from "./parameter-names.ts";
import { Unawaited } from "./unawaited.ts";

/** Where the package holds the console's built files. */
const CONSOLE = `${process.env.LAMBDA_TASK_ROOT ?? "."}/app/console/dist`;

const site = once(async () => {
  const config = await readDeployedConfig(API_PARAMETERS, readApiConfig);
  const unawaited = new Unawaited();
  const zekt = composeZekt({
    config,
    log: lambdaLog(),
    clients: awsClients(),
    ...readEnvironment(),
    unawaited: unawaited.add,
  });
  const root = new Hono();
  root.notFound(() => problem(404, "There is no such address."));
  root.route("/", createApi(zekt));
  root.route("/", consoleRoutes(zekt, { folder: CONSOLE }));
  root.route("/", firstPage(config, config.ZEKT_APP_SLUG));
  return { answer: handle(root), unawaited };
});

/** Answers a request of the HTTP API: Zekt's own API and its console. */
export async function handler(event: LambdaEvent, context?: LambdaContext): Promise<unknown> {
  const { answer, unawaited } = await site();
  const result = await answer(event, context);
  await unawaited.settled();
  return result;
}
