import { createLambdaFunction, Probot } from "@probot/adapter-aws-lambda-serverless";
import { readEnvironment } from "../../app/lambda/environment.ts";
import { lambdaLog } from "../../app/lambda/log.ts";
import { probotApp } from "../../app/main/app.ts";
import { readConfig } from "../../app/main/config.ts";
import { intakeDeps } from "../../app/main/intake-deps.ts";
import { intakeClients } from "../../app/store/aws/clients.ts";
import { intakeStorage } from "../../app/store/aws/intake-storage.ts";
import { readByClient } from "./read-by-client.ts";

// The plainest webhooks function: the adapter as its own documentation uses it, with the same secrets,
// the same clients of AWS and the same handlers.

const SECRETS = [
  "APP_ID",
  "PRIVATE_KEY",
  "WEBHOOK_SECRET",
  "GITHUB_CLIENT_ID",
  "GITHUB_CLIENT_SECRET",
  "ZEKT_MASTER_KEY",
];

const ready = (async () => {
  const config = readConfig({ ...process.env, ...(await readByClient(SECRETS)) });
  const log = lambdaLog();
  const storage = intakeStorage(intakeClients(), readEnvironment().names);
  const deps = intakeDeps({ config, log, storage });
  const probot = new Probot({
    appId: config.APP_ID,
    privateKey: config.PRIVATE_KEY,
    secret: config.WEBHOOK_SECRET,
    log: log as never,
  });
  const answer = createLambdaFunction(probotApp(deps) as never, { probot });
  // It may not be called before Probot has loaded.
  await probot.ready();
  return answer;
})();

export const handler = async (event: object, context: object): Promise<unknown> =>
  await (await ready)(event as never, context as never);
