import { existsSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { Command } from "commander";
import { pino } from "pino";
import { setIn } from "../shared/environment.ts";
import { READABLE } from "./log/log.ts";
import {
  APP_SETTINGS,
  besideSetup,
  type Config,
  DEFAULT_DATA_DIR,
  readConfig,
  readSettings,
  unknownSettings,
} from "./main/config.ts";
import { ConfigError } from "./main/config-error.ts";
import { sendThroughProxies } from "./main/proxy.ts";
import { renewingFetch } from "./main/renewing-fetch.ts";
import { requireFolder } from "./main/require-folder.ts";
import { readSetup, setupPages } from "./main/setup.ts";
import { type Listener, listen, startServer } from "./main/start-server.ts";
import { DataFolderProblem } from "./store/sqlite/errors.ts";

const program = new Command("npm start --")
  .description(
    "Runs Zekt in one process, for the GitHub App that the settings name. Without an App it offers to make one.",
  )
  .option("-p, --port <number>", "port to listen on (PORT, 3000)")
  .option("--host <address>", "address to listen on (HOST, 127.0.0.1)")
  .option("--data <folder>", "folder that keeps all data (ZEKT_DATA_DIR, .zekt)")
  .addHelpText("after", "\nSettings come from the environment or from .env; .env.example lists them all.")
  .parse();

if (existsSync(".env")) process.loadEnvFile(".env");
const { port, host, data } = program.opts<{ port?: string; host?: string; data?: string }>();
const env: Record<string, string | undefined> = {
  // Else a line of .env that was left empty would hide what the first page has kept.
  ...setIn(process.env),
  ...(port ? { PORT: port } : {}),
  ...(host ? { HOST: host } : {}),
  ...(data ? { ZEKT_DATA_DIR: data } : {}),
};

/** A signal so many milliseconds after the first one ends the process at once. */
const AGAIN = 1000;

async function run(config: Config, listener: Listener): Promise<void> {
  const options = { ...READABLE, level: config.LOG_LEVEL };
  const { isTTY } = process.stdout;
  const print = (text: string): void => void process.stdout.write(text);
  const log =
    config.LOG_FORMAT === "pretty"
      ? pino(options, (await import("./log/pretty.ts")).prettyDestination(print, isTTY && !env.NO_COLOR))
      : pino(options);
  for (const { setting, message } of unknownSettings(env))
    log.warn({ event: "setting.unknown", setting, problem: message }, "A variable is no setting");
  const server = await startServer(config, listener, { log, fetch: renewingFetch() });
  log.info(
    {
      event: "app.started",
      url: server.url,
      publicUrl: server.deps.settings.publicUrl,
      data: config.ZEKT_DATA_DIR,
      metrics: server.metricsUrl,
    },
    "Zekt is up",
  );
  // Written at once, since a process that is killed writes nothing at its end.
  flushCompileCache();
  // What the start left behind would stay for as long as nothing happens. This frees the memory as well.
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  let askedAt: number | null = null;
  const stop = (): void => {
    // A terminal signals the command and this process alike, and the command passes it on: that is one wish.
    if (askedAt !== null && performance.now() - askedAt > AGAIN) process.exit(1);
    if (askedAt !== null) return;
    askedAt = performance.now();
    void server.close().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

try {
  sendThroughProxies(process.env);
  const dataDir = env.ZEKT_DATA_DIR ?? DEFAULT_DATA_DIR;
  const known = besideSetup(readSetup(dataDir), env);
  // With an App all settings are read, so that every wrong one is named at once.
  const config = APP_SETTINGS.some((name) => known[name]) ? readConfig(known) : null;
  const settings = config ?? readSettings(env);
  requireFolder(dataDir);
  const listener = await listen(settings.HOST, settings.PORT);
  if (config) {
    await run(config, listener);
  } else {
    const origin = settings.ZEKT_PUBLIC_URL ?? listener.url;
    const pages = setupPages({
      settings,
      origin,
      webhookUrl: settings.ZEKT_SMEE_URL ?? `${origin}/github/webhooks`,
      // As after a restart: a key that is given is the one that secrets derive from, from the start on.
      onApp: (app) => run(readConfig(besideSetup(app, env)), listener),
    });
    listener.serve((request) => pages.fetch(request));
    process.stdout.write(`There is no GitHub App yet. Open ${listener.url} to make one.\n`);
  }
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof DataFolderProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
