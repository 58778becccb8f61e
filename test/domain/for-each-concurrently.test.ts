import { expect, test } from "vitest";
import { forEachConcurrently } from "../../app/domain/for-each-concurrently.ts";

/** A promise, and what ends it. */
function build() {
  let end = (): void => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

test("so many are begun at once, each item once, and the next when one has ended", async () => {
  const begun: number[] = [];
  const works = [0, 1, 2, 3, 4].map(build);
  let isOver = false;
  const all = forEachConcurrently([0, 1, 2, 3, 4], { atOnce: 2, goesOn: () => true }, (item) => {
    begun.push(item);
    return works[item]?.promise ?? Promise.resolve();
  }).then(() => {
    isOver = true;
  });
  expect(begun).toEqual([0, 1]);
  works[1]?.end();
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1, 2]);
  for (const item of [2, 3, 4]) works[item]?.end();
  await new Promise(setImmediate);
  expect([begun, isOver]).toEqual([[0, 1, 2, 3, 4], false]);
  works[0]?.end();
  await all;
});

test("nothing is begun once it does not go on, and what was begun ends", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  await forEachConcurrently([0, 1, 2, 3], { atOnce: 2, goesOn: () => begun.length < 3 }, async (item) => {
    begun.push(item);
    await new Promise(setImmediate);
    ended.push(item);
  });
  expect([begun, ended]).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
});
