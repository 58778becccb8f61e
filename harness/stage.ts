import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { parse } from "yaml";
import type { Clock } from "../app/domain/clock.ts";
import { readConfig } from "../app/main/config.ts";
import { listen, type RunningServer, startServer } from "../app/main/start-server.ts";
import type { Storage } from "../app/store/ports.ts";
import { type GitHubServer, startGitHub } from "../fake-github/server.ts";
import { appSettings } from "./app-settings.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ACTION_REPOSITORY = "zekt-dev-org/zekt-action";

/** GitHub and Zekt, up and acquainted. */
export interface Stage {
  github: GitHubServer;
  server: RunningServer;
  /** Calls Zekt's API as a user, and gives the JSON of a success. */
  api<T>(login: string, method: string, path: string, body?: object): Promise<T>;
  repositoryId(fullName: string): string;
  close(): Promise<void>;
}

export interface StageOptions {
  log: Logger;
  /** The folder of Zekt's data; in memory without it. */
  dataDir?: string;
  port?: number;
  /** The system's, unless given. */
  clock?: Clock;
  /** A smee channel that GitHub's webhooks come by, instead of straight to Zekt. */
  smeeUrl?: string;
  /** Where GitHub has pages of Apps: on an Enterprise Server at another path. */
  appPages?: "apps" | "github-apps";
  /** Starts Zekt; in this process unless given. */
  start?: typeof startServer;
  /** Where Zekt stores, in place of `dataDir`. */
  storage?: Storage;
  /** Further settings of Zekt, by their variables. */
  settings?: Readonly<Record<string, string>>;
  /** Logins of users who run the deployment; they are made. */
  operators?: readonly string[];
}

/** Starts the fake GitHub and Zekt beside it, as an App that is registered and not yet installed. */
export async function setStage({
  log,
  dataDir = "",
  port = 0,
  clock,
  start = startServer,
  smeeUrl,
  storage,
  appPages = "apps",
  operators = [],
  settings = {},
}: StageOptions): Promise<Stage> {
  const github = await startGitHub({
    localActions: { [ACTION_REPOSITORY]: ROOT },
    ...(clock ? { clock } : {}),
  });
  const { control } = github;
  control.configure({ appPages });
  control.createAccount({ login: "zekt-dev-org", type: "Organization" });
  const manifest = parse(readFileSync(`${ROOT}/app.yml`, "utf8")) as {
    default_permissions: Record<string, "read" | "write">;
    default_events: string[];
  };
  const app = control.createApp({
    name: "Zekt Demo",
    owner: "zekt-dev-org",
    callback_urls: ["http://127.0.0.1/console/callback"],
    permissions: manifest.default_permissions,
    events: manifest.default_events,
  });
  const listener = await listen("127.0.0.1", port);
  const config = readConfig({
    ...appSettings(app),
    ZEKT_MASTER_KEY: "0".repeat(64),
    GITHUB_API_URL: github.url,
    GITHUB_WEB_URL: github.url,
    GITHUB_OIDC_ISSUER: github.oidcIssuer,
    ZEKT_SMEE_URL: smeeUrl,
    ...settings,
    ZEKT_OPERATORS: operators.map((login) => control.createAccount({ login }).id).join(","),
  });
  const server = await start({ ...config, ZEKT_DATA_DIR: dataDir }, listener, {
    log,
    ...(storage ? { storage } : {}),
    ...(clock ? { clock } : {}),
  });
  control.setAppWebhook(app.slug, smeeUrl ?? `${server.url}/github/webhooks`);
  const tokens = new Map<string, string>();
  return {
    github,
    server,
    repositoryId: (fullName) => String(control.repository(fullName).id),
    async api(login, method, path, body) {
      const ask = async (token = control.userToken(login, app.client_id)): Promise<Response> => {
        tokens.set(login, token);
        return await fetch(`${server.url}/api${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body ? { "content-type": "application/json" } : {}),
          },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
      };
      const known = tokens.get(login);
      let response = await ask(known);
      // A token lives eight hours of a clock that may jump.
      if (response.status === 401 && known) response = await ask();
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
      return (text === "" ? null : JSON.parse(text)) as never;
    },
    async close() {
      await server.close();
      await github.close();
    },
  };
}

/** The longest that something is waited for, in milliseconds: a busy machine is slow. */
const PATIENCE = 30_000;

/** Waits for something to come true; fails after half a minute. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`It did not come true within ${PATIENCE / 1000} s.`);
}

/** Waits until GitHub runs and sends nothing, and Zekt has worked on all that it heard. */
export async function atRest({ github, server }: Stage): Promise<void> {
  const isWorked = async (): Promise<boolean> => {
    const { queues = [] } = (await server.deps.countWork?.()) ?? {};
    return queues.every(({ ready, working }) => ready + working === 0);
  };
  await until(async () => {
    const wasWorked = await isWorked();
    await github.control.idle();
    return wasWorked && (await isWorked());
  });
}
