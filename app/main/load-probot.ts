import type { Logger } from "pino";
import { Probot } from "probot";
import type { ApiDeps } from "../deps.ts";
import { probotLog } from "../log/log.ts";
import { probotApp } from "./app.ts";
import type { Config } from "./config.ts";

/** Loads Zekt into Probot, which speaks for the App and logs as discreetly as the rest. */
export async function loadProbot(
  deps: ApiDeps,
  config: Pick<Config, "APP_ID" | "PRIVATE_KEY" | "WEBHOOK_SECRET" | "GITHUB_API_URL">,
  log: Logger,
): Promise<Probot> {
  const probot = new Probot({
    appId: config.APP_ID,
    privateKey: config.PRIVATE_KEY,
    secret: config.WEBHOOK_SECRET,
    baseUrl: config.GITHUB_API_URL,
    log: probotLog(log),
  });
  await probot.load(probotApp(deps));
  return probot;
}
