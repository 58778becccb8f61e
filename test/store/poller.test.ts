import { setTimeout as wait } from "node:timers/promises";
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { Poller } from "../../app/store/poller.ts";

test("no more is asked for than there is room, though removing what is done takes long", async () => {
  const asked: number[] = [];
  const removed: unknown[] = [];
  let next = 0;
  const send = async (command: object): Promise<object> => {
    if (command instanceof DeleteMessageBatchCommand) {
      await wait(30);
      removed.push(...(command.input.Entries ?? []));
      return {};
    }
    if (!(command instanceof ReceiveMessageCommand)) throw new Error("What is this?");
    const count = command.input.MaxNumberOfMessages as number;
    asked.push(count);
    if (next >= 60) {
      await wait(5);
      return {};
    }
    return {
      Messages: Array.from({ length: count }, () => ({ Body: String(next++), ReceiptHandle: String(next) })),
    };
  };
  let atWork = 0;
  let most = 0;
  const errors: unknown[] = [];
  const poller = new Poller({ send } as unknown as SQSClient, {
    queueUrl: "http://queue",
    concurrency: 13,
    async work() {
      most = Math.max(most, ++atWork);
      await wait(Math.random() * 10);
      atWork--;
    },
    onError: (error) => errors.push(error),
  });
  await expect.poll(() => removed.length >= 60).toBe(true);
  await poller.stop();
  expect(errors).toEqual([]);
  expect(most).toBe(13);
  expect(Math.min(...asked)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...asked)).toBeLessThanOrEqual(10);
  expect(removed).toHaveLength(next);
});
