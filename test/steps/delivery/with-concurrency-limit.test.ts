import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withConcurrencyLimit } from "../../../app/steps/delivery/with-concurrency-limit.ts";

const AT_ONCE = 64;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Begins many, each of which lasts until it is ended by its number. */
function begin(installationId: string, count: number) {
  const begun: number[] = [];
  const ends = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const done = ends.map(({ promise }, n) =>
    withConcurrencyLimit(installationId, async () => {
      begun.push(n);
      await promise;
    }),
  );
  return { begun, done, end: (n: number) => ends[n]?.resolve() };
}

test("of one installation so many are made at once, and another's beside them", async () => {
  const many = begin("one", AT_ONCE + 2);
  const other = begin("another", 1);
  await turn();
  expect(many.begun).toHaveLength(AT_ONCE);
  expect(other.begun).toEqual([0]);
  for (let n = 0; n < AT_ONCE + 2; n++) many.end(n);
  other.end(0);
  expect(new Set(await Promise.all([...many.done, ...other.done]))).toEqual(new Set([true]));
});

test("who waits is next once one has ended, however it ended, the first first", async () => {
  const failing = Promise.withResolvers<void>();
  const failed = withConcurrencyLimit("one", () => failing.promise);
  const many = begin("one", AT_ONCE + 1);
  await turn();
  expect(many.begun).toHaveLength(AT_ONCE - 1);
  failing.reject(new Error("GitHub hangs"));
  await expect(failed).rejects.toThrow("GitHub hangs");
  await turn();
  expect(many.begun.at(-1)).toBe(AT_ONCE - 1);
  many.end(0);
  await turn();
  expect(many.begun.at(-1)).toBe(AT_ONCE);
  for (let n = 0; n <= AT_ONCE; n++) many.end(n);
  await Promise.all(many.done);
});

test("who waits in vain is told so after a second, and holds no place", async () => {
  const many = begin("one", AT_ONCE + 1);
  await turn();
  vi.advanceTimersByTime(1000);
  expect(await many.done[AT_ONCE]).toBe(false);
  for (let n = 0; n < AT_ONCE; n++) many.end(n);
  await Promise.all(many.done);
  const again = begin("one", AT_ONCE);
  await turn();
  expect(again.begun).toHaveLength(AT_ONCE);
  for (let n = 0; n < AT_ONCE; n++) again.end(n);
  await Promise.all(again.done);
});

test("no more wait than are made: who comes then is told at once", async () => {
  const many = begin("one", 2 * AT_ONCE + 1);
  expect(await many.done[2 * AT_ONCE]).toBe(false);
  for (let n = 0; n < 2 * AT_ONCE; n++) many.end(n);
  expect(new Set(await Promise.all(many.done.slice(0, -1)))).toEqual(new Set([true]));
});
