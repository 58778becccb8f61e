import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ApiDeps } from "../deps.ts";
import { SECOND } from "../domain/clock.ts";
import { REQUEST_OUTCOMES, type RequestOutcome } from "../github/requests.ts";
import { LOG_EVENTS } from "../log/events.ts";
import { LAST_SWEEP } from "../store/fact-kinds.ts";
import type { WorkStats } from "../store/ports.ts";
import type { Family } from "./prometheus-text.ts";

/** Milliseconds between two measurements of the event loop's lag. */
const RESOLUTION = 20;
const NANOSECONDS = 1e9;
const QUANTILES = [50, 90, 99] as const;

/** Counts by a word. */
class Counts {
  readonly #counts = new Map<string, number>();

  add(word: string, n = 1): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + n);
  }

  samples(label: string): Family["samples"] {
    return [...this.#counts].sort().map(([word, value]) => ({ labels: { [label]: word }, value }));
  }
}

/**
 * Measures a server: the work to do, what became of deliveries and of requests to GitHub, and the process. Counts
 * begin at the start. A delivery's changes are counted by the lines of the log, whatever its level.
 */
export class Metrics {
  readonly #lines = new Counts();
  readonly #deliveries = new Counts();
  readonly #github = new Counts();
  #githubSeconds = 0;
  readonly #lag: ReturnType<typeof monitorEventLoopDelay>;
  readonly #startedAt = Date.now() / SECOND - process.uptime();

  constructor() {
    // A counter that begins with its first count shows no increase by it: that of the first failure would be missed.
    for (const event of LOG_EVENTS) this.#addLine(event, 0);
    for (const outcome of REQUEST_OUTCOMES) this.#github.add(outcome, 0);
    this.#lag = monitorEventLoopDelay({ resolution: RESOLUTION });
    this.#lag.enable();
  }

  /** Counts a line of the log by its key. */
  countLine(event: string): void {
    this.#addLine(event, 1);
  }

  #addLine(event: string, n: number): void {
    this.#lines.add(event, n);
    const [noun, verb] = event.split(".");
    if (noun === "delivery" && verb) this.#deliveries.add(verb, n);
  }

  /** Counts a request to GitHub by its outcome, and the milliseconds it took. */
  countGitHubRequest(outcome: RequestOutcome, ms: number): void {
    this.#github.add(outcome);
    this.#githubSeconds += ms / SECOND;
  }

  /** Reads everything; the event loop's lag is that since the last reading. */
  async read(deps: Pick<ApiDeps, "countWork" | "store" | "clock">): Promise<Family[]> {
    const [work, sweep] = await Promise.all([
      deps.countWork?.() ?? { queues: [], due: [] },
      deps.store.facts.get(LAST_SWEEP.of()),
    ]);
    const now = deps.clock.now();
    return [
      ...workFamilies(work, now),
      ...this.#countFamilies(sweep?.at ?? null),
      ...this.#processFamilies(),
    ];
  }

  #countFamilies(sweptAt: string | null): Family[] {
    return [
      counter(
        "zekt_deliveries_total",
        "Changes of deliveries since the start",
        this.#deliveries.samples("change"),
      ),
      counter("zekt_log_lines_total", "Lines of the log by their key", this.#lines.samples("event")),
      counter("zekt_github_requests_total", "Requests to GitHub by outcome", this.#github.samples("outcome")),
      counter("zekt_github_request_seconds_total", "Time that requests to GitHub took", [
        { value: this.#githubSeconds },
      ]),
      gauge("zekt_last_sweep_timestamp_seconds", "When the last sweep ended", [
        ...(sweptAt === null ? [] : [{ value: Date.parse(sweptAt) / SECOND }]),
      ]),
    ];
  }

  #processFamilies(): Family[] {
    const lag = [...QUANTILES, 100].map((percent) => ({
      labels: { quantile: String(percent / 100) },
      value: lagOf(this.#lag.percentile(percent)),
    }));
    this.#lag.reset();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return [
      summary("nodejs_eventloop_lag_seconds", "Lag of the event loop since the last reading", lag),
      gauge("nodejs_heap_used_bytes", "Memory of JavaScript's objects", [{ value: heapUsed }]),
      gauge("process_resident_memory_bytes", "Memory of the process", [{ value: rss }]),
      counter("process_cpu_seconds_total", "Processor time of the process", [
        { value: (user + system) / 1e6 },
      ]),
      gauge("process_start_time_seconds", "When the process started", [{ value: this.#startedAt }]),
    ];
  }

  close(): void {
    this.#lag.disable();
  }
}

const familyOf =
  (type: Family["type"]) =>
  (name: string, help: string, samples: Family["samples"]): Family => ({ name, help, type, samples });
const counter = familyOf("counter");
const gauge = familyOf("gauge");
/** The one type whose samples have a label `quantile`. */
const summary = familyOf("summary");

/** Returns how many seconds late a measurement came: Node measures the time since the one before. */
const lagOf = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION / SECOND);

function workFamilies({ queues, due }: WorkStats, now: number): Family[] {
  return [
    gauge(
      "zekt_queue_messages",
      "Messages of each queue",
      queues.flatMap(({ name: queue, ready, delayed, working, dead }) =>
        Object.entries({ ready, delayed, working, dead }).map(([state, value]) => ({
          labels: { queue, state },
          value,
        })),
      ),
    ),
    gauge(
      "zekt_queue_oldest_message_age_seconds",
      "Age of the oldest message to be received now; 0 where there is none",
      queues.map(({ name: queue, oldestAt }) => ({
        labels: { queue },
        value: oldestAt === null ? 0 : Math.max(0, now - oldestAt) / SECOND,
      })),
    ),
    gauge(
      "zekt_due_items",
      "Stored work with a due time, by where it is stored",
      due.flatMap(({ table, waiting, pastDue }) => [
        { labels: { table, state: "waiting" }, value: waiting - pastDue },
        { labels: { table, state: "past-due" }, value: pastDue },
      ]),
    ),
  ];
}
