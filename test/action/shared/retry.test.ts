import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { Passing, retry, type StepClock } from "../../../action/shared/retry.ts";

let out: MockInstance;
beforeEach(() => {
  out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(() => out.mockRestore());

/** A clock that passes only by waiting, and by what calls take. */
function buildClock(random = 1): StepClock & { waits: number[]; pass(ms: number): void } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    pass: (ms) => {
      now += ms;
    },
    now: () => now,
    random: () => random,
    wait: async (ms) => {
      waits.push(ms);
      now += ms;
    },
  };
}

const failing = (error: Error) => () => Promise.reject(error);

test("waits double up to 15 s, within the minute that a step has", async () => {
  const clock = buildClock();
  await expect(retry(failing(new Passing("It failed.")), clock)).rejects.toThrow(
    "Given up after 7 attempts: It failed.",
  );
  expect(clock.waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
});

test("half of a wait is left to chance", async () => {
  const clock = buildClock(0);
  await retry(failing(new Passing("It failed.")), clock).catch(() => {});
  expect(clock.waits.slice(0, 3)).toEqual([500, 1000, 2000]);
});

test("a wait that is asked for is kept to", async () => {
  const clock = buildClock();
  const call = (attempt: number) =>
    attempt < 3 ? Promise.reject(new Passing("Slow down.", 7000)) : Promise.resolve("done");
  expect(await retry(call, clock)).toBe("done");
  expect(clock.waits).toEqual([7000, 7000]);
});

test("what calls take counts, and so does what went before them in the step", async () => {
  const clock = buildClock();
  clock.pass(50_000);
  const call = () => {
    clock.pass(9500);
    return Promise.reject(new Passing("It failed."));
  };
  await expect(retry(call, clock)).rejects.toThrow("Given up after 1 attempt: It failed.");
});

test("what will not pass is not tried again", async () => {
  const clock = buildClock();
  const error = new Error("Refused.");
  await expect(retry(failing(error), clock)).rejects.toBe(error);
  expect(clock.waits).toEqual([]);
});

test("each retry is told", async () => {
  const call = (attempt: number) =>
    attempt === 1 ? Promise.reject(new Passing("It failed.")) : Promise.resolve();
  await retry(call, buildClock());
  expect(out.mock.calls.map(([text]) => text)).toEqual(["It failed. Trying again in 1.0 s.\n"]);
});

test("a call that the step's time cut short does not hide what was answered before", async () => {
  const call = (attempt: number) =>
    Promise.reject(attempt < 3 ? new Passing("It answered 502.") : new Passing("No answer.", null, true));
  await expect(retry(call, buildClock())).rejects.toThrow("Given up after 3 attempts: It answered 502.");
  const within = (attempt: number) =>
    Promise.reject(
      attempt < 2
        ? new Passing("It answered 502.")
        : new Error("No token.", {
            cause: new Error("Given up.", { cause: new Passing("No answer.", null, true) }),
          }),
    );
  await expect(retry(within, buildClock())).rejects.toThrow("Given up after 2 attempts: It answered 502.");
});
