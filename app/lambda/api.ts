import { Hono } from "hono";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { composeZekt } from "../compose.ts";
import { readPart } from "../config.ts";
import { createApi } from "../http/api.ts";
import { consoleRoutes } from "../http/console.ts";
import { firstPage } from "../http/first-page.ts";
import { problem } from "../http/problem.ts";
import { awsClients } from "../store/clients.ts";
import { readDeployedConfig, readEnvironment } from "./environment.ts";
import { lambdaLog } from "./log.ts";
import { once } from "./once.ts";
import { API_PARAMETERS } from "./parameter-names.ts";
import { Unawaited } from "./unawaited.ts";

/** Where the package holds the console's built files. */
const CONSOLE = `${process.env.LAMBDA_TASK_ROOT ?? "."}/app/console/dist`;

const site = once(async () => {
  const config = await readDeployedConfig(API_PARAMETERS, (env) =>
    readPart(env, [
      "APP_ID",
      "PRIVATE_KEY",
      "GITHUB_CLIENT_ID",
      "GITHUB_CLIENT_SECRET",
      "ZEKT_MASTER_KEY",
      "ZEKT_MASTER_KEY_VERSION",
      "ZEKT_MASTER_KEY_PREVIOUS",
      "ZEKT_LEGACY_AUDIENCE",
      "ZEKT_BREAKER_LIMIT",
      "ZEKT_COST_PER_EVENT",
      "ZEKT_CURRENCY",
      "ZEKT_PRIVATE_RECEIVERS",
      "ZEKT_DISPATCHES_PER_MINUTE",
      "ZEKT_DISPATCHES_PER_HOUR",
      "GITHUB_API_URL",
      "GITHUB_WEB_URL",
      "GITHUB_OIDC_ISSUER",
    ]),
  );
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
