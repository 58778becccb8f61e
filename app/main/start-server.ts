import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Http2Bindings, type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import type { Logger } from "pino";
import about from "../../package.json" with { type: "json" };
import type { ApiDeps } from "../deps.ts";
import { type Clock, MINUTE, systemClock, WatchedClock } from "../domain/clock.ts";
import { missingEvents, missingPermissions } from "../domain/installations/installation.ts";
import { GitHub } from "../github/client.ts";
import { GitHubClock } from "../github/github-clock.ts";
import { hasStatus } from "../github/installations.ts";
import { createApi } from "../http/api.ts";
import { plainPath } from "../http/kit/plain-path.ts";
import { problem } from "../http/kit/problem.ts";
import { consoleRoutes } from "../http/pages/console.ts";
import { firstPage } from "../http/pages/first-page.ts";
import { webhookRoutes } from "../http/webhooks/webhooks.ts";
import type { SpanExporter } from "../outbound/export-spans.ts";
import { redeliverGap } from "../steps/hooks/redeliver-gap.ts";
import { handleMessage, messageIds } from "../steps/jobs/handle-message.ts";
import { reportMinute, runEveryMinute } from "../steps/jobs/run-every-minute.ts";
import { setBackWaits } from "../steps/jobs/set-back-waits.ts";
import { LAST_SWEEP } from "../store/fact-kinds.ts";
import { Poller } from "../store/poller.ts";
import type { Storage } from "../store/ports.ts";
import type { QueueName } from "../store/queues.ts";
import type { OnDeadLetter } from "../store/sqlite/queue.ts";
import { openSqlite } from "../store/sqlite/storage.ts";
import { apiDeps } from "./api-deps.ts";
import { BodyRoom } from "./body-room.ts";
import { type Config, headersOf } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { urlOf } from "./host-and-port.ts";
import { listenProblem } from "./listen-problem.ts";
import { loadProbot } from "./load-probot.ts";
import { serveMetrics } from "./serve-metrics.ts";
import { SmeeChannel } from "./smee.ts";
import { WebhooksFirst } from "./webhooks-first.ts";

/**
 * Messages of each queue worked on at once in one process. A dispatch spends its time waiting for GitHub, and holds
 * its request alone meanwhile.
 */
const CONCURRENCY = { routing: 32, delivery: 1024 } as const satisfies Record<QueueName, number>;

/** The time that a start waits for GitHub's clock, in milliseconds. */
const LONGEST_ASK = 2000;

/** The time for which an idle connection stays open, in milliseconds. */
const KEEP_ALIVE = 75_000;

/** The bytes of a request's headers: an organization may include a hundred properties in the tokens of its jobs. */
const MAX_HEADERS = 64 * 1024;

export interface ServerOptions {
  log: Logger;
  /** Sends the requests to GitHub and to a collector of traces; Node's own `fetch` unless given. */
  fetch?: typeof fetch;
  /** Milliseconds between sweeps. */
  sweepEvery?: number;
  clock?: Clock;
  /** Where to store; the data folder unless given. It is closed with the server. */
  storage?: Storage;
}

export interface RunningServer {
  url: string;
  /** Where `/metrics` is; absent where it is not served. */
  metricsUrl?: string;
  deps: ApiDeps;
  storage: Storage;
  close(): Promise<void>;
}

/** A server that listens before it knows what it serves: its own address is part of the settings. */
export interface Listener {
  url: string;
  serve(fetch: (request: Request) => Response | Promise<Response>): void;
  /** The room that the bodies of its requests have. */
  readonly bodies: BodyRoom;
  /** The requests that are being answered. */
  readonly active: number;
  /** Ends: no more connections are accepted, requests under way are answered, and the rest is cut. */
  close(): Promise<void>;
}

/** The longest wait for requests under way, in milliseconds, and the wait for their answers to be sent. */
const REQUESTS_GRACE = 10_000;
const ANSWERS_GRACE = 250;
/** Milliseconds between two lines about what a server that is to stop still waits for. */
const STOPPING_EVERY = 5000;
/** The minute's work counts as standing still after so long, in milliseconds. */
const LONGEST_SWEEP = 5 * MINUTE;

/**
 * Listens on a port (0 for any); requests wait until it is told what to serve. Bodies may take `room` bytes together.
 *
 * @throws ConfigError where the address cannot be listened on
 */
export async function listen(hostname: string, port: number, room?: number): Promise<Listener> {
  // A proxy that held a request back while nothing listened passes it on at once.
  const served = Promise.withResolvers<(request: Request) => Response | Promise<Response>>();
  let handler: (request: Request) => Response | Promise<Response> = async (request) =>
    (await served.promise)(request);
  let active = 0;
  let isClosing = false;
  let onIdle = (): void => {};
  const bodies = new BodyRoom(room);
  const fetch = async (request: Request, bindings: HttpBindings | Http2Bindings): Promise<Response> => {
    const { incoming, outgoing } = bindings as HttpBindings;
    active += 1;
    try {
      return await bodies.within(incoming, () => handler(request));
    } finally {
      // Else a proxy takes the connection for one that it may send the next request on, just as it is cut.
      if (isClosing) outgoing.shouldKeepAlive = false;
      active -= 1;
      if (active === 0) onIdle();
    }
  };
  const serverOptions = { maxHeaderSize: MAX_HEADERS, IncomingMessage: bodies.requests() };
  const server = serve({ fetch, hostname, port, serverOptions });
  await listening(server as Server, hostname, port);
  (server as Server).on("request", drainOnceAnswered);
  // Longer than proxies and clients keep a connection, so that none sends on one that is just being closed.
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = KEEP_ALIVE;
  return {
    url: urlOf(hostname, (server.address() as AddressInfo).port),
    serve(fetch) {
      handler = fetch;
      served.resolve(fetch);
    },
    bodies,
    get active() {
      return active;
    },
    async close() {
      isClosing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const idle = new Promise<void>((resolve) => {
        onIdle = resolve;
      });
      if (active > 0) await waitAtMost(REQUESTS_GRACE, idle);
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      await waitAtMost(ANSWERS_GRACE, closed);
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** Waits for something, though no longer than some milliseconds. */
async function waitAtMost(ms: number, what: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  try {
    await Promise.race([what, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function listening(server: Server, hostname: string, port: number): Promise<void> {
  try {
    if (!server.listening) await once(server, "listening");
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `Nothing can listen on ${hostname}:${port}: ${listenProblem(code, port) ?? message}.`,
      {
        cause,
      },
    );
  }
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
 * @throws DataFolderProblem where the folder cannot be used; ConfigError where GitHub does not know the App
 */
export async function startServer(
  config: Config,
  listener: Listener,
  options: ServerOptions,
): Promise<RunningServer> {
  const { log, sweepEvery = 60_000, fetch = globalThis.fetch } = options;
  const githubClock = new GitHubClock(options.clock ?? systemClock);
  const clock = new WatchedClock(githubClock);
  const metrics = config.ZEKT_METRICS ? new (await import("./metrics.ts")).Metrics() : null;
  const storage =
    options.storage ??
    openSqlite({ folder: config.ZEKT_DATA_DIR || undefined, onDeadLetter: logDeadLetter(log) });
  const traces = await openTraces(config, log, fetch);
  const deps = apiDeps({
    config: { ...config, ...(await askApp(config, fetch, log)) },
    log,
    fetch,
    storage,
    publicUrl: config.ZEKT_PUBLIC_URL ?? listener.url,
    soleWorker: crypto.randomUUID(),
    clock,
    githubClock,
    traces,
    ...(metrics ? { onLine: (event: string) => metrics.countLine(event) } : {}),
  });
  if (metrics) deps.github.requests.onOutcome((outcome, ms) => metrics.countGitHubRequest(outcome, ms));
  const metricsServer =
    metrics && config.ZEKT_METRICS ? await serveMetrics(config.ZEKT_METRICS, () => metrics.read(deps)) : null;
  let isStopping = false;
  // Before anything is dated; a GitHub that does not answer is no obstacle.
  await waitAtMost(LONGEST_ASK, githubClock.ask());
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
  let sweeping: Sweeping | null = null;
  const root = new Hono({ getPath: plainPath });
  root.notFound(() => problem(404, "There is no such address."));
  const precedence = new WebhooksFirst();
  const within: WebhooksFirst["run"] = (take) => precedence.run(take);
  root.route("/", webhookRoutes(deps, config.WEBHOOK_SECRET, probot, { within, smee: config.ZEKT_SMEE_URL }));
  root.route(
    "/",
    createApi(deps, [], () =>
      [
        storage.problem?.() ?? [],
        smee?.problem ?? [],
        sweeping?.problem ?? [],
        isStopping ? "The server is stopping." : [],
      ].flat(),
    ),
  );
  root.route("/", consoleRoutes(deps));
  root.route("/", firstPage(deps.settings));
  listener.bodies.onRefused = (bytes) =>
    log.warn(
      { event: "request.crowded-out", bytes },
      "A request was refused: too many large ones are under way",
    );
  listener.serve((request) => root.fetch(request));
  const pollers = startPollers(deps, storage, precedence);
  sweeping = startSweeping(deps, clock, sweepEvery);
  await smee?.start();
  const report = (): void =>
    deps.log.info(
      {
        event: "app.stopping",
        requests: listener.active,
        messages: pollers.reduce((sum, { working }) => sum + working, 0),
        sweeping: sweeping?.isRunning ?? false,
      },
      "Zekt is stopping; it waits for what is under way",
    );
  return {
    url: listener.url,
    ...(metricsServer ? { metricsUrl: metricsServer.url } : {}),
    deps,
    storage,
    async close() {
      isStopping = true;
      report();
      const timer = setInterval(report, STOPPING_EVERY);
      await smee?.stop();
      await sweeping?.stop();
      await listener.close();
      await Promise.all(pollers.map((poller) => poller.stop()));
      await metricsServer?.close();
      metrics?.close();
      await storage.close();
      await traces?.close();
      clearInterval(timer);
      deps.log.info({ event: "app.stopped" }, "Zekt has stopped");
    },
  };
}

/**
 * Asks GitHub who the App is and where its page is, which proves its key as well, and warns of what it lacks. Settings
 * come first; with the App's name among them a GitHub that does not answer is no obstacle.
 */
async function askApp(
  config: Config,
  fetch: typeof globalThis.fetch,
  log: Logger,
): Promise<{ ZEKT_APP_SLUG: string; ZEKT_APP_URL?: string }> {
  const { ZEKT_APP_SLUG: slug, ZEKT_APP_URL: page } = config;
  if (slug && page) return { ZEKT_APP_SLUG: slug, ZEKT_APP_URL: page };
  const { GITHUB_API_URL: apiUrl, APP_ID: appId, PRIVATE_KEY: privateKey } = config;
  const github = new GitHub({ apiUrl, appId, privateKey }, { fetch });
  try {
    const { data } = await (await github.asApp()).request("GET /app");
    const app = data as AppJson;
    warnOfLacking(app, log);
    return { ZEKT_APP_SLUG: slug ?? app.slug, ZEKT_APP_URL: page ?? app.html_url };
  } catch (cause) {
    if (slug) return { ZEKT_APP_SLUG: slug };
    const { message } = cause as Error;
    const isRefused = hasStatus(cause, 401, 403, 404);
    throw new ConfigError(
      isRefused
        ? `GitHub at ${apiUrl} did not accept APP_ID ${appId} with its PRIVATE_KEY: ${message}`
        : `GitHub at ${apiUrl} does not tell the name of the App ${appId}. Start again once it does, or set ZEKT_APP_SLUG: ${message}`,
      { cause },
    );
  }
}

/** https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app */
interface AppJson {
  slug: string;
  html_url: string;
  permissions?: Record<string, string>;
  events?: string[];
}

/** Warns where the App was made without what `app.yml` asks for: then webhooks or rights are missing, and nothing else says so. */
function warnOfLacking({ permissions = {}, events = [] }: AppJson, log: Logger): void {
  const lacking = { permissions: missingPermissions(permissions), events: missingEvents(events) };
  if (lacking.permissions.length === 0 && lacking.events.length === 0) return;
  log.warn(
    { event: "app.lacking", ...lacking },
    "The App lacks what Zekt needs: add it under Permissions & events in the App's settings on GitHub. Each owner accepts a permission",
  );
}

/** Opens the export of traces, where a collector is set; nothing of it is loaded otherwise. */
async function openTraces(
  config: Config,
  log: Logger,
  fetch: typeof globalThis.fetch,
): Promise<SpanExporter | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = config;
  if (endpoint === undefined) return null;
  const { SpanExporter } = await import("../outbound/export-spans.ts");
  return new SpanExporter({
    endpoint,
    fetch,
    headers: headersOf(headers) ?? {},
    service: config.OTEL_SERVICE_NAME,
    version: about.version,
    onLost: (spans, reason) =>
      log.warn({ event: "traces.lost", spans, reason }, "Spans were not exported, and are lost"),
  });
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

/** The minute's work, as it goes on. */
interface Sweeping {
  readonly isRunning: boolean;
  /** Says that it stands still; null where it does not. */
  readonly problem: string | null;
  stop(): Promise<void>;
}

/**
 * Sweeps at once, since a restart may follow a crash, and then in its rhythm; never twice at a time. A minute that comes
 * round while the one before is at work is left out. A slow hour would leave many behind, which a stop would wait for.
 */
function startSweeping(deps: ApiDeps, clock: WatchedClock, every: number): Sweeping {
  // The process before may have seen a clock that was ahead.
  let wasSetBack = true;
  const report = (error: unknown): void => reportMinute(deps, error);
  const minute = async (began: boolean): Promise<void> => {
    wasSetBack = clock.wasSetBack() || wasSetBack;
    if (wasSetBack)
      await setBackWaits(deps).then(() => {
        wasSetBack = false;
      }, report);
    await runEveryMinute(deps, began);
  };
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  let endedAt = performance.now();
  const once = (began = false): void => {
    if (isRunning) return;
    isRunning = true;
    running = minute(began)
      .catch(report)
      .then(() => {
        isRunning = false;
        endedAt = performance.now();
      });
  };
  once(true);
  const timer = setInterval(once, every);
  return {
    get isRunning() {
      return isRunning;
    },
    get problem() {
      const ms = performance.now() - endedAt;
      if (ms <= Math.max(LONGEST_SWEEP, 3 * every)) return null;
      return `The minute's work has not ended for ${Math.floor(ms / MINUTE)} minutes.`;
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
