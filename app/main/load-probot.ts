import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import type { ApiDeps } from "../deps.ts";
import { probotLog } from "../log/log.ts";
import { probotApp } from "./app.ts";
import type { Config } from "./config.ts";

/**
 * Probot's client of GitHub, one for all events. Probot makes one for each handler of an event, with all plugins, which
 * takes a tenth of a webhook's time. The handlers here ask nothing of GitHub: that is done later, by `GitHub`.
 */
class OneOctokit extends ProbotOctokit {
  constructor(options?: ConstructorParameters<typeof ProbotOctokit>[0]) {
    super(options);
    const { auth } = this;
    this.auth = async (asked) =>
      (asked as { type?: string }).type === "event-octokit" ? this : await auth(asked);
  }
}

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
    Octokit: OneOctokit,
  });
  await probot.load(probotApp(deps));
  return probot;
}
