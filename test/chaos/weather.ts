import { systemClock } from "../../app/domain/clock.ts";
import type { Archive, NewMessage, Queue, Storage } from "../../app/store/ports.ts";
import { aroundTables, WRITES } from "../support/around-tables.ts";

/** The current fault beneath Zekt. */
export type Weather = "calm" | (typeof STORMS)[number];

const STORMS = [
  "throttled",
  "answers-lost",
  "repeats",
  "delays",
  "deletions-lost",
  "clock-ahead",
  "clock-behind",
] as const;
/** The time for which one kind of weather lasts, in milliseconds. */
const SPELL = 400;
/** The length of a clock's jump, in milliseconds. */
const JUMP = 90_000;

/** The longest delay before a message is seen, in seconds. */
const DELAY = 3;

/** Makes the weather that a seed decides, over the store, its disk and the clock, until a moment. */
export class Sky {
  readonly #random: () => number;
  readonly #until: number;
  #weather: Weather = "calm";
  #since = 0;
  #clockOffset: number;

  constructor(random: () => number, until: number, clockOffset: number) {
    this.#random = random;
    this.#until = until;
    this.#clockOffset = clockOffset;
    systemClock.now = () => Date.now() + this.#clockOffset;
  }

  #now(): Weather {
    const now = Date.now();
    if (now >= this.#until) return "calm";
    if (now - this.#since < SPELL) return this.#weather;
    this.#since = now;
    this.#weather =
      this.#random() < 0.4 ? "calm" : (STORMS[Math.floor(this.#random() * STORMS.length)] ?? "calm");
    if (this.#weather === "clock-ahead") this.#clockOffset += Math.floor(this.#random() * JUMP);
    if (this.#weather === "clock-behind") this.#clockOffset -= Math.floor(this.#random() * JUMP);
    return this.#weather;
  }

  /** Has what is asked of a storage go wrong as it does on AWS. */
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
    const send = async (messages: readonly NewMessage[]): Promise<void> => {
      const weather = this.#now();
      const hit = this.#random();
      if (weather === "repeats" && hit < 0.5) await queue.send(messages);
      await queue.send(weather === "delays" ? late(messages, hit * DELAY) : messages);
    };
    return {
      send: (messages) => this.#call(() => send(messages), true),
      receive: (most, options) => this.#call(() => queue.receive(most, options), false),
      remove: (messages) => this.#call(() => this.#remove(queue, messages), false),
      count: () => queue.count(),
    };
  }

  /** Removes messages, or has them come again, as if the queue had forgotten that they were removed. */
  async #remove(queue: Queue, messages: Parameters<Queue["remove"]>[0]): Promise<void> {
    const forgets = this.#now() === "deletions-lost" && this.#random() < 0.6;
    if (forgets) await queue.send(messages.map(({ body }) => ({ body, group: "again" })));
    await queue.remove(messages);
  }
}

/** The messages as they are, and seen no sooner than so many seconds from now. */
const late = (messages: readonly NewMessage[], seconds: number): NewMessage[] =>
  messages.map((message) => ({
    ...message,
    delaySeconds: Math.max(message.delaySeconds ?? 0, Math.ceil(seconds)),
  }));

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
