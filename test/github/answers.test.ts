import { afterEach, expect, test, vi } from "vitest";
import { Answers } from "../../app/github/answers.ts";

/* What is remembered of GitHub's answers, and for how long it takes memory. */

afterEach(() => {
  vi.restoreAllMocks();
});

test("an answer leaves memory once its time is over, though nobody asks for it again", async () => {
  const answers = new Answers<ReadonlyMap<string, string>>(1000, 50);
  for (let token = 0; token < 300; token++) await answers.get(`token ${token}`, async () => new Map());
  expect(answers.size).toBe(300);
  await expect.poll(() => answers.size).toBe(0);
});

/** Passes time by the clock that the cache goes by, which it looks at once a millisecond. */
async function pass(ms: number): Promise<void> {
  const ahead = performance.now() + ms;
  const began = Date.now();
  vi.spyOn(performance, "now").mockImplementation(() => ahead + Date.now() - began);
  await new Promise((resolve) => setTimeout(resolve, 5));
}

test("an answer that takes longer than answers hold is asked for once, and holds from then on", async () => {
  const answers = new Answers<number>(10, 30_000);
  let asked = 0;
  const { promise, resolve: tell } = Promise.withResolvers<number>();
  const ask = () => {
    asked += 1;
    return promise;
  };
  const get = () => answers.get("one", ask, () => 60_000);
  const first = get();
  await pass(45_000);
  const second = get();
  tell(1);
  expect([await first, await second, asked]).toEqual([1, 1, 1]);
  await pass(59_000);
  expect([await get(), asked]).toEqual([1, 1]);
  await pass(2_000);
  void get();
  expect(asked).toBe(2);
});

test("an answer that was forgotten while it was asked for ends nothing of the one asked for since", async () => {
  const answers = new Answers<number>(10, 30_000);
  const { promise, reject } = Promise.withResolvers<number>();
  const first = answers.get("one", () => promise);
  answers.forget("one");
  expect(await answers.get("one", async () => 1)).toBe(1);
  reject(new Error("down"));
  await expect(first).rejects.toThrow("down");
  expect(await answers.get("one", async () => 2)).toBe(1);
});

test("what failed is asked for again", async () => {
  const answers = new Answers<number>(10, 30_000);
  await expect(answers.get("one", () => Promise.reject(new Error("down")))).rejects.toThrow("down");
  expect(answers.size).toBe(0);
  expect(await answers.get("one", async () => 1)).toBe(1);
});
