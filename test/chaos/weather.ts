import { HOUR, systemClock } from "../../app/domain/clock.ts";
import type { Archive, NewMessage, Queue, ReceivedMessage, Storage } from "../../app/store/ports.ts";
import { aroundTables, WRITES } from "../support/around-tables.ts";

/** The current fault beneath Zekt. */
export type Weather = "calm" | Storm;

const CLOCKS = ["clock-ahead", "clock-behind", "clock-a-day-off", "clock-right"] as const;
const STORMS = ["throttled", "answers-lost", "repeats", "delays", "deletions-lost", ...CLOCKS] as const;
type Storm = (typeof STORMS)[number];

/** Ahead, or behind. */
type Side = 1 | -1;

/** The storms of each kind of sky: everything, or nothing but clocks that jump. */
export const SKIES = { all: STORMS, clock: CLOCKS } as const satisfies Record<string, readonly Storm[]>;
/** The time for which one kind of weather lasts, in milliseconds. */
const SPELL = 400;
/** The length of a clock's jump, in milliseconds. */
const JUMP = 90_000;

/**
 * A day, but for an hour: no wait of a day, which the tests' deliveries have, is over by it. A run has all of
 * these go one way; from one side to the other it would be two days.
 */
const DAY_JUMP = 23 * HOUR;

/** The number of messages whose removal was lost that are remembered, to be received again. */
const REMEMBERED = 1000;

/** The longest delay before a message is seen, in seconds. */
const DELAY = 3;

/** Makes the weather that a seed decides, over the store, its disk and the clock, until a moment. */
export class Sky {
  readonly #random: () => number;
  readonly #until: number;
  readonly #storms: readonly Storm[];
  /** The way in which the clock jumps by a day. */
  readonly #side: Side;
  #weather: Weather = "calm";
  #since = 0;
  /** Milliseconds that the clock is off, and that it is to be off when the weather is over. */
  #clockOffset: number;
  readonly #rightOffset: number;

  constructor(
    random: () => number,
    until: number,
    clockOffset: number,
    { storms = SKIES.all, side = 1 }: { storms?: readonly Storm[]; side?: Side } = {},
  ) {
    this.#random = random;
    this.#until = until;
    this.#clockOffset = clockOffset;
    this.#rightOffset = clockOffset;
    this.#storms = storms;
    this.#side = side;
    systemClock.now = () => {
      const now = Date.now();
      return now + (now >= this.#until ? this.#rightOffset : this.#clockOffset);
    };
  }

  #now(): Weather {
    const now = Date.now();
    if (now >= this.#until) return "calm";
    if (now - this.#since < SPELL) return this.#weather;
    this.#since = now;
    this.#weather =
      this.#random() < 0.4
        ? "calm"
        : (this.#storms[Math.floor(this.#random() * this.#storms.length)] ?? "calm");
    if (this.#weather.startsWith("clock")) this.#clockOffset = this.#jump(this.#weather);
    return this.#weather;
  }

  /** Returns how far the clock is off after it jumped. */
  #jump(weather: Weather): number {
    switch (weather) {
      case "clock-ahead":
        return this.#clockOffset + Math.floor(this.#random() * JUMP);
      case "clock-behind":
        return this.#clockOffset - Math.floor(this.#random() * JUMP);
      case "clock-a-day-off":
        return this.#rightOffset + this.#side * DAY_JUMP;
      default:
        return this.#rightOffset;
    }
  }

  /** Makes what is asked of a storage go wrong as it does on AWS. */
  over(storage: Storage): Storage {
    return {
      ...aroundTables(storage, ({ method }, go) => this.#call(go, WRITES.includes(method))),
      queue: (name) => this.#overQueue(storage.queue(name)),
      archive: this.#overArchive(storage.archive),
    };
  }

  async #call<T>(go: () => Promise<T>, writes: boolean): Promise<T> {
    const weather = this.#now();
    const hit = this.#random();
    if (weather === "throttled" && hit < 0.3) throw named("ThrottlingException", "Rate exceeded");
    const answer = await go();
    // It was done, and nobody hears of it.
    if (weather === "answers-lost" && writes && hit < 0.3)
      throw named("InternalServerError", "The answer was lost");
    return answer;
  }

  #overArchive(archive: Archive): Archive {
    return {
      put: (key, text) => this.#call(() => archive.put(key, text), true),
      get: (key) => this.#call(() => archive.get(key), false),
      list: (prefix, cursor) => this.#call(() => archive.list(prefix, cursor), false),
      removeAll: (keys) => this.#call(() => archive.removeAll(keys), false),
      join: (key, parts) => this.#call(() => archive.join(key, parts), true),
      linkTo: (key, name, seconds) => archive.linkTo(key, name, seconds),
    };
  }

  #overQueue(queue: Queue): Queue {
    /** Messages whose removal was lost: each comes again, while it is new or long after. */
    const removed: string[] = [];
    const send = async (messages: readonly NewMessage[]): Promise<void> => {
      const weather = this.#now();
      const hit = this.#random();
      if (weather === "repeats" && hit < 0.5) await queue.send(messages);
      await queue.send(weather === "delays" ? late(messages, hit * DELAY) : messages);
    };
    const receive = async (most: number, options: Parameters<Queue["receive"]>[1]) => {
      if (this.#now() !== "calm" && removed.length > 0 && this.#random() < 0.5)
        await queue.send([{ body: this.#oneOf(removed), group: "again" }]);
      return await queue.receive(most, options);
    };
    return {
      send: (messages) => this.#call(() => send(messages), true),
      receive: (most, options) => this.#call(() => receive(most, options), false),
      remove: (messages) => this.#call(() => this.#remove(queue, removed, messages), false),
      count: () => queue.count(),
    };
  }

  /**
   * Removes messages, or loses the removal as SQS does. A message that stays is hidden for longer than the
   * weather lasts, so that it comes again as another.
   */
  async #remove(queue: Queue, removed: string[], messages: readonly ReceivedMessage[]): Promise<void> {
    if (this.#now() !== "deletions-lost") return await queue.remove(messages);
    const lost = messages.filter(() => this.#random() < 0.6);
    removed.push(...lost.map(({ body }) => body));
    removed.splice(0, removed.length - REMEMBERED);
    await queue.remove(messages.filter((message) => !lost.includes(message)));
  }

  #oneOf(bodies: readonly string[]): string {
    return bodies[Math.floor(this.#random() * bodies.length)] as string;
  }
}

/** The messages as they are, and seen no sooner than so many seconds from now. */
const late = (messages: readonly NewMessage[], seconds: number): NewMessage[] =>
  messages.map((message) => ({
    ...message,
    delaySeconds: Math.max(message.delaySeconds ?? 0, Math.ceil(seconds)),
  }));

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
