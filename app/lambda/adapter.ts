import adapter from "@probot/adapter-aws-lambda-serverless/lambda-function.js";
import type { Logger } from "pino";
import { Probot } from "probot";
import type { IntakeDeps } from "../deps.ts";
import type { ReadWebhook } from "../http/webhooks/receive-webhook.ts";
import { probotLog } from "../log/log.ts";
import { probotApp } from "../main/app.ts";
import type { Config } from "../main/config.ts";

/** The App in Probot, and its way in by Probot's adapter for Lambda. */
export interface LoadedAdapter {
  probot: Probot;
  receive(received: ReadWebhook): Promise<unknown>;
}

/**
 * Loads Zekt into Probot behind its adapter for Lambda, and closes the adapter's gaps. Calls wait until
 * Probot has loaded. The adapter gets the text that was signed, whatever its encoding on the way. A wrong
 * signature was answered before, since here it would be an exception.
 *
 * Probot is given no key of the App: no handler asks GitHub for anything, and what cannot speak for the
 * App cannot be made to.
 * https://github.com/probot/adapter-aws-lambda-serverless
 */
export async function loadAdapter(
  deps: IntakeDeps,
  config: Pick<Config, "WEBHOOK_SECRET" | "GITHUB_API_URL">,
  log: Logger,
): Promise<LoadedAdapter> {
  const probot = new Probot({
    githubToken: "none",
    secret: config.WEBHOOK_SECRET,
    baseUrl: config.GITHUB_API_URL,
    log: probotLog(log),
  });
  await probot.load(probotApp(deps));
  await probot.ready();
  return {
    probot,
    receive: ({ id, name, signature, text }) =>
      adapter(
        probot,
        {
          headers: {
            "x-github-delivery": id,
            "x-github-event": name,
            "x-hub-signature-256": signature,
          },
          body: text,
        },
        {},
      ),
  };
}
