import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Poller } from "../../app/store/poller.ts";
import type { Queue } from "../../app/store/ports.ts";

test("no more is asked for than there is room, though removing what is done takes long", async () => {
  const asked: number[] = [];
  const removed: unknown[] = [];
  let next = 0;
  const queue: Pick<Queue, "receive" | "remove"> = {
    async receive(most) {
      asked.push(most);
      if (next >= 60) {
        await wait(5);
        return [];
      }
      return Array.from({ length: most }, () => ({ body: String(next++), receipt: String(next) }));
    },
    async remove(messages) {
      await wait(30);
      removed.push(...messages);
    },
  };
  let atWork = 0;
  let most = 0;
  const errors: unknown[] = [];
  const poller = new Poller({
    queue: queue as Queue,
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
