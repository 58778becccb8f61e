import type { Archive, NewMessage, Queue, Storage } from "../../app/store/ports.ts";
import type { QueueName } from "../../app/store/queues.ts";
import { aroundTables, WRITES } from "../support/around-tables.ts";

/** A process has ended: it asks its store for nothing more, and what it was doing comes to nothing. */
export class Ended extends Error {}

/** The fate of one request of the store. */
export type Fate =
  | "done"
  /** The process ends before it, or once it is done. */
  | "end-before"
  | "end-after"
  /** The store refuses it for its load, or does it and the answer is lost. */
  | "throttled"
  | "answer-lost"
  /** A queue takes the messages and never delivers them, or delivers each twice. */
  | "messages-lost"
  | "messages-twice"
  /** AWS refuses it for its load once, or does it and the answer is lost. The SDK asks again. */
  | "throttled-once"
  | "repeated"
  /** AWS does a part of a batch and says which part it left. Or the process ends before it asks for the rest. */
  | "some-left"
  | "end-midway"
  /** SQS delivers the messages after others that are sent later. */
  | "messages-late";

/**
 * The kind of a request: a read or a write of the store, messages for a queue, or anything asked of GitHub. A batch is a
 * request to AWS of several items or messages.
 */
export type RequestKind = "read" | "write" | "send" | "github" | "batch-read" | "batch-write" | "batch-send";

/** Decides the fate of a request, which has a name; may wait, so that requests of others come between. */
export type Decide = (kind: RequestKind, name: string) => Fate | Promise<Fate>;

/** A process's view of the store and of GitHub, until it ends. */
export interface MortalStorage {
  storage: Storage;
  /** Sends requests to GitHub. */
  fetch: typeof fetch;
  readonly isOver: boolean;
}

/** A process that goes on until one of its requests ends it. */
export class Life {
  readonly #decide: Decide;
  #isOver = false;

  constructor(decide: Decide) {
    this.#decide = decide;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws Ended */
  end(): never {
    this.#isOver = true;
    throw new Ended("The process ended");
  }

  /**
   * Returns the fate of a request that is about to be made.
   *
   * @throws Ended
   */
  async fateOf(kind: RequestKind, name: string): Promise<Fate> {
    if (this.#isOver) return this.end();
    const fate = await this.#decide(kind, name);
    return this.#isOver || fate === "end-before" ? this.end() : fate;
  }

  /**
   * Returns what was answered.
   *
   * @throws Ended where the process did not live to hear it
   */
  heard<T>(answer: T, fate: Fate): T {
    return this.#isOver || fate === "end-after" ? this.end() : answer;
  }

  /** Sends a request to GitHub. */
  readonly fetch: typeof fetch = async (input, init) => {
    const fate = await this.fateOf("github", `github ${init?.method ?? "GET"} ${input}`);
    if (fate === "throttled") throw cut("ECONNREFUSED");
    const answer = this.heard(await fetch(input, init), fate);
    if (fate === "answer-lost") throw cut("ECONNRESET");
    return answer;
  };
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** The error of `fetch` where a connection came to nothing. */
const cut = (code: string): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });

/** Wraps a store for one process, whose requests fare as is decided. */
export function mortal(storage: Storage, decide: Decide): MortalStorage {
  const life = new Life(decide);
  const call = async <T>(
    kind: "read" | "write" | "send",
    name: string,
    go: (fate: Fate) => Promise<T>,
  ): Promise<T> => {
    const fate = await life.fateOf(kind, name);
    if (fate === "throttled") throw named("ThrottlingException", "Rate exceeded");
    const answer = life.heard(await go(fate), fate);
    if (fate === "answer-lost") throw named("InternalServerError", "The answer was lost");
    return answer;
  };
  const overQueue = (name: QueueName, queue: Queue): Queue => ({
    send: async (messages) =>
      messages.length === 0
        ? undefined
        : await call("send", `${name}.send`, (fate) => queue.send(sentAs(messages, fate))),
    receive: (most, options) => call("read", `${name}.receive`, () => queue.receive(most, options)),
    remove: async (messages) =>
      messages.length === 0 ? undefined : await call("write", `${name}.remove`, () => queue.remove(messages)),
    count: () => queue.count(),
  });
  const { archive } = storage;
  const overArchive: Archive = {
    put: (key, text) => call("write", "archive.put", () => archive.put(key, text)),
    get: (key) => call("read", "archive.get", () => archive.get(key)),
    list: (prefix, cursor) => call("read", "archive.list", () => archive.list(prefix, cursor)),
    removeAll: (keys) => call("write", "archive.removeAll", () => archive.removeAll(keys)),
    join: (key, parts) => call("write", "archive.join", () => archive.join(key, parts)),
    linkTo: (key, name, seconds) => archive.linkTo(key, name, seconds),
  };
  return {
    storage: {
      ...aroundTables(storage, ({ table, method }, go) =>
        call(WRITES.includes(method) ? "write" : "read", `${table}.${method}`, go),
      ),
      queue: (name) => overQueue(name, storage.queue(name)),
      archive: overArchive,
    },
    fetch: life.fetch,
    get isOver() {
      return life.isOver;
    },
  };
}

/** Returns the messages that a queue delivers of those that it took. */
function sentAs(messages: readonly NewMessage[], fate: Fate): readonly NewMessage[] {
  if (fate === "messages-lost") return [];
  return fate === "messages-twice" ? [...messages, ...messages] : messages;
}
