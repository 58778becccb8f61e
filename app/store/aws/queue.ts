import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandOutput,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import DataLoader from "dataloader";
import { SECOND } from "../../domain/clock.ts";
import type { NewMessage, Queue, QueueCounts, ReceivedMessage } from "../ports.ts";

/**
 * One request sends, gives or removes at most so many:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
const MOST_MESSAGES = 10;
/** The seconds that an answer may take beyond the wait for a message. */
const MOST_SECONDS_MORE = 5;

/** A queue of SQS, fair between groups: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html */
export class SqsQueue implements Queue {
  readonly #sqs: SQSClient;
  readonly #url: string;
  readonly #loader: DataLoader<NewMessage, true>;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
    this.#loader = new DataLoader((batch) => this.#sendBatch(batch), {
      cache: false,
      maxBatchSize: MOST_MESSAGES,
    });
  }

  /** Sends messages; those of the same moment, whoever they are for, go in as few requests as it takes. */
  async send(messages: readonly NewMessage[]): Promise<void> {
    await Promise.all(messages.map((message) => this.#loader.load(message)));
  }

  async #sendBatch(batch: readonly NewMessage[]): Promise<(Error | true)[]> {
    const { Failed = [] } = await this.#sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: batch.map(({ body, group, delaySeconds }, index) => ({
          Id: String(index),
          MessageBody: body,
          MessageGroupId: group,
          DelaySeconds: delaySeconds,
        })),
      }),
    );
    const failed = new Map(Failed.map(({ Id, Code }) => [Id, Code]));
    return batch.map((_, index) =>
      failed.has(String(index))
        ? new Error(`A message was refused by queue ${this.#url}: ${failed.get(String(index))}`)
        : true,
    );
  }

  /** Receives messages, waiting for the first one as long as asked. */
  async receive(
    most: number,
    { waitSeconds = 0, signal }: { waitSeconds?: number; signal?: AbortSignal } = {},
  ): Promise<ReceivedMessage[]> {
    const request = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: Math.min(MOST_MESSAGES, most),
      WaitTimeSeconds: waitSeconds,
    });
    const { Messages = [] } = await this.#sqs
      .send(request, {
        // SQS is silent until there is a message, or the wait is over.
        requestTimeout: (waitSeconds + MOST_SECONDS_MORE) * SECOND,
        ...(signal ? { abortSignal: signal } : {}),
      })
      .catch((error: unknown) => {
        if (!signal?.aborted) throw error;
        return {} as ReceiveMessageCommandOutput;
      });
    return Messages.map(({ Body = "", ReceiptHandle = "" }) => ({ body: Body, receipt: ReceiptHandle }));
  }

  /** Removes messages that were worked. */
  async remove(messages: readonly ReceivedMessage[]): Promise<void> {
    for (let start = 0; start < messages.length; start += MOST_MESSAGES) {
      const Entries = messages
        .slice(start, start + MOST_MESSAGES)
        .map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
      await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }));
    }
  }

  /** Counts the messages, as SQS knows them by now. */
  async count(): Promise<QueueCounts> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#url,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesDelayed",
          "ApproximateNumberOfMessagesNotVisible",
        ],
      }),
    );
    return {
      ready: Number(Attributes.ApproximateNumberOfMessages),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
      working: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    };
  }
}
