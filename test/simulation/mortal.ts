import type { Archive, NewMessage, Queue, Storage } from "../../app/store/ports.ts";
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

/** Decides the fate of a request; may wait, so that requests of others come between. */
export type Decide = (kind: "read" | "write" | "send") => Fate | Promise<Fate>;

/** A process's view of the store, until it ends. */
export interface MortalStorage {
  storage: Storage;
  readonly isOver: boolean;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** Wraps a store for one process, whose requests fare as is decided. */
export function mortal(storage: Storage, decide: Decide): MortalStorage {
  let isOver = false;
  const end = (): never => {
    isOver = true;
    throw new Ended("The process ended");
  };
  const call = async <T>(kind: "read" | "write", go: () => Promise<T>): Promise<T> => {
    if (isOver) return end();
    const fate = await decide(kind);
    if (isOver || fate === "end-before") return end();
    if (fate === "throttled") throw named("ThrottlingException", "Rate exceeded");
    const answer = await go();
    if (isOver || fate === "end-after") return end();
    if (fate === "answer-lost") throw named("InternalServerError", "The answer was lost");
    return answer;
  };
  const overQueue = (queue: Queue): Queue => ({
    send: async (messages) => {
      if (isOver) return end();
      const fate = await decide("send");
      await call("write", () => queue.send(sentAs(messages, fate)));
    },
    receive: (most, options) => call("read", () => queue.receive(most, options)),
    remove: (messages) => call("write", () => queue.remove(messages)),
    count: () => queue.count(),
  });
  const { archive } = storage;
  const overArchive: Archive = {
    put: (key, text) => call("write", () => archive.put(key, text)),
    get: (key) => call("read", () => archive.get(key)),
    list: (prefix, cursor) => call("read", () => archive.list(prefix, cursor)),
    removeAll: (keys) => call("write", () => archive.removeAll(keys)),
    join: (key, parts) => call("write", () => archive.join(key, parts)),
    linkTo: (key, name, seconds) => archive.linkTo(key, name, seconds),
  };
  return {
    storage: {
      ...aroundTables(storage, ({ method }, go) => call(WRITES.includes(method) ? "write" : "read", go)),
      queue: (name) => overQueue(storage.queue(name)),
      archive: overArchive,
    },
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
