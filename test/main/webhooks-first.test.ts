import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebhooksFirst } from "../../app/main/webhooks-first.ts";

let precedence: WebhooksFirst;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.advanceTimersByTime(10_000);
  precedence = new WebhooksFirst();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Receives webhooks, each in no time, so many milliseconds apart. */
async function takeIn(count: number, apart: number): Promise<void> {
  for (let taken = 0; taken < count; taken += 1) {
    if (taken > 0) await vi.advanceTimersByTimeAsync(apart);
    await precedence.run(async () => {});
  }
}

/** Asks for a turn, and returns after how many milliseconds it came. */
async function turnAfter(): Promise<number> {
  const asked = performance.now();
  let came: number | null = null;
  precedence.turn().then(() => {
    came = performance.now();
  });
  for (let ms = 0; came === null && ms < 1000; ms += 1) await vi.advanceTimersByTimeAsync(1);
  return (came ?? Number.POSITIVE_INFINITY) - asked;
}

test("work has its turn at once where no webhook is under way, however many came before", async () => {
  expect(await turnAfter()).toBeLessThan(2);
  await takeIn(20, 2);
  expect(await turnAfter()).toBeLessThan(2);
});

test("work waits for the webhooks under way", async () => {
  const answer = Promise.withResolvers<void>();
  const taken = precedence.run(() => answer.promise);
  setTimeout(answer.resolve, 40);
  const after = await turnAfter();
  await taken;
  expect(after).toBeGreaterThanOrEqual(40);
  expect(after).toBeLessThan(45);
});

test("a burst of webhooks is taken in before the work on it begins, though between two none is under way", async () => {
  const eight = (): void => {
    for (let n = 0; n < 8; n += 1) void precedence.run(async () => {});
  };
  eight();
  for (let ms = 4; ms <= 40; ms += 4) setTimeout(eight, ms);
  const after = await turnAfter();
  expect(after).toBeGreaterThanOrEqual(44);
  expect(after).toBeLessThan(50);
});

test("work waits for 200 ms, and then need not wait for as long again, however many webhooks come", async () => {
  const answer = Promise.withResolvers<void>();
  const taken = precedence.run(() => answer.promise);
  expect(await turnAfter()).toBeLessThan(205);
  const began = performance.now();
  while (performance.now() - began < 190) expect(await turnAfter()).toBeLessThan(2);
  await vi.advanceTimersByTimeAsync(20);
  expect(await turnAfter()).toBeGreaterThan(150);
  answer.resolve();
  await taken;
});

test("a webhook that fails is under way no longer", async () => {
  await expect(precedence.run(() => Promise.reject(new Error("The disk is full")))).rejects.toThrow("full");
  expect(await turnAfter()).toBeLessThan(2);
});
