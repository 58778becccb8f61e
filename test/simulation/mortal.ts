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
  | "messages-twice";

/** The kind of a request: a read or a write of the store, messages for a queue, or anything asked of GitHub. */
export type RequestKind = "read" | "write" | "send" | "github";

/** Decides the fate of a request, which has a name; may wait, so that requests of others come between. */
export type Decide = (kind: RequestKind, name: string) => Fate | Promise<Fate>;

/** A process's view of the store and of GitHub, until it ends. */
export interface MortalStorage {
  storage: Storage;
  /** Sends requests to GitHub. */
  fetch: typeof fetch;
  readonly isOver: boolean;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** The error of `fetch` where a connection came to nothing. */
const cut = (code: string): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });

/** Wraps a store for one process, whose requests fare as is decided. */
export function mortal(storage: Storage, decide: Decide): MortalStorage {
  let isOver = false;
  const end = (): never => {
    isOver = true;
    throw new Ended("The process ended");
  };
  const call = async <T>(
    kind: Exclude<RequestKind, "send">,
    name: string,
    go: () => Promise<T>,
    fated?: Fate,
  ): Promise<T> => {
    if (isOver) return end();
    const fate = fated ?? (await decide(kind, name));
    if (isOver || fate === "end-before") return end();
    if (fate === "throttled")
      throw kind === "github" ? cut("ECONNREFUSED") : named("ThrottlingException", "Rate exceeded");
    const answer = await go();
    if (isOver || fate === "end-after") return end();
    if (fate === "answer-lost")
      throw kind === "github" ? cut("ECONNRESET") : named("InternalServerError", "The answer was lost");
    return answer;
  };
  const overQueue = (name: QueueName, queue: Queue): Queue => ({
    send: async (messages) => {
      if (isOver) return end();
      if (messages.length === 0) return;
      const fate = await decide("send", `${name}.send`);
      const isOfCall = fate !== "messages-lost" && fate !== "messages-twice";
      await call("write", `${name}.send`, () => queue.send(sentAs(messages, fate)), isOfCall ? fate : "done");
    },
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
    fetch: (input, init) =>
      call("github", `github ${init?.method ?? "GET"} ${input}`, () => fetch(input, init)),
    get isOver() {
      return isOver;
    },
  };
}

/** Returns the messages that a queue delivers of those that it took. */
function sentAs(messages: readonly NewMessage[], fate: Fate): readonly NewMessage[] {
  if (fate === "messages-lost") return [];
  return fate === "messages-twice" ? [...messages, ...messages] : messages;
}
