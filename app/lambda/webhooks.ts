import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { SECOND, timeShare } from "../domain/clock.ts";
import { withoutDoubledSlash } from "../http/kit/plain-path.ts";
import { PROBLEM_TYPE, problemOf } from "../http/kit/problem.ts";
import {
  type IncomingWebhook,
  type WebhookAnswer,
  webhookReceiver,
} from "../http/webhooks/receive-webhook.ts";
import { intakeDeps } from "../main/intake-deps.ts";
import { recheckFailedWebhooks } from "../steps/hooks/recheck-failed-webhooks.ts";
import { intakeClients } from "../store/aws/clients.ts";
import { intakeStorage } from "../store/aws/intake-storage.ts";
import { loadAdapter } from "./adapter.ts";
import { readDeployedConfig, readEnvironment } from "./environment.ts";
import { readIntakeConfig } from "./intake-config.ts";
import { lambdaLog } from "./log.ts";
import { once } from "./once.ts";
import { INTAKE_PARAMETERS } from "./parameter-names.ts";
import { reportUnreadable } from "./report-unreadable.ts";

/** The time of a call for the logs of webhooks that failed before: GitHub waits 10 seconds for its answer. */
const RECHECK_SHARE = 2 * SECOND;

const ADDRESS = /^\/github\/webhooks(?:\/repositories\/(\d+))?\/?$/;

const intake = once(async () => {
  const config = await readDeployedConfig(INTAKE_PARAMETERS, readIntakeConfig);
  const log = lambdaLog();
  const storage = intakeStorage(intakeClients(), readEnvironment().names, reportUnreadable(log));
  const deps = intakeDeps({ config, log, storage });
  const { probot, receive } = await loadAdapter(deps, config, log);
  return { deps, take: webhookReceiver(deps, config.WEBHOOK_SECRET, probot, { receive }) };
});

/** Receives a webhook of the App or of a repository. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { deps, take } = await intake();
  const incoming = incomingOf(event);
  const answer = "status" in incoming ? incoming : await take(incoming);
  // The first webhook that can be stored again tells of those before that could not.
  if (deps.failedWebhooks.size > 0 && answer.status < 300)
    await recheckFailedWebhooks(deps, timeShare(deps.clock, RECHECK_SHARE));
  return resultOf(answer);
}

/**
 * Reads what an HTTP API hands over, without a server's library: with Node's `Request` it would be a third
 * of a cold start. Header names come in small letters. How large a body may be, AWS decides before.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
function incomingOf(event: APIGatewayProxyEventV2): IncomingWebhook | WebhookAnswer {
  const { rawPath, rawQueryString, headers, body, isBase64Encoded, requestContext } = event;
  const address = ADDRESS.exec(withoutDoubledSlash(rawPath ?? ""));
  // The console's own test events have nothing of a request: they get an answer too.
  if (!address || requestContext?.http?.method !== "POST")
    return { status: 404, detail: "There is no such address." };
  const bytes = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
  return {
    repositoryId: address[1] ?? new URLSearchParams(rawQueryString).get("repository"),
    header: (name) => headers?.[name] ?? null,
    body: bytes,
  };
}

const resultOf = ({ status, detail }: WebhookAnswer): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  ...(detail === null
    ? {}
    : { headers: { "content-type": PROBLEM_TYPE }, body: JSON.stringify(problemOf(status, detail)) }),
});
