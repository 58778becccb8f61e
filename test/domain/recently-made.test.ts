import { expect, test, vi } from "vitest";
import { readFilter } from "../../app/domain/intake/filter.ts";
import { readSchema } from "../../app/domain/intake/message-schema.ts";
import { recentlyMade } from "../../app/domain/recently-made.ts";

test("what was made of a text lately is not made again, and of others no more is kept than was said", () => {
  const make = vi.fn((text: string) => ({ text }));
  const made = recentlyMade(2, make);
  const a = made("a");
  expect(made("a")).toBe(a);
  made("b");
  made("a");
  made("c");
  expect(make).toHaveBeenCalledTimes(3);
  expect(made("a")).toBe(a);
  made("b");
  expect(make).toHaveBeenCalledTimes(4);
});

test("what could not be made is tried again", () => {
  const make = vi.fn((): object => {
    throw new Error("no");
  });
  const made = recentlyMade(2, make);
  for (const _ of [1, 2]) expect(() => made("a")).toThrow("no");
  expect(make).toHaveBeenCalledTimes(2);
});

test("a filter is read once, and a schema compiled once, however often its service's events come", () => {
  expect(readFilter("run.id == 1")).toBe(readFilter("run.id == 1"));
  const schema = () => ({ type: "object", required: ["n"] });
  expect(readSchema(schema())).toBe(readSchema(schema()));
  expect(readSchema(schema())('{"n":1}')).toEqual([]);
});
