import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Logger } from "pino";
import type { ApiDeps } from "../deps.ts";
import { type Clock, systemClock, WatchedClock } from "../domain/clock.ts";
import { GitHub } from "../github/client.ts";
import { createApi } from "../http/api.ts";
import { plainPath } from "../http/kit/plain-path.ts";
import { problem } from "../http/kit/problem.ts";
import { consoleRoutes } from "../http/pages/console.ts";
import { firstPage } from "../http/pages/first-page.ts";
import { webhookRoutes } from "../http/webhooks/webhooks.ts";
import { redeliverGap } from "../steps/hooks/redeliver-gap.ts";
import { handleMessage, messageIds } from "../steps/jobs/handle-message.ts";
import { runEveryMinute } from "../steps/jobs/run-every-minute.ts";
import { setBackWaits } from "../steps/jobs/set-back-waits.ts";
import { LAST_SWEEP } from "../store/fact-kinds.ts";
import { Poller } from "../store/poller.ts";
import type { Storage } from "../store/ports.ts";
import type { QueueName } from "../store/queues.ts";
import type { OnDeadLetter } from "../store/sqlite/queue.ts";
import { openSqlite } from "../store/sqlite/storage.ts";
import { apiDeps } from "./api-deps.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { loadProbot } from "./load-probot.ts";
import { SmeeChannel } from "./smee.ts";
import { WebhooksFirst } from "./webhooks-first.ts";

/** Messages of each queue worked on at once in one process. */
const CONCURRENCY = { routing: 32, delivery: 256 } as const satisfies Record<QueueName, number>;

/** The time for which an idle connection stays open, in milliseconds. */
const KEEP_ALIVE = 75_000;

/** The bytes of a request's headers: an organization may include a hundred properties in the tokens of its jobs. */
const MAX_HEADERS = 64 * 1024;

export interface ServerOptions {
  log: Logger;
  /** Milliseconds between sweeps. */
  sweepEvery?: number;
  clock?: Clock;
  /** Where to store; the data folder unless given. It is closed with the server. */
  storage?: Storage;
}

export interface RunningServer {
  url: string;
  deps: ApiDeps;
  storage: Storage;
  close(): Promise<void>;
}

/** A server that listens before it knows what it serves: its own address is part of the settings. */
export interface Listener {
  url: string;
  serve(fetch: (request: Request) => Response | Promise<Response>): void;
  close(): Promise<void>;
}

/** Listens on a port (0 for any) and answers 503 until told what to serve. */
export async function listen(hostname: string, port: number): Promise<Listener> {
  let handler: (request: Request) => Response | Promise<Response> = () =>
    new Response("starting", { status: 503 });
  const server = serve({
    fetch: (request: Request) => handler(request),
    hostname,
    port,
    serverOptions: { maxHeaderSize: MAX_HEADERS },
  });
  if (!server.listening) await once(server, "listening");
  (server as Server).on("request", drainOnceAnswered);
  // Longer than proxies and clients keep a connection, so that none sends on one that is just being closed.
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = KEEP_ALIVE;
  const url = `http://${hostname}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    serve(fetch) {
      handler = fetch;
    },
    async close() {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * Drains the rest of a body once its request is answered. A caller refused before its body was read keeps the
 * connection for the next request. The stream that the limit of a body reads would hold it up. The server's library
 * would then take it for stuck and cut the connection, whatever is asked over it by then.
 */
function drainOnceAnswered(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once("finish", () => {
    if (!incoming.readableEnded) incoming.removeAllListeners("data").resume();
  });
}

/**
 * Runs all of Zekt in this process on SQLite, in the data folder, or in memory where that is empty.
 *
 * @throws FolderInUse where another process has the folder; ConfigError where GitHub does not know the App
 */
export async function startServer(
  config: Config,
  listener: Listener,
  options: ServerOptions,
): Promise<RunningServer> {
  const { log, sweepEvery = 60_000 } = options;
  const clock = new WatchedClock(options.clock ?? systemClock);
  const storage =
    options.storage ??
    openSqlite({ folder: config.ZEKT_DATA_DIR || undefined, onDeadLetter: logDeadLetter(log) });
  const deps = apiDeps({
    config: { ...config, ...(await askApp(config)) },
    log,
    storage,
    publicUrl: config.ZEKT_PUBLIC_URL ?? listener.url,
    soleWorker: crypto.randomUUID(),
    clock,
  });
  const probot = await loadProbot(deps, config, log);
  const smee = config.ZEKT_SMEE_URL
    ? new SmeeChannel({
        source: config.ZEKT_SMEE_URL,
        target: `${listener.url}/github/webhooks`,
        log: deps.log,
        clock: deps.clock,
        since: (await deps.store.facts.get(LAST_SWEEP.of()))?.at ?? null,
        onBack: async (since) => void (await redeliverGap(deps, since)),
      })
    : null;
  const root = new Hono({ getPath: plainPath });
  root.notFound(() => problem(404, "There is no such address."));
  const precedence = new WebhooksFirst();
  const within: WebhooksFirst["run"] = (take) => precedence.run(take);
  root.route(
    "/",
    webhookRoutes(deps, config.WEBHOOK_SECRET, probot, {
      within,
      onForged: config.ZEKT_SMEE_URL ? warnOfSmee(config.ZEKT_SMEE_URL, log) : undefined,
    }),
  );
  root.route(
    "/",
    createApi(deps, [], () => [smee?.problem ?? []].flat()),
  );
  root.route("/", consoleRoutes(deps));
  root.route("/", firstPage(deps.settings));
  listener.serve((request) => root.fetch(request));
  const pollers = startPollers(deps, storage, precedence);
  const sweeping = startSweeping(deps, clock, sweepEvery);
  await smee?.start();
  return {
    url: listener.url,
    deps,
    storage,
    async close() {
      await smee?.stop();
      await sweeping.stop();
      await listener.close();
      await Promise.all(pollers.map((poller) => poller.stop()));
      await storage.close();
    },
  };
}

/**
 * Asks GitHub who the App is and where its page is, which proves its key as well. Settings come first; with the
 * App's name among them a GitHub that does not answer is no obstacle.
 */
async function askApp(config: Config): Promise<{ ZEKT_APP_SLUG: string; ZEKT_APP_URL?: string }> {
  const { ZEKT_APP_SLUG: slug, ZEKT_APP_URL: page } = config;
  if (slug && page) return { ZEKT_APP_SLUG: slug, ZEKT_APP_URL: page };
  const github = new GitHub({
    apiUrl: config.GITHUB_API_URL,
    appId: config.APP_ID,
    privateKey: config.PRIVATE_KEY,
  });
  try {
    const { data } = await (await github.asApp()).request("GET /app");
    const app = data as { slug: string; html_url: string };
    return { ZEKT_APP_SLUG: slug ?? app.slug, ZEKT_APP_URL: page ?? app.html_url };
  } catch (cause) {
    if (slug) return { ZEKT_APP_SLUG: slug };
    throw new ConfigError(
      `GitHub at ${config.GITHUB_API_URL} did not accept APP_ID ${config.APP_ID} with its PRIVATE_KEY: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function startPollers(deps: ApiDeps, storage: Storage, precedence: WebhooksFirst): Poller[] {
  return (Object.keys(CONCURRENCY) as QueueName[]).map(
    (queue) =>
      new Poller({
        queue: storage.queue(queue),
        concurrency: CONCURRENCY[queue],
        turn: () => precedence.turn(),
        work: (body) => handleMessage(deps, queue, body),
        onError: (error, body) =>
          deps.log.error(
            { event: "queue-message.failed", err: error, queue, ...(body ? messageIds(body) : {}) },
            "Queue message failed and will be received again",
          ),
      }),
  );
}

/** Logs each message that fails for good. On AWS a metric and an alarm tell of it. */
const logDeadLetter =
  (log: Logger): OnDeadLetter =>
  ({ queue, body, count }) =>
    log.error(
      { event: "queue-message.dead", queue, deadLetters: count, ...messageIds(body) },
      "Queue message failed ten times and is a dead letter",
    );

/** Sweeps at once, since a restart may follow a crash, and then in its rhythm; never twice at a time. */
function startSweeping(deps: ApiDeps, clock: WatchedClock, every: number): { stop(): Promise<void> } {
  // The process before may have seen a clock that was ahead.
  let wasSetBack = true;
  const report = (error: unknown): void =>
    deps.log.error({ event: "schedule.failed", err: error }, "Schedule failed; the next one does its work");
  const minute = async (began: boolean): Promise<void> => {
    wasSetBack = clock.wasSetBack() || wasSetBack;
    if (wasSetBack)
      await setBackWaits(deps).then(() => {
        wasSetBack = false;
      }, report);
    await runEveryMinute(deps, began);
  };
  let running: Promise<void> = Promise.resolve();
  const once = (began = false) => {
    running = running.then(() => minute(began)).catch(report);
  };
  once(true);
  const timer = setInterval(once, every);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/**
 * Says why a webhook that came by a smee channel may be lost. The channel reads its JSON and writes it anew. The
 * signature over GitHub's bytes fits only where that gives the same bytes.
 */
const warnOfSmee =
  (smee: string, log: Logger) =>
  (event: string | null): void =>
    log.warn(
      { event: "smee.mismatched", smee, webhook: event },
      "Webhook signature does not fit: smee writes JSON anew, which changes some bodies. Redeliver it; if it fails again, use an address that GitHub reaches (ZEKT_PUBLIC_URL) in place of ZEKT_SMEE_URL, or check WEBHOOK_SECRET",
    );
