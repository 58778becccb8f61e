import { deepestCause } from "../../shared/deepest-cause.ts";
import { SECOND } from "../domain/clock.ts";
import type { Span, Traces } from "../domain/insight/trace-context.ts";

export interface ExportOptions {
  /** The address of a collector: spans go to `/v1/traces` below it. */
  endpoint: string;
  /** Sends the requests; Node's own unless given. */
  fetch?: typeof fetch;
  headers: Readonly<Record<string, string>>;
  service: string;
  version: string;
  /** Milliseconds between two exports. */
  every?: number;
  /** Hears that spans were lost: how many, and why. */
  onLost(count: number, reason: string): void;
}

/** Spans that wait at most; more are lost while the collector does not answer. */
const MOST_WAITING = 4096;
/** Spans of one request, at most. */
const BATCH = 512;
const TIMEOUT = 10 * SECOND;
/** The longest that an end waits for the collector. */
const END_TIMEOUT = 5 * SECOND;
const EVERY = 5 * SECOND;

const STOPPED = "Zekt stopped before the collector answered";

/** Numbers of OTLP. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
const KINDS = { internal: 1, server: 2, client: 3, consumer: 5 } as const satisfies Record<
  Span["kind"],
  number
>;
const ERROR = 2;

/**
 * Exports spans to a collector of OpenTelemetry, as JSON over HTTP, a batch at a time. What the collector does not
 * take is lost: nothing waits for it.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export class SpanExporter implements Traces {
  readonly #options: ExportOptions;
  readonly #timer: NodeJS.Timeout;
  #waiting: Span[] = [];
  #lost = 0;
  #exporting: Promise<void> = Promise.resolve();
  #isExporting = false;
  readonly #end = new AbortController();

  constructor(options: ExportOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      // While a collector is silent, exports would queue up, and an end wait for each.
      if (!this.#isExporting) void this.flush();
    }, options.every ?? EVERY).unref();
  }

  record(span: Span): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(span);
    else this.#lost += 1;
  }

  /** Exports all that waits, one batch after another. */
  async flush(): Promise<void> {
    this.#exporting = this.#exporting.then(() => this.#exportAll());
    await this.#exporting;
  }

  async #exportAll(): Promise<void> {
    if (this.#lost > 0) this.#options.onLost(this.#lost, "too many wait");
    this.#lost = 0;
    this.#isExporting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      const lost = await this.#send(batch);
      if (lost === null) continue;
      this.#options.onLost(lost.count, lost.reason);
      // The others wait for the next time, which may fare better.
      if (lost.count === batch.length) break;
    }
    this.#isExporting = false;
  }

  /** Sends a batch. Returns how many of it were not taken, and why; null where all were. */
  async #send(batch: readonly Span[]): Promise<{ count: number; reason: string } | null> {
    const count = batch.length;
    const { endpoint, headers, fetch = globalThis.fetch } = this.#options;
    try {
      const response = await fetch(`${endpoint}/v1/traces`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(this.#body(batch)),
        // The headers may hold a secret of the collector's.
        redirect: "manual",
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT), this.#end.signal]),
      });
      if (response.ok) return refusedOf(await response.text());
      await response.body?.cancel();
      return { count, reason: `the collector answered ${response.status}` };
    } catch (error) {
      return { count, reason: this.#end.signal.aborted ? STOPPED : deepestCause(error) };
    }
  }

  #body(batch: readonly Span[]): object {
    const { service, version } = this.#options;
    return {
      resourceSpans: [
        {
          resource: { attributes: attributesOf({ "service.name": service, "service.version": version }) },
          scopeSpans: [{ scope: { name: "zekt", version }, spans: batch.map(spanJson) }],
        },
      ],
    };
  }

  /** Exports what waits, and ends. What the collector has not taken within {@link END_TIMEOUT} is lost. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const timer = setTimeout(() => this.#end.abort(), END_TIMEOUT);
    await this.flush();
    clearTimeout(timer);
    if (this.#waiting.length > 0) this.#options.onLost(this.#waiting.length, STOPPED);
    this.#waiting = [];
  }
}

/**
 * Reads of a collector's answer how many spans it refused; null where there are none. A count of 64 bits is a text in
 * JSON. https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 */
function refusedOf(answer: string): { count: number; reason: string } | null {
  let refused: { rejectedSpans?: unknown; errorMessage?: unknown } | undefined;
  try {
    refused = JSON.parse(answer)?.partialSuccess;
  } catch {
    // Some collectors answer nothing, or not in JSON.
  }
  const count = Number(refused?.rejectedSpans ?? 0);
  if (!(count > 0)) return null;
  const { errorMessage = "" } = refused ?? {};
  return { count, reason: `the collector refused them${errorMessage === "" ? "" : `: ${errorMessage}`}` };
}

const nanoseconds = (ms: number): string => `${Math.round(ms * 1000)}000`;

const spanJson = ({
  traceId,
  spanId,
  parentSpanId,
  name,
  kind,
  start,
  end,
  attributes,
  error,
}: Span): object => ({
  traceId,
  spanId,
  ...(parentSpanId === null ? {} : { parentSpanId }),
  name,
  kind: KINDS[kind],
  startTimeUnixNano: nanoseconds(start),
  // A clock that was set back must not make a span end before it began.
  endTimeUnixNano: nanoseconds(Math.max(start, end)),
  attributes: attributesOf(attributes),
  status: error === undefined ? {} : { code: ERROR, message: error },
});

const attributesOf = (attributes: Span["attributes"]): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

const anyValue = (value: string | number | boolean): object => {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
};
