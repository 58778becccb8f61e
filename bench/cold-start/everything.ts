import type { SQSEvent } from "aws-lambda";
import { Hono } from "hono";
import { handle, type LambdaEvent } from "hono/aws-lambda";
import { createApi } from "../../app/http/api.ts";
import { consoleRoutes } from "../../app/http/pages/console.ts";
import { firstPage } from "../../app/http/pages/first-page.ts";
import { webhookRoutes } from "../../app/http/webhooks/webhooks.ts";
import { readEnvironment } from "../../app/lambda/environment.ts";
import { lambdaLog } from "../../app/lambda/log.ts";
import { composeZekt } from "../../app/main/compose.ts";
import { readConfig } from "../../app/main/config.ts";
import { loadProbot } from "../../app/main/load-probot.ts";
import { keepWatch } from "../../app/steps/jobs/keep-watch.ts";
import { work } from "../../app/steps/jobs/work.ts";
import { awsClients } from "../../app/store/clients.ts";
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
  const slug = config.ZEKT_APP_SLUG ?? "";
  const zekt = composeZekt({
    config: { ...config, ZEKT_APP_SLUG: slug },
    log: lambdaLog(),
    clients: awsClients(),
    ...readEnvironment(),
  });
  const root = new Hono();
  root.route("/", webhookRoutes(zekt, config.WEBHOOK_SECRET, await loadProbot(zekt, config)));
  root.route("/", createApi(zekt));
  root.route("/", consoleRoutes(zekt));
  root.route("/", firstPage(config, slug));
  return { zekt, answer: handle(root) };
})();

export async function handler(event: LambdaEvent | SQSEvent | { source: "aws.events" }): Promise<unknown> {
  const { zekt, answer } = await ready;
  if ("source" in event) return await keepWatch(zekt);
  if (!("Records" in event)) return await answer(event);
  for (const { body, eventSourceARN } of event.Records) {
    await work(zekt, eventSourceARN.endsWith("-delivery") ? "delivery" : "routing", body);
  }
  return { batchItemFailures: [] };
}
