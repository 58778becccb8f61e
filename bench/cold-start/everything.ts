import type { SQSEvent } from "aws-lambda";
import { Hono } from "hono";
import { handle, type LambdaEvent } from "hono/aws-lambda";
import { createApi } from "../../app/http/api.ts";
import { consoleRoutes } from "../../app/http/pages/console.ts";
import { firstPage } from "../../app/http/pages/first-page.ts";
import { webhookRoutes } from "../../app/http/webhooks/webhooks.ts";
import { readEnvironment } from "../../app/lambda/environment.ts";
import { lambdaLog } from "../../app/lambda/log.ts";
import { apiDeps } from "../../app/main/api-deps.ts";
import { readConfig } from "../../app/main/config.ts";
import { loadProbot } from "../../app/main/load-probot.ts";
import { handleMessage } from "../../app/steps/jobs/handle-message.ts";
import { runEveryMinute } from "../../app/steps/jobs/run-every-minute.ts";
import { awsClients } from "../../app/store/aws/clients.ts";
import { awsStorage } from "../../app/store/aws/storage.ts";
import { readByClient } from "./read-by-client.ts";

// Zekt as one function with everything in it, as one would put a server into a Lambda.

const SECRETS = [
  "APP_ID",
  "PRIVATE_KEY",
  "WEBHOOK_SECRET",
  "GITHUB_CLIENT_ID",
  "GITHUB_CLIENT_SECRET",
  "ZEKT_MASTER_KEY",
  "ZEKT_APP_SLUG",
];

const ready = (async () => {
  const config = readConfig({ ...process.env, ...(await readByClient(SECRETS)) });
  const { names, publicUrl } = readEnvironment();
  const slug = config.ZEKT_APP_SLUG ?? "";
  const log = lambdaLog();
  const deps = apiDeps({
    config: { ...config, ZEKT_APP_SLUG: slug },
    log,
    storage: awsStorage(awsClients(), names),
    publicUrl,
  });
  const root = new Hono();
  root.route("/", webhookRoutes(deps, config.WEBHOOK_SECRET, await loadProbot(deps, config, log)));
  root.route("/", createApi(deps));
  root.route("/", consoleRoutes(deps));
  root.route("/", firstPage(deps.settings));
  return { deps, answer: handle(root) };
})();

export async function handler(event: LambdaEvent | SQSEvent | { source: "aws.events" }): Promise<unknown> {
  const { deps, answer } = await ready;
  if ("source" in event) return await runEveryMinute(deps);
  if (!("Records" in event)) return await answer(event);
  for (const { body, eventSourceARN } of event.Records) {
    await handleMessage(deps, eventSourceARN.endsWith("-delivery") ? "delivery" : "routing", body);
  }
  return { batchItemFailures: [] };
}
