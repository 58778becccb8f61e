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
const EVERY = 5 * SECOND;

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

  constructor(options: ExportOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.every ?? EVERY).unref();
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
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      const reason = await this.#send(batch);
      if (reason === null) continue;
      this.#options.onLost(batch.length, reason);
      // The others wait for the next time, which may fare better.
      return;
    }
  }

  /** Returns why a batch was not taken; null where it was. */
  async #send(batch: readonly Span[]): Promise<string | null> {
    const { endpoint, headers, fetch = globalThis.fetch } = this.#options;
    try {
      const response = await fetch(`${endpoint}/v1/traces`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(this.#body(batch)),
        // The headers may hold a secret of the collector's.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      await response.body?.cancel();
      return response.ok ? null : `the collector answered ${response.status}`;
    } catch (error) {
      return deepestCause(error);
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

  /** Exports what waits, and ends. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
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
