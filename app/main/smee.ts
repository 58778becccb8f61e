import { setTimeout as sleep } from "node:timers/promises";
import type SmeeClient from "smee-client";
import { type Clock, iso, MINUTE, SECOND } from "../domain/clock.ts";
import type { Log } from "../log/events.ts";

/** A connection that is not there after so long has failed, in milliseconds. */
const CONNECT_TIMEOUT = 10 * SECOND;
/** The wait before another try, doubled with each that failed, in milliseconds. */
const FIRST_WAIT = SECOND;
const LONGEST_WAIT = MINUTE;
/** A channel says `ping` every 30 s. One that says nothing for this long is not there, whatever its connection says. */
const SILENCE = 75 * SECOND;
/** The kinds of events that a channel sends. */
const SAID = ["ping", "ready", "message"];

export interface SmeeOptions {
  /** The channel's address. */
  source: string;
  /** Where its webhooks go. */
  target: string;
  log: Log;
  clock: Clock;
  /** Since when webhooks may have been missed before the start, as ISO 8601; null where there was nothing to miss. */
  since: string | null;
  /** Is called when the channel is back, with the moment since which webhooks may have been missed. */
  onBack: (since: string) => Promise<void>;
  /** Waits between tries, and while the channel may say something. */
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Receives webhooks from a smee channel, the App's and, by their query, the repositories' alike. Connects again
 * for ever: `smee-client` 5.0.0 gives up at the first answer that is not 200. It also connects again where nothing
 * is heard any more: the way to the channel may be gone without an end of the connection.
 */
export class SmeeChannel {
  readonly #options: Required<SmeeOptions>;
  readonly #stopped = new AbortController();
  /** Since when webhooks may be missed; null while the channel is connected. */
  #missingSince: string | null;
  /** When the channel was heard last, in milliseconds; set once it is known to say `ping`. */
  #heardAt: number | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SmeeOptions) {
    this.#options = { wait: (ms, signal) => sleep(ms, undefined, { signal }), ...options };
    this.#missingSince = options.since ?? iso(options.clock.now());
  }

  /** Says why webhooks do not come now; null where they do. */
  get problem(): string | null {
    if (this.#missingSince === null) return null;
    return `The smee channel ${this.#options.source} is not connected since ${this.#missingSince}: no webhook comes. It is tried again.`;
  }

  /** Connects, and stays at it; returns once the first try has ended, however it did. */
  async start(): Promise<void> {
    const first = Promise.withResolvers<void>();
    this.#running = this.#run(first.resolve);
    await first.promise;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(onFirst: () => void): Promise<void> {
    const { source, log, wait } = this.#options;
    const { signal } = this.#stopped;
    let mayHaveMissed = this.#options.since !== null;
    for (let failures = 0; !signal.aborted; ) {
      const client = await this.#client();
      try {
        const events = await untilAborted(client.start(), signal);
        failures = 0;
        this.#cameBack(mayHaveMissed);
        onFirst();
        mayHaveMissed = true;
        await this.#untilGone(events);
        if (!signal.aborted) this.#missingSince = iso(this.#heardAt ?? this.#options.clock.now());
      } catch {
        failures += 1;
        onFirst();
      } finally {
        await client.stop();
      }
      if (signal.aborted) return;
      const ms = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.max(0, failures - 1));
      log.warn(
        { event: "smee.disconnected", smee: source, since: this.#missingSince },
        `The smee channel cannot be reached; trying again in ${ms / SECOND} s`,
      );
      await wait(ms, signal).catch(() => {});
    }
  }

  #cameBack(mayHaveMissed: boolean): void {
    const { source, log, onBack } = this.#options;
    const since = this.#missingSince as string;
    this.#missingSince = null;
    log.info({ event: "smee.connected", smee: source }, "The smee channel is connected");
    if (!mayHaveMissed) return;
    onBack(since).catch((error: unknown) =>
      log.error(
        { event: "recheck.failed", err: error },
        "Webhooks that the channel missed were not requested",
      ),
    );
  }

  /** Waits until the stream ends, or nothing is heard of it for {@link SILENCE}. */
  async #untilGone(events: EventTarget): Promise<void> {
    const { wait, clock, log, source } = this.#options;
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.#stopped.signal]);
    let isHeard = true;
    const hear = ({ type }: Event): void => {
      isHeard = true;
      if (type === "ping" || this.#heardAt !== null) this.#heardAt = clock.now();
    };
    for (const name of SAID) events.addEventListener(name, hear);
    // What was heard before the last connection ended says nothing of this one.
    if (this.#heardAt !== null) this.#heardAt = clock.now();
    const closed = untilClosed(events, signal).then(() => gone.abort());
    while (!signal.aborted && (isHeard || this.#heardAt === null)) {
      isHeard = false;
      await wait(SILENCE, signal).catch(() => {});
    }
    if (!signal.aborted)
      log.warn({ event: "smee.silent", smee: source }, "The smee channel says nothing; connecting again");
    gone.abort();
    await closed;
  }

  async #client(): Promise<SmeeClient> {
    // It reads the environment's proxies as it is loaded, and throws at one without a scheme.
    const { default: Client } = await import("smee-client");
    const { source, target, log } = this.#options;
    const report = (line: unknown): void =>
      log.debug({ event: "smee.reported", smee: String(line) }, "Smee channel reported");
    return new Client({
      source,
      target,
      maxConnectionTimeout: CONNECT_TIMEOUT,
      logger: { info: report, error: report },
    });
  }
}

/** Waits for a promise, or until it is given up. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const give = (): void => aborted.reject(new Error("stopped"));
  signal.addEventListener("abort", give, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", give);
    promise.catch(() => {});
  }
}

/** Waits until a stream of events ends, whatever it would do about that. */
async function untilClosed(events: EventTarget, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    events.addEventListener("error", () => resolve(), { once: true });
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
