import { expect, test } from "vitest";
import { MINUTE } from "../../app/domain/clock.ts";
import { onceAMinute } from "../../app/log/once-a-minute.ts";

test("of each kind a line a minute comes, with how many had none since the last", () => {
  let now = 0;
  const unsaidOf = onceAMinute({ now: () => now });
  expect(["a", "a", "b", "a"].map(unsaidOf)).toEqual([0, null, 0, null]);
  now = MINUTE - 1;
  expect(unsaidOf("a")).toBeNull();
  now = MINUTE;
  expect(["a", "a", "b"].map(unsaidOf)).toEqual([3, null, 0]);
  now = 0;
  expect(unsaidOf("a"), "after the clock was set back").toBe(1);
});
