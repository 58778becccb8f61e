import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Settings, WorkerDeps } from "../deps.ts";
import { type Clock, iso, SECOND, systemClock } from "../domain/clock.ts";
import type { Traces } from "../domain/insight/trace-context.ts";
import { API_VERSION } from "../github/api-version.ts";
import { GitHub } from "../github/client.ts";
import type { GitHubClock } from "../github/github-clock.ts";
import { appPageOf } from "../github/pages.ts";
import { SHARE_AT_ONCE } from "../github/requests.ts";
import { avatarOrigins } from "../github/sign-in.ts";
import type { LogEvent } from "../log/events.ts";
import { isDurableWork } from "../steps/delivery/durable-work.ts";
import type { Storage } from "../store/ports.ts";
import { openStore } from "../store/store.ts";
import type { Config } from "./config.ts";
import { type IntakeConfig, intakeDeps } from "./intake-deps.ts";

/** Settings of what works in the background. */
export type WorkerConfig = IntakeConfig &
  Pick<
    Config,
    | "APP_ID"
    | "PRIVATE_KEY"
    | "GITHUB_API_URL"
    | "GITHUB_WEB_URL"
    | "ZEKT_APP_URL"
    | "ZEKT_SMEE_URL"
    | "ZEKT_BREAKER_LIMIT"
    | "ZEKT_ACTIONS"
    | "ZEKT_PRIVATE_RECEIVERS"
    | "ZEKT_DISPATCHES_PER_MINUTE"
    | "ZEKT_DISPATCHES_PER_HOUR"
  > & { ZEKT_APP_SLUG: string };

export interface Parts<C> {
  config: C;
  log: Logger;
  storage: Storage;
  publicUrl: string;
  soleWorker?: string;
  clock?: Clock;
  /** Called with the key of each line of the log. */
  onLine?: (event: LogEvent) => void;
  traces?: Traces | null;
  /** Follows GitHub's clock; `clock` stands on it. Without one, `clock` is the machine's. */
  githubClock?: GitHubClock;
  /** Called with work that nothing waits for, where the process may be frozen before it is done. */
  unawaited?: (work: Promise<void>) => void;
  /** Waits some milliseconds between two tries of a request to GitHub; as long in real time unless given. */
  wait?: (ms: number) => Promise<unknown>;
  /** Sends every request to GitHub; Node's own `fetch` unless given. */
  fetch?: typeof fetch;
}

/** Puts together what works in the background: it gets none of the secrets of people who sign in. */
export function workerDeps(parts: Parts<WorkerConfig>): WorkerDeps {
  const { config, storage, clock = systemClock } = parts;
  const intake = intakeDeps(parts);
  const store = openStore(storage, clock, {
    perMinute: config.ZEKT_DISPATCHES_PER_MINUTE,
    perHour: config.ZEKT_DISPATCHES_PER_HOUR,
  });
  const countRequest = (ownerId: string): void => {
    const fact = {
      scope: `owner#${ownerId}`,
      factId: crypto.randomUUID(),
      at: iso(clock.now()),
      counts: { githubRequests: 1, ...(isDurableWork() ? { durableGithubRequests: 1 } : {}) },
    };
    const counted = store.meters
      .record([fact])
      .catch((error: unknown) =>
        intake.log.warn({ event: "github-request.uncounted", err: error }, "GitHub request was not counted"),
      );
    parts.unawaited?.(counted);
  };
  const github = new GitHub(
    { apiUrl: config.GITHUB_API_URL, appId: config.APP_ID, privateKey: config.PRIVATE_KEY },
    {
      // What is signed by it is corrected where GitHub complains.
      now: () => parts.githubClock?.machine() ?? clock.now(),
      ...(parts.wait ? { wait: parts.wait } : {}),
      ...(parts.fetch ? { fetch: parts.fetch } : {}),
      atOnce: parts.soleWorker === undefined ? SHARE_AT_ONCE : undefined,
      onRequest: countRequest,
      onClockOff: (ms) =>
        intake.log.warn(
          { event: "clock.off", seconds: Math.round(ms / SECOND) },
          ms === 0
            ? "The clock is right again"
            : `The clock is off by ${Math.round(Math.abs(ms) / SECOND)} s: ${ms > 0 ? "ahead of" : "behind"} GitHub's`,
        ),
    },
  );
  github.requests.onAnnouncedEnd(({ request, sunset }) =>
    intake.log.warn(
      { event: "github.ending", request, sunset, version: API_VERSION },
      "GitHub announces the end of its API's version, or of a request",
    ),
  );
  parts.githubClock?.follow(github);
  return {
    ...intake,
    settings: settingsOf(parts),
    store,
    github,
    workflowTypes: new LRUCache({ maxSize: 5000, sizeCalculation: () => 1 }),
  };
}

function settingsOf({ config, publicUrl, soleWorker }: Parts<WorkerConfig>): Settings {
  return {
    publicUrl,
    // A smee channel has one target; the query tells the repositories' webhooks apart.
    repositoryWebhookUrl: (repositoryId) =>
      config.ZEKT_SMEE_URL
        ? `${config.ZEKT_SMEE_URL}?repository=${repositoryId}`
        : `${publicUrl}/github/webhooks/repositories/${repositoryId}`,
    privateReceivers: config.ZEKT_PRIVATE_RECEIVERS,
    avatarOrigins: avatarOrigins(config.GITHUB_WEB_URL),
    githubWebUrl: config.GITHUB_WEB_URL,
    appUrl: config.ZEKT_APP_URL ?? appPageOf(config.GITHUB_WEB_URL, config.ZEKT_APP_SLUG),
    botLogin: `${config.ZEKT_APP_SLUG}[bot]`,
    breakerLimit: config.ZEKT_BREAKER_LIMIT,
    actions: config.ZEKT_ACTIONS,
    soleWorker: soleWorker ?? null,
  };
}
