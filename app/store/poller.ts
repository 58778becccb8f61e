import type { Queue, ReceivedMessage } from "./ports.ts";

export interface PollerOptions {
  queue: Queue;
  /** Messages worked on at once. */
  concurrency: number;
  /** Waited for before more messages are received. */
  turn?(): Promise<void>;
  /** Works one message; what it throws leaves the message to be received again. */
  work(body: string): Promise<void>;
  /** Hears of what failed, with the message that it failed of where there is one. */
  onError(error: unknown, body?: string): void;
}

/** Seconds that one request waits for a message: the longest that SQS allows. */
const WAIT_SECONDS = 20;
/** Messages received at once, at most. */
const MOST_MESSAGES = 10;

function track(tasks: Set<Promise<void>>, task: Promise<void>): void {
  tasks.add(task);
  task.finally(() => tasks.delete(task));
}

/** Receives from one queue until stopped, as SQS does for a Lambda. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #stop = new AbortController();
  /** Messages at work. */
  readonly #working = new Set<Promise<void>>();
  /** Batches not yet done with, their removal from the queue included. */
  readonly #batches = new Set<Promise<void>>();
  readonly #loop: Promise<void>;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  /** The messages at work. */
  get working(): number {
    return this.#working.size;
  }

  async #run(): Promise<void> {
    const { queue, concurrency, onError } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        while (this.#working.size >= concurrency) await Promise.race(this.#working);
        await this.#options.turn?.();
        const most = Math.min(MOST_MESSAGES, concurrency - this.#working.size);
        const messages = await queue.receive(most, { waitSeconds: WAIT_SECONDS, signal });
        if (messages.length > 0) this.#start(messages);
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  #start(messages: readonly ReceivedMessage[]): void {
    const done: ReceivedMessage[] = [];
    const each = messages.map(async (message) => {
      try {
        await this.#options.work(message.body);
        done.push(message);
      } catch (error) {
        this.#options.onError(error, message.body);
      }
    });
    for (const task of each) track(this.#working, task);
    track(
      this.#batches,
      Promise.all(each).then(() => this.#remove(done)),
    );
  }

  async #remove(messages: readonly ReceivedMessage[]): Promise<void> {
    if (messages.length > 0) await this.#options.queue.remove(messages).catch(this.#options.onError);
  }

  /** Receives no more messages and waits for those at work. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#batches);
  }
}
