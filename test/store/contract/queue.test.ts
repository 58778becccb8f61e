import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Queue, ReceivedMessage } from "../../../app/store/ports.ts";
import { queues } from "../../../app/store/queues.ts";
import { MOST_OF_GROUP } from "../../../app/store/sqlite/queue.ts";
import { ADAPTERS, type Opened } from "./adapters.ts";

const { VisibilityTimeout, maxReceiveCount } = queues.delivery;

describe.each(ADAPTERS)("a queue on %s", (adapter, open) => {
  /** Tests rules of SQS that fauxqs lacks: it gives no group its turn, and refuses characters beyond the first 65,536. */
  const testBeyondFauxqs = test.skipIf(adapter === "AWS");

  let opened: Opened;
  let queue: Queue;

  beforeEach(async () => {
    // The queues go by this clock, on either adapter, and it stands still.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2027-01-01T00:00:00Z") });
    opened = await open();
    queue = opened.storage.queue("delivery");
  });
  afterEach(async () => {
    await opened.close();
    vi.useRealTimers();
  });

  const pass = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000);
  const send = async (...bodies: string[]) =>
    await queue.send(bodies.map((body) => ({ body, group: "group" })));
  const bodies = (messages: readonly ReceivedMessage[]) => messages.map(({ body }) => body).sort();
  /** Receives all that there is to receive now. */
  const drain = async (from = queue): Promise<ReceivedMessage[]> => {
    const all: ReceivedMessage[] = [];
    for (;;) {
      const some = await from.receive(10);
      if (some.length === 0) return all;
      all.push(...some);
    }
  };

  test("gives each message that was sent, whole", async () => {
    const odd = ["{}", 'ä "\n', "x".repeat(100_000)];
    await send(...odd);
    expect(bodies(await drain())).toEqual([...odd].sort());
  });

  test("gives nothing where there is nothing", async () => {
    expect(await queue.receive(10)).toEqual([]);
    expect(await queue.count()).toEqual({ ready: 0, delayed: 0, working: 0 });
  });

  test("takes no messages as nothing to send or remove", async () => {
    await queue.send([]);
    await queue.remove([]);
    expect(await drain()).toEqual([]);
  });

  test("takes and gives more than a request to SQS has room for", async () => {
    const many = Array.from({ length: 57 }, (_one, n) => String(n));
    await send(...many);
    const received = await drain();
    expect(bodies(received)).toEqual([...many].sort());
    await queue.remove(received);
    expect(await queue.count()).toEqual({ ready: 0, delayed: 0, working: 0 });
  });

  test("gives at most as many as are asked for, and never more than 10", async () => {
    await send(...Array.from({ length: 30 }, (_one, n) => String(n)));
    expect(await queue.receive(3)).toHaveLength(3);
    expect((await queue.receive(25)).length).toBeLessThanOrEqual(10);
  });

  test("gives the same body twice where it was sent twice", async () => {
    await send("same", "same");
    expect(bodies(await drain())).toEqual(["same", "same"]);
  });

  test("has nothing of another queue", async () => {
    await send("mine");
    expect(await drain(opened.storage.queue("routing"))).toEqual([]);
  });

  test("hides a message while it is worked", async () => {
    await send("a");
    await drain();
    pass(VisibilityTimeout - 1);
    expect(await drain()).toEqual([]);
  });

  test("gives a message again once its worker was too long about it", async () => {
    await send("a");
    await drain();
    pass(VisibilityTimeout + 1);
    expect(bodies(await drain())).toEqual(["a"]);
  });

  test("never gives a message again that was removed", async () => {
    await send("a", "b");
    const [first] = await queue.receive(1);
    await queue.remove([first as ReceivedMessage]);
    await drain();
    pass(VisibilityTimeout + 1);
    const rest = bodies(await drain());
    expect(rest).toHaveLength(1);
    expect(rest).not.toContain(first?.body);
  });

  test("takes a second removal of the same message as done", async () => {
    await send("a");
    const received = await drain();
    for (let time = 0; time < 2; time++) await queue.remove(received);
    expect(await queue.count()).toEqual({ ready: 0, delayed: 0, working: 0 });
  });

  test("names each receipt of a message anew", async () => {
    await send("a");
    const [first] = await drain();
    pass(VisibilityTimeout + 1);
    const [second] = await drain();
    expect(second?.receipt).not.toBe(first?.receipt);
  });

  test("gives a message that could not be worked so often, and then has it among the dead letters", async () => {
    await send("poison");
    for (let time = 0; time < maxReceiveCount; time++) {
      expect(bodies(await drain())).toEqual(["poison"]);
      pass(VisibilityTimeout + 1);
    }
    expect(await drain()).toEqual([]);
    expect(await opened.deadLetters("delivery")).toEqual(["poison"]);
    expect(await queue.count()).toEqual({ ready: 0, delayed: 0, working: 0 });
    pass(VisibilityTimeout + 1);
    expect(await drain()).toEqual([]);
  });

  test("goes on with the rest beside one that cannot be worked", async () => {
    await send("poison");
    for (let time = 0; time < maxReceiveCount; time++) {
      await drain();
      pass(VisibilityTimeout + 1);
    }
    await send("fine");
    expect(bodies(await drain())).toEqual(["fine"]);
  });

  test("gives a delayed message not before its time, and then", async () => {
    await queue.send([{ body: "later", group: "g", delaySeconds: 30 }]);
    pass(29);
    expect(await drain()).toEqual([]);
    pass(2);
    expect(bodies(await drain())).toEqual(["later"]);
  });

  test("delays each message by itself", async () => {
    await queue.send([
      { body: "much later", group: "g", delaySeconds: 900 },
      { body: "now", group: "g" },
      { body: "later", group: "g", delaySeconds: 10 },
      { body: "now too", group: "g", delaySeconds: 0 },
    ]);
    expect(bodies(await drain())).toEqual(["now", "now too"]);
    pass(11);
    expect(bodies(await drain())).toEqual(["later"]);
    pass(900 - 11 + 1);
    expect(bodies(await drain())).toContain("much later");
  });

  test("counts what is ready, delayed and being worked", async () => {
    await send("a", "b", "c");
    await queue.send([{ body: "later", group: "g", delaySeconds: 60 }]);
    await queue.receive(1);
    expect(await queue.count()).toEqual({ ready: 2, delayed: 1, working: 1 });
  });

  test("has who waits receive what is sent meanwhile", async () => {
    const waiting = queue.receive(10, { waitSeconds: 20 });
    await send("a");
    expect(bodies(await waiting)).toEqual(["a"]);
  });

  test("ends a wait at its signal", async () => {
    const stop = new AbortController();
    const waiting = queue.receive(10, { waitSeconds: 20, signal: stop.signal }).catch(() => []);
    stop.abort();
    expect(await waiting).toEqual([]);
  });

  testBeyondFauxqs(
    "gives no more of one group to work than GitHub takes, and those of others beside it",
    async () => {
      await send(...Array.from({ length: MOST_OF_GROUP + 30 }, (_one, n) => String(n)));
      expect(await drain()).toHaveLength(MOST_OF_GROUP);
      expect(await queue.count()).toEqual({ ready: 30, delayed: 0, working: MOST_OF_GROUP });
      await queue.send([{ body: "other", group: "other" }]);
      expect(bodies(await drain())).toEqual(["other"]);
    },
  );

  testBeyondFauxqs(
    "gives more of a group in its order as its messages are done, whoever waits for them",
    async () => {
      const sent = Array.from({ length: MOST_OF_GROUP + 3 }, (_one, n) => String(n).padStart(3, "0"));
      await send(...sent);
      const received = await drain();
      const waiting = queue.receive(10, { waitSeconds: 20 });
      await queue.remove(received.slice(0, 2));
      expect(bodies(await waiting)).toEqual(sent.slice(MOST_OF_GROUP, MOST_OF_GROUP + 2));
      await queue.remove(received.slice(0, 2));
      expect(await drain()).toEqual([]);
      await queue.remove(received.slice(2));
      expect(bodies(await drain())).toEqual(sent.slice(MOST_OF_GROUP + 2));
    },
  );

  testBeyondFauxqs(
    "counts a message of a full group no longer as at work once it is given again or dead",
    async () => {
      await send(...Array.from({ length: MOST_OF_GROUP + 1 }, (_one, n) => String(n)));
      const receipts = new Map<string, number>();
      for (;;) {
        const received = await drain();
        if (received.length === 0) break;
        expect(received.length).toBeLessThanOrEqual(MOST_OF_GROUP);
        for (const { body } of received) receipts.set(body, (receipts.get(body) ?? 0) + 1);
        pass(VisibilityTimeout);
      }
      expect(receipts.size).toBe(MOST_OF_GROUP + 1);
      expect(new Set(receipts.values())).toEqual(new Set([maxReceiveCount]));
      expect(await queue.count()).toEqual({ ready: 0, delayed: 0, working: 0 });
    },
  );

  test("gives one message to one receiver of several at once", async () => {
    await send(...Array.from({ length: 20 }, (_one, n) => String(n)));
    const received = await Promise.all(Array.from({ length: 6 }, () => queue.receive(5)));
    const all = bodies(received.flat());
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(20);
  });

  testBeyondFauxqs("gives characters of every plane", async () => {
    await send("𝄞");
    expect(bodies(await drain())).toEqual(["𝄞"]);
  });

  testBeyondFauxqs("has groups take turns, however many messages one of them has", async () => {
    await queue.send(Array.from({ length: 300 }, (_one, n) => ({ body: `busy ${n}`, group: "busy" })));
    await queue.send([
      { body: "quiet", group: "quiet" },
      { body: "calm 1", group: "calm" },
      { body: "calm 2", group: "calm" },
    ]);
    const first = bodies(await queue.receive(10));
    expect(first).toEqual(expect.arrayContaining(["quiet", "calm 1", "calm 2"]));
    expect(first).toHaveLength(10);
  });

  testBeyondFauxqs("keeps the order within a group", async () => {
    await send("1", "2", "3");
    const order = [...(await queue.receive(2)), ...(await queue.receive(2))].map(({ body }) => body);
    expect(order).toEqual(["1", "2", "3"]);
  });

  testBeyondFauxqs("has a message that is received again wait for its group's turn", async () => {
    await send("failed");
    await drain();
    pass(VisibilityTimeout + 1);
    await queue.send(Array.from({ length: 20 }, (_one, n) => ({ body: `other ${n}`, group: "other" })));
    expect(bodies(await queue.receive(3))).toContain("failed");
  });
});
