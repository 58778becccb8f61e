import { expect, test, vi } from "vitest";
import { SharedWork } from "../../app/domain/shared-work.ts";

test("what is asked for again while it is under way is done once, and once more after it has ended", async () => {
  const shared = new SharedWork<number>();
  const owner = {};
  const first = Promise.withResolvers<number>();
  const work = vi.fn(() => first.promise);
  const both = [shared.share(owner, "a", work), shared.share(owner, "a", work)];
  first.resolve(1);
  expect(await Promise.all(both)).toEqual([1, 1]);
  expect(work).toHaveBeenCalledTimes(1);
  expect(await shared.share(owner, "a", async () => 2)).toBe(2);
});

test("work of another key or another owner is its own, and a failure reaches all who wait and nobody after", async () => {
  const shared = new SharedWork<string>();
  const owner = {};
  const fails = () => Promise.reject(new Error("The disk is full"));
  const failing = [shared.share(owner, "a", fails), shared.share(owner, "a", async () => "never begun")];
  const others = [shared.share(owner, "b", async () => "b"), shared.share({}, "a", async () => "other")];
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await Promise.all(others)).toEqual(["b", "other"]);
  expect(await shared.share(owner, "a", async () => "again")).toBe("again");
});
