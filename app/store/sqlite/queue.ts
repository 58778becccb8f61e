import { type Clock, monotonic } from "../../domain/clock.ts";
import type { NewMessage, Queue, QueueCounts, ReceivedMessage } from "../ports.ts";
import { type QueueName, queues } from "../queues.ts";
import { Groups, type Scheduled } from "./groups.ts";
import type { Turns } from "./turns.ts";

/** Messages that are received at once, at most. */
const MOST_MESSAGES = 10;

/**
 * Messages of one group that are at work at once. A group of deliveries is an owner, who has one installation. GitHub
 * takes 100 of its requests at once, and an owner for whom GitHub hangs holds no more places than that.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export const MOST_OF_GROUP = 96;

/** A message that failed at each of its receipts. */
export interface DeadLetter {
  queue: QueueName;
  body: string;
  /** The dead letters of its queue, this one included. */
  count: number;
}

export type OnDeadLetter = (letter: DeadLetter) => void;

interface Delayed {
  /** By the clock that nobody sets. */
  at: number;
  message: Scheduled;
}

/**
 * A queue in SQLite. Which message is next is known in memory, by its number and group; SQLite has what must
 * not be lost. What was being worked when the process before ended is ready at once: nobody works it any more.
 */
export class SqliteQueue implements Queue {
  readonly #turns: Turns;
  readonly #name: QueueName;
  readonly #clock: Clock;
  readonly #visibility: number;
  readonly #ready = new Groups(MOST_OF_GROUP);
  /** Later ones first. */
  readonly #delayed: Delayed[] = [];
  /** By receipt, in the order in which their visibility timeouts end. */
  readonly #working = new Map<string, Delayed>();
  readonly #waiting = new Set<() => void>();
  readonly #onDeadLetter: OnDeadLetter;
  #receipts = 0;

  constructor(turns: Turns, name: QueueName, clock: Clock, onDeadLetter: OnDeadLetter = () => {}) {
    this.#turns = turns;
    this.#name = name;
    this.#clock = clock;
    this.#onDeadLetter = onDeadLetter;
    this.#visibility = queues[name].VisibilityTimeout * 1000;
    const rows = turns
      .prepare('SELECT id, "group", receipts, sentAt, visibleAt FROM messages WHERE queue = ? ORDER BY id')
      .all(name) as unknown as [number, string, number, number, number][];
    const now = clock.now();
    // Where the clock was set back, a message waits no longer than it was to.
    for (const [id, group, receipts, sentAt, visibleAt] of rows)
      this.#schedule({ id, group, receipts }, Math.min(visibleAt - now, visibleAt - sentAt));
  }

  /** Enqueues messages, and resolves once they are on the disk for good; nobody receives one before. */
  async send(messages: readonly NewMessage[]): Promise<void> {
    const now = this.#clock.now();
    const waits = messages.map(({ delaySeconds = 0 }) => delaySeconds * 1000);
    const insert = this.#turns.prepare(
      'INSERT INTO messages (queue, "group", body, sentAt, visibleAt, receipts) VALUES (?, ?, ?, ?, ?, 0)',
    );
    const ids = await this.#turns.write([], () =>
      messages.map(({ body, group }, index) => {
        const wait = waits[index] ?? 0;
        return Number(insert.run(this.#name, group, body, now, wait > 0 ? now + wait : 0).lastInsertRowid);
      }),
    );
    for (const [index, { group }] of messages.entries())
      this.#schedule({ id: ids[index] as number, group, receipts: 0 }, waits[index] ?? 0);
    this.#wake();
  }

  /** Receives messages, waiting for the first one as long as asked. */
  async receive(
    most: number,
    { waitSeconds = 0, signal }: { waitSeconds?: number; signal?: AbortSignal } = {},
  ): Promise<ReceivedMessage[]> {
    const until = performance.now() + waitSeconds * 1000;
    for (;;) {
      if (signal?.aborted) return [];
      const messages = this.#take(Math.min(MOST_MESSAGES, most));
      const left = until - performance.now();
      if (messages.length > 0 || left <= 0) return messages;
      await this.#change(left, signal);
    }
  }

  /** Removes messages that were worked. */
  async remove(messages: readonly ReceivedMessage[]): Promise<void> {
    const ids = messages.flatMap(({ receipt }) => this.#working.get(receipt)?.message.id ?? []);
    // Only afterwards is one forgotten: where the disk fails it is received again.
    await this.#turns.write([], () => {
      for (const id of ids) this.#turns.prepare("DELETE FROM messages WHERE id = ?").run(id);
    });
    for (const { receipt } of messages) this.#endWork(receipt);
    // Of their groups more may be at work now.
    if (this.#ready.size > 0) this.#wake();
  }

  /** Counts the messages. */
  async count(): Promise<QueueCounts> {
    this.#promote();
    return { ready: this.#ready.size, delayed: this.#delayed.length, working: this.#working.size };
  }

  /** Delays a message by some milliseconds. */
  #schedule(message: Scheduled, wait: number): void {
    const at = monotonic(this.#clock) + wait;
    if (wait <= 0) this.#ready.add(message);
    else this.#delayed.splice(this.#placeOf(at), 0, { at, message });
  }

  /** Returns where among the delayed one belongs that is due at a moment. */
  #placeOf(at: number): number {
    let [low, high] = [0, this.#delayed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#delayed[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes ready what is delayed or hidden no longer. */
  #promote(): void {
    const now = monotonic(this.#clock);
    for (let last = this.#delayed.at(-1); last && last.at <= now; last = this.#delayed.at(-1)) {
      this.#delayed.pop();
      this.#ready.add(last.message);
    }
    for (const [receipt, { at, message }] of this.#working) {
      if (at > now) break;
      this.#endWork(receipt);
      this.#ready.add(message);
    }
  }

  #endWork(receipt: string): void {
    const working = this.#working.get(receipt);
    if (!working) return;
    this.#working.delete(receipt);
    this.#ready.done(working.message);
  }

  #take(most: number): ReceivedMessage[] {
    this.#promote();
    const messages: ReceivedMessage[] = [];
    while (messages.length < most) {
      const message = this.#ready.take();
      if (!message) break;
      if (message.receipts >= queues[this.#name].maxReceiveCount) {
        this.#ready.done(message);
        this.#bury(message.id);
        continue;
      }
      const row = this.#turns.prepare("SELECT body FROM messages WHERE id = ?").get(message.id);
      if (!row) {
        this.#ready.done(message);
        continue;
      }
      message.receipts++;
      this.#update("UPDATE messages SET receipts = ? WHERE id = ?", message.receipts, message.id);
      const receipt = String(++this.#receipts);
      this.#working.set(receipt, { at: monotonic(this.#clock) + this.#visibility, message });
      messages.push({ body: (row as unknown as [string])[0], receipt });
    }
    return messages;
  }

  /** Moves a message to the dead letters, and says so once it is there. */
  #bury(id: number): void {
    const letters = `${this.#name}-dead-letters`;
    const body = this.#turns.prepare("SELECT body FROM messages WHERE id = ?").get(id);
    this.#turns
      .write([], () => this.#turns.prepare("UPDATE messages SET queue = ? WHERE id = ?").run(letters, id))
      .then(() => {
        const all = this.#turns.prepare("SELECT COUNT(*) FROM messages WHERE queue = ?").get(letters);
        const [count] = all as unknown as [number];
        if (body) this.#onDeadLetter({ queue: this.#name, body: (body as unknown as [string])[0], count });
      })
      // Where that is lost, it is received, and moved, once more.
      .catch(() => {});
  }

  /** Writes what need not be waited for: where it is lost, a message is received once more. */
  #update(sql: string, ...values: (string | number)[]): void {
    this.#turns.write([], () => this.#turns.prepare(sql).run(...values)).catch(() => {});
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves once there may be something to receive, or after some milliseconds, or at the signal. */
  async #change(ms: number, signal?: AbortSignal): Promise<void> {
    const next = Math.min(
      this.#delayed.at(-1)?.at ?? Infinity,
      this.#working.values().next().value?.at ?? Infinity,
    );
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(1, Math.min(ms, next - monotonic(this.#clock))));
      this.#waiting.add(end);
      signal?.addEventListener("abort", end);
    });
  }
}
