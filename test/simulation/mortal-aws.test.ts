import { afterAll, beforeAll, expect, test } from "vitest";
import { SECOND } from "../../app/domain/clock.ts";
import { IF_ABSENT } from "../../app/store/ports.ts";
import { type LocalAws, startLocalAws } from "../../harness/local-aws.ts";
import { Ended, type Fate, type MortalStorage } from "./mortal.ts";
import { mortalAws } from "./mortal-aws.ts";
import { SimulatedTime } from "./time.ts";

let time: SimulatedTime;
let aws: LocalAws;
let process: MortalStorage;
/** The fate of the next request, and the requests that were made. */
let next: Fate = "done";
const made: string[] = [];
beforeAll(async () => {
  time = new SimulatedTime();
  aws = await startLocalAws();
});
afterAll(async () => {
  await aws.close();
  time.end();
});

/** Starts a process, whose next request fares so. */
async function start(fate: Fate): Promise<MortalStorage> {
  next = fate;
  made.length = 0;
  process = await mortalAws(aws, time, (kind, name) => {
    const now = next;
    next = "done";
    made.push(`${kind}: ${name}`);
    return now;
  });
  return process;
}

const clock = { now: () => Date.now() };
const keysOf = (pk: string) => ["a", "b", "c", "d"].map((sk) => ({ pk, sk }));
const stored = async (pk: string): Promise<number> =>
  (await aws.storage.table("guards", clock).getMany(keysOf(pk))).length;
const messages = ["1", "2", "3", "4"].map((body) => ({ body, group: "g" }));

/** Receives all messages that a queue has ready, and removes them. */
async function received(): Promise<string[]> {
  const queue = aws.storage.queue("delivery");
  const some = await queue.receive(10);
  await queue.remove(some);
  return some.map(({ body }) => body).sort();
}

test.each<[Fate, writes: number, hears: string]>([
  ["done", 4, "done"],
  ["throttled-once", 4, "done"],
  ["repeated", 4, "done"],
  ["some-left", 4, "done"],
  ["end-midway", 2, "ended"],
  ["end-before", 0, "ended"],
  ["end-after", 4, "ended"],
  ["throttled", 0, "ProvisionedThroughputExceededException"],
  ["answer-lost", 4, "Error"],
])(
  "a batch of four writes that fares so: %s leaves %i, and its process hears: %s",
  async (fate, writes, hears) => {
    const { storage } = await start(fate);
    const heard = await storage
      .table("guards", clock)
      .putAll(keysOf(fate))
      .then(
        () => "done",
        (error: Error) => (error instanceof Ended ? "ended" : error.name),
      );
    expect({ heard, writes: await stored(fate) }).toEqual({ heard: hears, writes });
    expect(made[0]).toBe("batch-write: BatchWriteItem guards (4)");
    expect(process.isOver).toBe(hears === "ended");
    await storage.close();
  },
);

test("a batch of reads of which some are left is read whole", async () => {
  await aws.storage.table("guards", clock).putAll(keysOf("reads"));
  const { storage } = await start("some-left");
  expect(await storage.table("guards", clock).getMany(keysOf("reads"))).toHaveLength(4);
  expect(made).toEqual(["batch-read: BatchGetItem guards (4)", "batch-read: BatchGetItem guards (2)"]);
  await storage.close();
});

test("a conditional write that the SDK repeats is made, and counts as made", async () => {
  const { storage } = await start("repeated");
  expect(await storage.table("guards", clock).put({ pk: "put", sk: "s", holder: "me" }, IF_ABSENT)).toBe(
    true,
  );
  await storage.close();
});

test.each<[Fate, arrived: string[], after: string[], isRefused: boolean]>([
  ["some-left", ["1", "2"], [], true],
  ["messages-twice", ["1", "1", "2", "2", "3", "3", "4", "4"], [], false],
  ["messages-late", [], ["1", "2", "3", "4"], false],
])(
  "four messages that fare so: %s arrive as %j, and a minute later %j",
  async (fate, arrived, after, isRefused) => {
    const { storage } = await start(fate);
    const sent = storage.queue("delivery").send(messages);
    if (isRefused) await expect(sent).rejects.toThrow("InternalError");
    else await sent;
    expect(await received()).toEqual(arrived);
    time.pass(61 * SECOND);
    expect(await received()).toEqual(after);
    await storage.close();
  },
);
