import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

export interface PollerOptions {
  queueUrl: string;
  /** Messages worked on at once. */
  concurrency: number;
  /** Waited for before more messages are received. */
  turn?(): Promise<void>;
  /** Works one message; what it throws leaves the message to be received again. */
  work(body: string): Promise<void>;
  /** Hears of what failed, with the message that it failed of where there is one. */
  onError(error: unknown, body?: string): void;
}

/** One request gives at most so many: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const MOST_MESSAGES = 10;

function track(tasks: Set<Promise<void>>, task: Promise<void>): void {
  tasks.add(task);
  task.finally(() => tasks.delete(task));
}

/** Receives from one queue until stopped, as SQS does for a Lambda. */
export class Poller {
  readonly #sqs: SQSClient;
  readonly #options: PollerOptions;
  readonly #stop = new AbortController();
  /** Messages at work. */
  readonly #working = new Set<Promise<void>>();
  /** Batches not yet done with, their removal from the queue included. */
  readonly #batches = new Set<Promise<void>>();
  readonly #loop: Promise<void>;

  constructor(sqs: SQSClient, options: PollerOptions) {
    this.#sqs = sqs;
    this.#options = options;
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    const { queueUrl, concurrency, onError } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        while (this.#working.size >= concurrency) await Promise.race(this.#working);
        await this.#options.turn?.();
        const { Messages = [] } = await this.#sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: Math.min(MOST_MESSAGES, concurrency - this.#working.size),
            WaitTimeSeconds: 20,
          }),
          { abortSignal: this.#stop.signal },
        );
        if (Messages.length > 0) this.#start(Messages);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        onError(error);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  #start(messages: readonly Message[]): void {
    const done: Message[] = [];
    const each = messages.map(async (message) => {
      try {
        await this.#options.work(message.Body ?? "");
        done.push(message);
      } catch (error) {
        this.#options.onError(error, message.Body);
      }
    });
    for (const task of each) track(this.#working, task);
    track(
      this.#batches,
      Promise.all(each).then(() => this.#delete(done)),
    );
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await this.#sqs
      .send(new DeleteMessageBatchCommand({ QueueUrl: this.#options.queueUrl, Entries }))
      .catch(this.#options.onError);
  }

  /** Takes no more messages and waits for those at work. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#batches);
  }
}
