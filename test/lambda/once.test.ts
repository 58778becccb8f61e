import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { once } from "../../app/lambda/once.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Starts that fail or succeed as they are told to, in the order in which they were begun. */
function starts() {
  const begun: PromiseWithResolvers<string>[] = [];
  const start = (): Promise<string> => {
    const one = Promise.withResolvers<string>();
    begun.push(one);
    return one.promise;
  };
  return { begun, start };
}

test("an instance that was frozen while it started begins its first call anew", async () => {
  const { begun, start } = starts();
  const get = once(start);
  // Lambda starts instances ahead of calls, and freezes them in the middle of a request.
  vi.advanceTimersByTime(600_000);
  const called = get();
  vi.advanceTimersByTime(2_000);
  begun[0]?.reject(new Error("socket hang up"));
  await vi.waitFor(() => expect(begun).toHaveLength(2));
  begun[1]?.resolve("started");
  expect(await called).toBe("started");
  expect(await get()).toBe("started");
  expect(begun).toHaveLength(2);
});

test("a start that failed for as long as its call could wait fails the call, and the next one starts anew", async () => {
  const { begun, start } = starts();
  const get = once(start);
  const called = get();
  vi.advanceTimersByTime(3_000);
  begun[0]?.reject(new Error("no answer"));
  await expect(called).rejects.toThrow("no answer");
  const next = get();
  begun[1]?.resolve("started");
  expect(await next).toBe("started");
});

test("a start that a call began fails it, however soon", async () => {
  const { begun, start } = starts();
  const get = once(start);
  begun[0]?.reject(new Error("not there"));
  await Promise.resolve();
  await vi.waitFor(() => expect(begun).toHaveLength(1));
  const called = get();
  begun[1]?.reject(new Error("still not there"));
  await expect(called).rejects.toThrow("still not there");
  expect(begun).toHaveLength(2);
});
