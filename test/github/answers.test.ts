import { expect, test } from "vitest";
import { Answers } from "../../app/github/answers.ts";

/* What is remembered of GitHub's answers, and for how long it takes memory. */

test("an answer leaves memory once its time is over, though nobody asks for it again", async () => {
  const answers = new Answers<ReadonlyMap<string, string>>(1000, 50);
  for (let token = 0; token < 300; token++) await answers.get(`token ${token}`, async () => new Map());
  expect(answers.size).toBe(300);
  await expect.poll(() => answers.size).toBe(0);
});

test("what failed is asked for again", async () => {
  const answers = new Answers<number>(10, 30_000);
  await expect(answers.get("one", () => Promise.reject(new Error("down")))).rejects.toThrow("down");
  expect(answers.size).toBe(0);
  expect(await answers.get("one", async () => 1)).toBe(1);
});
