import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { SECOND } from "../domain/clock.ts";
import { withinTime } from "../github/requests.ts";
import { handleMessage } from "../steps/jobs/handle-message.ts";
import { type QueueName, queues } from "../store/queues.ts";
import { backgroundOfCalls } from "./background.ts";

const background = backgroundOfCalls();

/** The time that is left for storing what GitHub said. */
const FOR_STORING = 2 * SECOND;

/**
 * Works a batch of queue messages side by side. What failed is told by its id, so that the rest is not
 * received again. While GitHub is slow, a job that would outlast the function goes on later: cut off, it would cut off
 * the other messages too.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export async function handler({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const { deps, unawaited } = await background();
  const time = context.getRemainingTimeInMillis() - FOR_STORING;
  const failed = await Promise.all(
    Records.map(async (record) => {
      try {
        await withinTime(time, () => handleMessage(deps, queueOf(record), record.body));
        return [];
      } catch (error) {
        deps.log.error(
          {
            event: "queue-message.failed",
            err: error,
            queue: record.eventSourceARN,
            messageId: record.messageId,
          },
          "Queue message failed and will be received again",
        );
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  await unawaited.ended();
  return { batchItemFailures: failed.flat() };
}

function queueOf({ eventSourceARN }: SQSRecord): QueueName {
  const name = Object.keys(queues).find((queue) => eventSourceARN.endsWith(`-${queue}`));
  if (name === undefined) throw new Error(`${eventSourceARN} is no queue of Zekt.`);
  return name as QueueName;
}
